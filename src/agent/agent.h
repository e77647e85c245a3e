// The agent: settings in, an exit code out. Owns everything that lives as long as the process is registered.
#pragma once

#include "agent/executor_watch.h"
#include "agent/heartbeats.h"
#include "agent/job_slot.h"
#include "agent/leftovers.h"
#include "agent/lifecycle.h"
#include "agent/poll_loop.h"
#include "agent/registrar.h"
#include "agent/server_watch.h"
#include "agent/status_page.h"
#include "agent/work_dir.h"
#include "base/clock.h"
#include "base/offload.h"
#include "base/task_group.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace open_cicd::agent {

struct AgentSettings {
  std::string server;         // http(s)://host[:port][/prefix] or unix:/path
  Secret registration_token;  // may be empty when the work folder has an identity
  std::string token_file;     // where it was read, and is read again when it is needed later; or empty
  std::string name;
  std::map<std::string, std::string> labels;  // as the operator gave them; os and arch are added
  After after = After::next_job;
  std::string listen = "none";  // "none": no status page
  std::string ca_file;
  runner::GitSettings git;              // its proxy is that of the requests to the server too
  std::filesystem::path in_place = {};  // see runner::RunnerSettings
  bool compress_logs = false;
  Milliseconds request_timeout{30'000};
  Milliseconds stop_grace{10'000};
  Milliseconds leftovers_interval{60'000};
  Milliseconds executor_look{5'000};  // how often the executors are looked at
  SpoolSettings spool;
  BackoffSettings backoff;
};

using Executors = ExecutorWatch::Executors;

// All on the executor given, which is of one thread. run() is called once.
class Agent final : public ApiObserver {
 public:
  // `executors` have been checked. Errors: of http::Client::make and of the journal.
  static Result<std::unique_ptr<Agent>> make(asio::any_io_executor executor, AgentSettings settings, WorkDir folder,
                                             Executors executors);
  ~Agent() override;

  // Sweeps, replays, registers, and then works until it is told to end, or must. The value is the process's exit code.
  Task<int> run();
  // The first time: finish the running job, then end. The second time: kill it and end with 128 + signal.
  void stop(int signal);

 private:
  Agent(asio::any_io_executor executor, AgentSettings settings, WorkDir folder, Executors executors,
        std::unique_ptr<http::Client> http, Journal journal);
  Task<void> work();
  Task<bool> boot();
  bool start_page();
  void start_loops();
  std::optional<protocol::NextClaim> next_claim() const;
  Task<void> leave();
  protocol::RegisterRequest registration() const;
  void server_answered() override;
  void lease_renewed(std::chrono::nanoseconds sent_at) override;

  asio::any_io_executor executor_;
  AgentSettings settings_;
  WorkDir folder_;
  Executors executors_;
  std::unique_ptr<http::Client> http_;
  Journal journal_;
  WorkerPool workers_{1};
  SystemClock clock_;
  Metrics metrics_;
  Lifecycle lifecycle_;
  ServerWatch watch_;
  ApiClient api_;
  Registrar registrar_;
  ExecutorWatch executor_watch_;
  JobSlot slot_;
  TaskGroup tasks_;
  Boot boot_;
  protocol::RegisterReply terms_;
  std::unique_ptr<StatusPage> page_;
  std::optional<Heartbeats> heartbeats_;
  std::optional<PollLoop> polls_;
  std::optional<Leftovers> leftovers_;
};

}  // namespace open_cicd::agent
