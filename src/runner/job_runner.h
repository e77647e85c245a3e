// Runs one claimed job on an executor, from its directory to its end: set-up, checkout, the steps in order, those in
// the background beside them, time-outs, cancel, tear-down. Knows nothing of HTTP: what happens goes to a StepListener,
// what is printed to an OutputSink, and run() returns how it ended.
#pragma once

#include "base/offload.h"
#include "base/secret.h"
#include "base/task_group.h"
#include "masker/patterns.h"
#include "protocol/messages.h"
#include "runner/deadline.h"
#include "runner/executor.h"
#include "runner/step_expressions.h"
#include "runner/step_results.h"

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>

namespace open_cicd::runner {

struct ClaimedJob {
  JobId id;
  int attempt = 1;
  pipelines::JobSpec spec;
  std::map<std::string, std::string> secrets;     // values by the names that the spec speaks of
  std::optional<std::string> secrets_error = {};  // why it may not have them: it fails with that
  std::optional<protocol::CheckoutVia> checkout_via = {};
  std::vector<protocol::RegistryLogin> registry_logins = {};
};

struct RunnerSettings {
  std::filesystem::path work_dir;  // jobs run in <work_dir>/jobs/<job>.<attempt>
  std::string server;              // CI_SERVER
  std::string agent_id;
  GitSettings git;                      // of checkouts
  std::filesystem::path in_place = {};  // the workspace of jobs that ask for a checkout; empty: each has its own
  std::string server_id = {};
  std::string boot_id = {};
  std::string ca_file = {};  // of the certificate authority that signed the server's certificate; empty: a known one
  WorkerPool* workers = nullptr;    // for what takes time; none: the job's own thread
  Milliseconds stop_grace{10'000};  // between SIGTERM and SIGKILL
  // So long clean-up steps may take together after a cancel, and after the job's time-out: less than the server waits
  // for the end, 5 min and 60 s.
  Milliseconds cleanup_after_cancel{240'000};
  Milliseconds cleanup_after_timeout{30'000};
};

// Told as it happens; `step` counts from 0. A step starts while an earlier one runs only if that is in the background.
// Must not throw; what it does must not wait.
class StepListener {
 public:
  virtual ~StepListener() = default;
  virtual void step_started(int step) = 0;
  virtual void step_ended(int step, const protocol::StepEndReport& end) = 0;  // not called for steps that never started
  virtual void step_skipped(int step) = 0;                                    // later steps may still run
};

// How the attempt ended, in the words of the protocol's finish.
struct JobOutcome {
  protocol::JobState state = protocol::JobState::succeeded;  // succeeded, failed, cancelled, timed_out
  std::optional<int> exit_code;                              // of the first step that failed
  std::string cause;    // exit, timeout, image_pull, agent; empty unless failed or timed_out
  std::string message;  // one line for people, where the exit code does not tell
  std::vector<protocol::StepEndReport> steps;
  protocol::StepEndReport setup;
  std::vector<protocol::ImageReport> images;
  std::map<std::string, std::string> outputs;  // of the names that the job declares
  std::string summary;                         // Markdown
  std::vector<protocol::Annotation> annotations;
};

enum class StopReason : std::uint8_t {
  cancel,         // a user's: SIGTERM, grace, SIGKILL; the job ends as cancelled
  lost,           // the attempt is another's now: SIGKILL at once; the outcome interests nobody
  agent_trouble,  // this machine cannot go on (disk full): SIGTERM, grace, SIGKILL; failed with cause agent
};

// One attempt. Not thread-safe: everything runs on the executor given. run() is called once and never cancelled as a
// coroutine: stop() is how it ends early, so that the tear-down is always awaited.
class JobRunner {
 public:
  // The references outlive run().
  JobRunner(asio::any_io_executor executor, Executor& where, ClaimedJob job, RunnerSettings settings,
            OutputSink& output, StepListener& listener);

  Task<JobOutcome> run();
  // The first reason counts, except that `lost` outranks the others.
  void stop(StopReason reason, std::string message = {});
  void extend_deadline(std::chrono::nanoseconds boottime);
  // What is left of it after run() is for the caller to remove, see remove_tree().
  std::filesystem::path directory() const;

 private:
  enum class Stopping : std::uint8_t { no, cancel, lost, agent_trouble, job_timeout };

  std::optional<std::filesystem::path> in_place() const;
  Task<Result<void>> learn_secrets();
  Result<void> make_environment();
  Task<void> run_to_end();
  Task<bool> prepare();
  Task<std::string> use_in_place();
  Task<void> take_step(int index);
  Task<bool> find_hash(int index);
  Task<void> run_step(int index, pipelines::Step step);
  Task<void> run_in_background(int index, pipelines::Step step);
  Task<void> start_in_background(int index, pipelines::Step step);
  Task<void> end_background();
  Task<void> background_changed();
  Task<void> fail_step(int index, const expressions::ExpressionError& error, std::string expression);
  Task<Result<void>> set_up_and_check_out();
  Task<void> fail_setup(Error error);
  Task<void> fail_unmade(Error error);
  void stop_environment(Stopping reason, std::string message);
  std::optional<protocol::StepReason> reason_to_stop() const;
  protocol::StepReason reason_of_failure() const;
  expressions::StatusAnswers status() const;
  void skip_step(int index, protocol::StepReason reason);
  struct StepRun {
    Result<StepResult> result;
    bool timed_out = false;
    bool stopped = false;         // the job was, while it ran
    bool ended_with_job = false;  // it ran in the background until all others had ended
    Milliseconds duration{};
    std::map<std::string, std::string> outputs = {};
  };
  Task<void> collect_files(int index, StepRun& run);
  void conclude_step(int index, const StepRun& run);
  void conclude_stopped();
  std::map<std::string, std::string> job_environment() const;
  void add_secrets(const std::optional<std::map<std::string, std::string>>& names,
                   std::map<std::string, std::string>& env) const;
  std::string hide(std::string_view text) const;
  void hide_in_outcome();
  Task<void> say(int step, std::string line);
  std::map<std::string, std::string> step_environment(int index, const pipelines::Step& step) const;

  asio::any_io_executor executor_;
  Executor& where_;
  ClaimedJob job_;
  RunnerSettings settings_;
  OutputSink& output_;
  StepListener& listener_;
  std::unique_ptr<const masker::Patterns> patterns_;  // of the job's secrets; null: nothing is to be hidden
  std::unique_ptr<JobEnvironment> environment_;
  TaskGroup tasks_;
  int current_;                           // the step that is awaited; setup_step before the first
  std::set<int> starting_;                // in the background, the next step waits for them
  std::set<int> background_;              // those that run there
  bool ending_ = false;                   // all other steps have ended
  asio::steady_timer background_change_;  // never expires: cancelled to wake who waits for a change of the sets
  std::optional<Deadline> job_limit_;     // until the tear-down: a slow one does not make a good job time out
  std::optional<Deadline> cleanup_limit_;
  std::string commit_;  // of the checkout
  std::optional<StepExpressions> expressions_;
  StepResults results_;
  std::optional<int> failed_step_;  // the first whose failure is not allowed
  bool setup_failed_ = false;
  bool fenced_ = false;  // the supervisor ended a step at the lease's deadline: nothing runs any more
  bool cleanup_over_ = false;
  JobOutcome outcome_;
  Stopping stopping_ = Stopping::no;
  std::string stop_message_;
  std::chrono::nanoseconds lease_deadline_{0};
};

}  // namespace open_cicd::runner
