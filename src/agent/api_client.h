// The agent protocol's requests as typed calls. One call is one HTTP exchange: trying again is for the caller, who
// knows what else changed.
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "base/id.h"
#include "base/secret.h"
#include "http/client.h"
#include "protocol/messages.h"

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace open_cicd::agent {

// "This agent, this attempt": what every write about a job carries.
struct Lease {
  JobId job;
  int attempt = 0;
  std::string token;
};

// Told of each answer; on the agent's thread.
class ApiObserver {
 public:
  virtual ~ApiObserver() = default;
  virtual void server_answered() = 0;  // itself, not something before it, and with anything but 5xx
  virtual void lease_renewed(
      std::chrono::nanoseconds sent_at) = 0;  // by an accepted write, sent at this time of CLOCK_BOOTTIME
};

struct PollQuery {
  std::string boot_id;
  std::int64_t boot_seq = 0;
  std::int64_t wait_s = 25;
  std::optional<std::int64_t> seen;  // the `rev` of the last reply
};

struct FinishReply {
  std::string state;                                           // the job's, when accepted
  std::optional<std::map<std::string, std::int64_t>> missing;  // logs_incomplete: send from here, then repeat
  std::optional<protocol::NextJob> next;                       // claimed with it
};

struct LogChunk {
  int step = 0;
  std::int64_t offset = 0;
  std::string_view bytes;     // as sent: compressed if `encoding` says so; must live until the call returns
  std::string_view encoding;  // "" or "zstd"
  std::uint32_t crc32c = 0;   // of the decoded bytes
  std::string times = {};     // as X-Log-Times has them; "" if nothing is known
};

// Errors of all calls: the problem document's, or http::Client's transport errors. An answer that is not the server's
// is "http_404" and the like, and a redirect "redirected" (never followed: the token would go along); both say what to
// do. Single-threaded; calls may overlap.
class ApiClient {
 public:
  ApiClient(http::Client& http, ApiObserver& observer, Milliseconds timeout);

  // The agent's own identity, used by every later call.
  void become(std::string agent_id, Secret agent_token);
  const std::string& agent_id() const { return agent_id_; }
  void found_server(std::string server_id) { server_id_ = std::move(server_id); }
  const std::string& server_id() const { return server_id_; }  // of the last registration; empty if it did not say

  Task<Result<protocol::RegisterReply>> register_agent(protocol::RegisterRequest request, Secret token);
  Task<Result<void>> remove();
  Task<Result<std::optional<protocol::PollReply>>> poll(PollQuery query);
  Task<Result<protocol::HeartbeatReply>> heartbeat(protocol::HeartbeatRequest request);
  Task<Result<protocol::LeftoversReply>> leftovers(protocol::LeftoversRequest request);
  Task<Result<protocol::ClaimReply>> claim(std::string job_id, protocol::StatusRequest request);
  Task<Result<protocol::StatusReply>> report(Lease lease, protocol::StatusRequest request);
  Task<Result<FinishReply>> finish(Lease lease, std::string body);
  Task<Result<protocol::AppendReply>> append(Lease lease, LogChunk chunk);
  Task<Result<std::string>> job_state(JobId job);

 private:
  http::ClientRequest make_request(http::Method method, std::string target) const;
  http::ClientRequest make_request(http::Method method, std::string target, const Lease& lease) const;
  Task<Result<http::ClientResponse>> exchange(http::ClientRequest request, bool renews);

  http::Client& http_;
  ApiObserver& observer_;
  Milliseconds timeout_;
  std::string agent_id_;
  std::string server_id_;
  Secret token_;
  std::string authorization_;
};

}  // namespace open_cicd::agent
