// One claimed job from the claim's answer to the answer of its finish: runs it, ships its logs, reports its steps,
// delivers its end.
#pragma once

#include "agent/api_client.h"
#include "agent/decision.h"
#include "agent/executor_watch.h"
#include "agent/finish.h"
#include "agent/log_shipper.h"
#include "agent/log_spool.h"
#include "agent/metrics.h"
#include "agent/step_reporter.h"
#include "base/task_group.h"
#include "runner/job_runner.h"

#include <memory>
#include <optional>
#include <string>

namespace open_cicd::agent {

struct SessionSettings {
  runner::RunnerSettings runner;
  ShipperSettings shipper;
  SpoolSettings spool;
  BackoffSettings backoff;
};

// What the agent lends; all of it outlives the session.
struct SessionTools {
  ApiClient& api;
  Journal& journal;
  WorkerPool& workers;
  Metrics& metrics;
  const ExecutorWatch::Executors& executors;
  ExecutorWatch& executor_watch;
  AskNext ask_next = nullptr;
};

enum class ClaimedBy : std::uint8_t {
  offer,   // whose executor was looked at before the claim
  finish,  // of the job before: nobody has looked yet
};

struct SessionEnd {
  std::string state;                  // how the attempt ended, "released" or "lost"
  std::optional<Decision> for_agent;  // register_again or superseded
  bool keep_spool = false;            // the journal needs it
  bool own_trouble = false;           // it failed, and not by the job's fault
  std::optional<NextJob> next;        // the agent has it already
};

// Lives on the agent's thread. run() is called once and not cancelled; the other calls may come at any time while it
// runs.
class JobSession final : public runner::OutputSink {
 public:
  JobSession(const asio::any_io_executor& executor, SessionTools tools, SessionSettings settings, JobId job,
             protocol::ClaimReply claim, ClaimedBy by, std::chrono::nanoseconds claimed_at);

  Task<SessionEnd> run(bool release_for_drain);

  void cancel();               // a user's
  void forget();               // the attempt is over for the server: kill it, say nothing more
  void finished_for_server();  // it has an end for this attempt: ours, or one of its own (a time-out)
  void abandon();              // this process ends now: kill it; a finish that is under way goes on from the journal
  void renewed(std::chrono::nanoseconds sent_at);
  void server_heard();

  JobId job() const { return lease_.job; }
  int attempt() const { return lease_.attempt; }
  bool finishing() const { return delivery_.has_value(); }  // its end is on its way to the server
  const std::string& name() const { return name_; }
  std::filesystem::path job_directory() const;
  std::filesystem::path spool_directory() const;
  void remove_spool() { spool_.remove(); }  // after run(); blocks

  Task<void> write(int step, std::string_view bytes) override;

 private:
  Task<SessionEnd> run_to_end(bool release_for_drain);
  Task<SessionEnd> run_claimed(pipelines::JobSpec spec, runner::Executor& where);
  Task<bool> announce();
  Task<SessionEnd> cannot_run(std::string why);
  Task<SessionEnd> release(std::string reason, std::string message);
  Task<SessionEnd> finish(runner::JobOutcome outcome);
  Task<SessionEnd> finish_unstarted();
  Task<void> run_shipper();
  Task<void> run_reporter();
  Task<void> follow(std::string state);
  void refused(const Error& error);
  SessionEnd over() const;

  asio::any_io_executor executor_;
  SessionTools tools_;
  SessionSettings settings_;
  protocol::ClaimReply claim_;
  ClaimedBy claimed_by_;
  std::chrono::nanoseconds claimed_at_;  // CLOCK_BOOTTIME
  Lease lease_;
  std::string name_;
  LogSpool spool_;
  // Of the wall clock, which somebody may set while the job runs, before CLOCK_BOOTTIME.
  const std::int64_t wall_ahead_ms_;
  LogShipper shipper_;
  StepReporter reporter_;
  Wakeup wakeup_;  // of announce() and release()
  TaskGroup tasks_;
  std::optional<runner::JobRunner> runner_;
  std::optional<FinishDelivery> delivery_;
  const Milliseconds fence_;  // so long after the last acknowledged renewal their supervisor ends the steps
  std::chrono::nanoseconds last_renewal_{-std::chrono::hours(1)};
  std::optional<Decision> for_agent_;
  bool cancelled_ = false;
  bool over_ = false;
  bool spool_failed_ = false;
};

}  // namespace open_cicd::agent
