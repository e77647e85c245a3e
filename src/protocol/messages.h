// The messages between agents and the server as described structs: the one place where their JSON is defined.
// Requests are read strictly (unknown fields refused), replies leniently. Source: docs/reference/agent-protocol.md.
#pragma once

#include "protocol/states.h"

#include <boost/describe.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace open_cicd::protocol {

inline constexpr std::string_view version = "0.1.0";
inline constexpr std::string_view attempt_header = "X-Attempt";
inline constexpr std::string_view lease_header = "X-Lease-Token";
inline constexpr std::string_view socket_header = "X-Agent-Socket";  // of a watched poll: its connection's two ends

struct RegisterRequest {
  std::string name;
  std::string boot_id;                   // UUID, one per agent process
  std::optional<std::int64_t> boot_seq;  // fsynced counter of the work folder
  std::map<std::string, std::string> labels;
  std::string version;
  std::string os;
  std::string arch;
  std::vector<std::string> executors;
  std::optional<boost::json::value> ext;
  static constexpr std::array<std::string_view, 1> json_optional{"labels"};
};
BOOST_DESCRIBE_STRUCT(RegisterRequest, (), (name, boot_id, boot_seq, labels, version, os, arch, executors, ext))

struct RegisterReply {
  std::string agent_id;
  std::string agent_token;
  double heartbeat_s = 10;
  double lease_ttl_s = 60;
  double poll_wait_s = 25;
  std::int64_t max_chunk = 1 << 20;      // bytes of a log chunk after decoding
  std::optional<std::string> server_id;  // what an agent labels things with that outlive it
  std::optional<bool> finish_next;       // a finish may carry `next`
};
BOOST_DESCRIBE_STRUCT(RegisterReply, (),
                      (agent_id, agent_token, heartbeat_s, lease_ttl_s, poll_wait_s, max_chunk, server_id, finish_next))

struct Offer {
  std::string job_id;
  int attempt = 1;  // the attempt that a claim would open
  std::string name;
  std::string executor;
  std::vector<std::string> runs_on;
  bool start = false;  // a claim may start the job at once
};
BOOST_DESCRIBE_STRUCT(Offer, (), (job_id, attempt, name, executor, runs_on, start))

struct LeaseState {
  std::string job_id;
  int attempt = 1;
  std::string state;  // ok, cancel, lost, finished
};
BOOST_DESCRIBE_STRUCT(LeaseState, (), (job_id, attempt, state))

struct PollReply {
  std::vector<Offer> offers;
  std::vector<LeaseState> leases;
  std::int64_t rev = 0;  // changes when leases or drain changed; sent back as `seen`
  bool drain = false;
};
BOOST_DESCRIBE_STRUCT(PollReply, (), (offers, leases, rev, drain))

struct RunOfJob {
  std::string id;
  std::int64_t number = 0;
  std::int64_t round = 1;
};
BOOST_DESCRIBE_STRUCT(RunOfJob, (), (id, number, round))

// How git reaches the repository of a job's checkout: by the server, which knows how to ask for it.
struct CheckoutVia {
  std::string path;   // below the server's address, "/api/v1/…": requests for the checkout's url go there
  std::string token;  // of their header "Authorization: Bearer …"
};
BOOST_DESCRIBE_STRUCT(CheckoutVia, (), (path, token))

struct RegistryLogin {   // for the images of this registry and of no other
  std::string registry;  // as images name it, "ghcr.io" or "registry:5000"; "docker.io" for those that name none
  std::string username;
  std::string password;
};
BOOST_DESCRIBE_STRUCT(RegistryLogin, (), (registry, username, password))

struct ClaimReply {
  int attempt = 1;
  std::string lease_token;
  std::string job_token;
  boost::json::value spec;                     // pipelines::JobSpec
  std::map<std::string, std::string> secrets;  // values by the names that the spec's `secrets` speak of
  std::int64_t timeout_s = 3600;
  std::optional<double> fence_s;  // the agent ends the job's steps so long after the last renewal that it knows of
  std::map<std::string, std::int64_t> log_offsets;
  bool started = false;  // the job is running
  // In a run: values that were not known before, by their path ("steps[0].env.V"), to be put over the spec. What stands
  // under "contexts" is JSON.
  std::optional<std::map<std::string, std::string>> filled;
  std::optional<std::vector<std::string>> output_names;  // what a finish may report in `outputs`
  std::optional<RunOfJob> run;                           // what expressions of steps know as `run`
  std::optional<std::string> secrets_error;  // why the job may not have its secrets: its set-up fails with it
  std::optional<CheckoutVia> checkout_via;
  std::optional<std::vector<RegistryLogin>> registry_logins;
};
BOOST_DESCRIBE_STRUCT(ClaimReply, (),
                      (attempt, lease_token, job_token, spec, secrets, timeout_s, fence_s, log_offsets, started, filled,
                       output_names, run, secrets_error, checkout_via, registry_logins))

// Why a step did not run, or could not:
//   skipped_condition {expression}: its `if` was false      skipped_failure {step, name}: that step failed before it
//   skipped_setup: the job could not be set up              expression_error {expression, message}
//   cancelled, timed_out, agent_error: the whole job was stopped before it
struct StepReason {
  std::string code;
  boost::json::object facts;
};
BOOST_DESCRIBE_STRUCT(StepReason, (), (code, facts))

struct StepEndReport {
  StepState state = StepState::skipped;  // one of step_ends
  std::optional<int> exit_code;
  std::optional<std::int64_t> duration_ms;
  std::optional<StepReason> reason;
  std::optional<bool> allowed_failure;  // it failed, and the job goes on as if it had not
};
BOOST_DESCRIBE_STRUCT(StepEndReport, (), (state, exit_code, duration_ms, reason, allowed_failure))

struct LogSum {
  std::int64_t size = 0;  // bytes of the step's whole log
  std::string crc32c;     // Castagnoli, 8 lower-case hex digits
};
BOOST_DESCRIBE_STRUCT(LogSum, (), (size, crc32c))

struct ImageReport {   // an image that an attempt used
  std::string image;   // as the job names it
  std::string digest;  // by which its registry knows it; of an image made on the agent's machine its id
  std::string how;  // pulled, checked (the registry has no newer one), unchecked (it did not say), present (not asked)
};
BOOST_DESCRIBE_STRUCT(ImageReport, (), (image, digest, how))

// What a step says about a place of the source, or about the job: a line "::error file=a.c,line=3::text" of its log.
struct Annotation {
  std::string level;  // error, warning, notice
  std::string message;
  std::optional<std::string> file;
  std::optional<std::int64_t> line;
  std::optional<std::int64_t> column;
  std::optional<std::string> title;
  int step = 0;
};
BOOST_DESCRIBE_STRUCT(Annotation, (), (level, message, file, line, column, title, step))

// Of a finish: the agent is free after it, and claims with it, started, the job that a poll would offer it.
struct NextClaim {
  std::string claim_id;
  std::string boot_id;
  std::optional<std::int64_t> boot_seq;
};
BOOST_DESCRIBE_STRUCT(NextClaim, (), (claim_id, boot_id, boot_seq))

// PUT /api/v1/jobs/{id}/status: claim, running, step update, release, finish, and a user's cancel; `status` says which.
struct StatusRequest {
  std::string status;
  std::optional<std::string> claim_id;   // assigned
  std::optional<std::string> boot_id;    // assigned
  std::optional<std::int64_t> boot_seq;  // assigned
  std::optional<int> attempt;            // assigned: the offer's
  std::optional<bool> start;             // assigned: and running, in the same moment
  std::optional<int> step;               // running with a step update; −1 is setup
  std::optional<StepState> step_state;   // one of told_step_states
  std::optional<int> exit_code;          // step update, finish
  std::optional<std::int64_t> duration_ms;
  std::optional<std::string> reason;   // queued (release): drain, mismatch
  std::optional<std::string> cause;    // failed, timed_out: exit, timeout, image_pull, agent
  std::optional<std::string> message;  // one line for people: why the agent could not do it
  std::optional<std::vector<StepEndReport>> steps;
  std::optional<StepEndReport> setup;
  std::optional<std::map<std::string, LogSum>> logs;
  std::optional<bool> log_incomplete;                         // the spool is gone
  std::optional<bool> log_truncated;                          // stopped counting at the limit
  std::optional<std::vector<ImageReport>> images;             // finish
  std::optional<std::map<std::string, std::string>> outputs;  // finish: those of the job's declared names that it wrote
  std::optional<std::string> summary;                         // finish: Markdown
  std::optional<std::vector<Annotation>> annotations;         // finish
  std::optional<NextClaim> next;                              // finish
  std::optional<boost::json::value> ext;
};
BOOST_DESCRIBE_STRUCT(StatusRequest, (),
                      (status, claim_id, boot_id, boot_seq, attempt, start, step, step_state, exit_code, duration_ms,
                       reason, cause, message, steps, setup, logs, log_incomplete, log_truncated, images, outputs,
                       summary, annotations, next, ext))

struct StatusReply {
  std::string state;    // the job's
  bool cancel = false;  // the lease holder should stop
};
BOOST_DESCRIBE_STRUCT(StatusReply, (), (state, cancel))

struct NextJob {  // what was claimed with a finish
  std::string job_id;
  ClaimReply claim;
};
BOOST_DESCRIBE_STRUCT(NextJob, (), (job_id, claim))

struct FinishReply {
  std::string state;  // the job's
  bool cancel = false;
  std::optional<NextJob> next;
};
BOOST_DESCRIBE_STRUCT(FinishReply, (), (state, cancel, next))

struct LogsIncompleteReply {  // 202
  std::string code = "logs_incomplete";
  std::map<std::string, std::int64_t> next;  // per step: send from here, then repeat the finish
};
BOOST_DESCRIBE_STRUCT(LogsIncompleteReply, (), (code, next))

struct HeldLease {
  std::string job_id;
  int attempt = 1;
};
BOOST_DESCRIBE_STRUCT(HeldLease, (), (job_id, attempt))

struct HeartbeatRequest {
  std::string boot_id;
  std::int64_t seq = 0;
  std::optional<std::int64_t> boot_seq;
  std::vector<HeldLease> leases;
  std::optional<double> load;
  std::optional<std::map<std::string, std::string>> withdrawn;  // executors that do not work at present, and why
  std::optional<boost::json::value> ext;
};
BOOST_DESCRIBE_STRUCT(HeartbeatRequest, (), (boot_id, seq, boot_seq, leases, load, withdrawn, ext))

struct HeartbeatReply {
  std::map<std::string, std::string> leases;  // job id → ok, cancel, lost, finished
  bool drain = false;
};
BOOST_DESCRIBE_STRUCT(HeartbeatReply, (), (leases, drain))

// POST /api/v1/agents/{id}/leftovers: an agent found these on an engine that it shares with others.
struct LeftAttempt {
  std::string agent_id;
  std::string boot_id;
  std::string job_id;
  int attempt = 1;
};
BOOST_DESCRIBE_STRUCT(LeftAttempt, (), (agent_id, boot_id, job_id, attempt))

struct LeftoversRequest {
  std::vector<LeftAttempt> attempts;
};
BOOST_DESCRIBE_STRUCT(LeftoversRequest, (), (attempts))

struct LeftoversReply {
  std::vector<HeldLease> gone;  // those of the request that nobody works on any more
};
BOOST_DESCRIBE_STRUCT(LeftoversReply, (), (gone))

struct AppendReply {  // 202, and 416 as a fact of the problem
  std::int64_t next = 0;
};
BOOST_DESCRIBE_STRUCT(AppendReply, (), (next))

struct LinesRequest {  // the JSON form of a log append, for agents of a few curl commands
  int step = 0;
  std::int64_t seq = 0;
  std::vector<std::string> lines;
};
BOOST_DESCRIBE_STRUCT(LinesRequest, (), (step, seq, lines))

struct DrainRequest {
  bool drain = true;
};
BOOST_DESCRIBE_STRUCT(DrainRequest, (), (drain))

}  // namespace open_cicd::protocol
