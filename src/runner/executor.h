// PORT: where a job's steps run. Adapters: adapters/docker, sandbox, shell, dummy; all pass
// tests/contract/executor_contract.h.
//
// Order of calls, all on the agent's one thread: Executor::sweep() once at start; then per job make_directory() →
// make() → set_up() → check_out()? → run_step() for one step after another → tear_down(), always, also after a failure.
// A run_step() of a background step may still run when that of the next one is called, from another coroutine of the
// same thread; all have returned before tear_down(). stop() may come at any time in between: the running calls then
// return soon with StepEnd::cancelled.
#pragma once

#include "base/asio.h"
#include "base/error.h"
#include "base/id.h"
#include "pipelines/job_spec.h"
#include "pipelines/limits.h"
#include "protocol/messages.h"
#include "runner/git_settings.h"
#include "runner/step_files.h"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace open_cicd::runner {

inline constexpr int setup_step = -1;  // the log of pull, clone and services

// Steps of a job, beside the one in the foreground. The server counts too, but may be of another version.
inline constexpr std::size_t background_running_max = pipelines::limits::background_steps_max;

// Where output goes: bytes as they came, any size. The await is the back-pressure: a producer that prints faster than
// the spool takes waits.
class OutputSink {
 public:
  virtual ~OutputSink() = default;
  virtual Task<void> write(int step, std::string_view bytes) = 0;  // `bytes` live until the await returns
};

// What a job brings. Everything is copied in; the environment outlives nothing of it.
struct JobContext {
  JobId job;
  int attempt = 1;
  pipelines::JobSpec spec;
  std::filesystem::path directory;  // <work-dir>/jobs/<job>.<attempt>, of make_directory(), removed after tear_down
  // What things are labelled with that outlive a killed agent, so that a sweep knows whose they are.
  std::string server_id = {};
  std::string agent_id;
  std::string boot_id = {};
  GitSettings git;  // of check_out()
  std::optional<GitRoute> route = {};
  std::vector<protocol::RegistryLogin> registry_logins = {};
  // A folder of this machine that is the workspace; nothing is checked out into it, and nothing of it is removed.
  std::optional<std::filesystem::path> in_place = {};
};

struct StepCommand {
  int index = 0;
  pipelines::Step step;                    // image and shell already resolved
  std::map<std::string, std::string> env;  // complete: CI=true, CI_JOB, …, the job's own, its secrets, the step's
  std::vector<std::string> path;           // folders to put before those of PATH, the last one first
  // Of a background step: called once when its start is certain to come before that of a step which is run from the
  // next turn of the event loop on. Not called when it does not get so far.
  std::function<void()> started = nullptr;

  bool in_background() const { return step.background.value_or(false); }
};

enum class StepEnd : std::uint8_t { exited, cancelled, killed_by_deadline, out_of_memory };

struct StepResult {
  StepEnd end = StepEnd::exited;
  int exit_code = 0;  // a signal is 128 + n
};

// One attempt's surroundings. The code() of an error becomes the attempt's cause: "exit" for what the job itself asked
// for and could not have (a repository, a ref, a service that gets ready), "image_pull" (also not found, access
// denied), or "agent" (anything else, Docker away, disk full).
class JobEnvironment {
 public:
  virtual ~JobEnvironment() = default;

  // Workspace, network, images, services until they are ready. Tells what it does in a few readable lines of step −1.
  virtual Task<Result<void>> set_up(OutputSink& output) = 0;
  // Clones spec.checkout into the workspace, isolated as the steps are; prints to step −1. Returns the commit. A
  // failing git is an Error "exit" with the line that says why.
  virtual Task<Result<std::string>> check_out(OutputSink& output) = 0;
  // Runs one step to its end, its whole process tree included: when this returns, nothing of the step runs any more and
  // all its output has been written to `output`. At most one that is not in the background at a time, and
  // background_running_max that are.
  virtual Task<Result<StepResult>> run_step(StepCommand command, OutputSink& output) = 0;
  // The images that set_up() got, also when it failed over one of them.
  virtual std::vector<protocol::ImageReport> images() const { return {}; }
  // Where a step finds the file that it may write, in a folder that it can write to; empty: it has no such files.
  virtual std::string file_path(int step, StepFile file) const { return (void)step, (void)file, std::string(); }
  // What a step wrote to them. Called when it has ended, and before the next one starts unless it ran in the
  // background. Error "agent".
  virtual Task<Result<StepFiles>> read_files(int step) {
    (void)step;
    co_return StepFiles();
  }
  // What hash() of these patterns is in front of `step`, see workspace_hash.h for its errors. Steps in the background
  // may run. stop_step() may end it.
  virtual Task<Result<std::string>> hash_files(int step, std::vector<std::string> patterns) {
    (void)step, (void)patterns;
    co_return fail(ErrorKind::invalid, "exit", "this executor has no files");
  }
  // The workspace's path as a step sees it: $CI_WORKSPACE.
  virtual std::string workspace() const = 0;
  // Asks all that runs to end, set-up and checkout too: SIGTERM to the processes of the steps, SIGKILL after `grace`.
  // Idempotent; later steps still run (clean-up steps).
  virtual void stop(std::chrono::milliseconds grace) = 0;
  // The same of one step. Nothing when it does not run.
  virtual void stop_step(int step, std::chrono::milliseconds grace) = 0;
  // The supervisor ends everything at this time of CLOCK_BOOTTIME unless it is moved further; called after every
  // acknowledged renewal.
  virtual void extend_deadline(std::chrono::nanoseconds boottime) = 0;
  // Ends and removes all that the job left: processes, containers, networks, volumes. Never throws; logs what it could
  // not remove.
  virtual Task<void> tear_down() = 0;
};

class Executor {
 public:
  virtual ~Executor() = default;
  virtual std::string_view name() const = 0;  // "docker", …
  // Whether it can work on this machine; the Error says what to install or start. Called at start, before registration.
  virtual Task<Result<void>> check() = 0;
  // Whether what check() found still works: cheap, asked every few seconds and before each job. The Error's message is
  // for the operator.
  virtual Task<Result<void>> probe();
  // Removes what an earlier process of this agent left behind (by label, pid file or cgroup). After it nothing of that
  // runs.
  virtual Task<void> sweep(std::string agent_id) = 0;
  // Where agents share something that outlives them (a container engine): the attempts of agents of that server that
  // have left something there, the running one included; and removing what one of them left.
  virtual Task<std::vector<protocol::LeftAttempt>> find_left(std::string server_id) {
    (void)server_id;
    co_return std::vector<protocol::LeftAttempt>();
  }
  virtual Task<void> remove_left(std::string server_id, protocol::LeftAttempt left) {
    (void)server_id, (void)left;
    co_return;
  }
  // Called now and then: throws away what no later job is likely to need. A job may run meanwhile.
  virtual Task<void> tidy_up() { co_return; }
  // Makes a job's folder with mode 0700: a new one, unless the executor has something better.
  virtual Result<void> make_directory(const std::filesystem::path& directory);
  virtual std::unique_ptr<JobEnvironment> make(JobContext context) = 0;
};

}  // namespace open_cicd::runner
