#include "adapters/shell/shell.h"

#include "adapters/shell/job_folders.h"
#include "adapters/shell/survivors.h"
#include "base/log.h"
#include "runner/checkout_run.h"
#include "runner/step_script.h"
#include "runner/workspace_hash.h"
#include "supervisor/client.h"
#include "supervisor/spare.h"

#include <unistd.h>

namespace open_cicd::shell {
namespace {

namespace fs = std::filesystem;
using namespace runner;

constexpr std::chrono::seconds supervisor_patience{10};  // for a supervisor that was asked to end, its tree killed

// What one job may leave for the next: both only as it found them.
struct Kept {
  explicit Kept(const fs::path& work_dir)
      : helper(std::make_shared<supervisor::Spare>(supervisor::SpawnOptions{.fallback_directory = work_dir},
                                                   work_dir / "supervisors")),
        folders(work_dir / "jobs" / "kept") {}
  std::shared_ptr<supervisor::Spare> helper;
  JobFolders folders;
};

class ShellEnvironment final : public JobEnvironment {
 public:
  ShellEnvironment(JobContext context, std::shared_ptr<Kept> kept)
      : context_(std::move(context)), kept_(std::move(kept)) {}

  Task<Result<void>> set_up(OutputSink& output) override;
  Task<Result<std::string>> check_out(OutputSink& output) override;
  Task<Result<StepResult>> run_step(StepCommand command, OutputSink& output) override;
  std::string workspace() const override {
    return context_.in_place.value_or(context_.directory / "workspace").string();
  }
  std::string file_path(int step, StepFile file) const override {
    return (context_.directory / step_file_name(step, file)).string();
  }
  Task<Result<StepFiles>> read_files(int step) override { co_return read_step_files(context_.directory, step); }
  Task<Result<std::string>> hash_files(int /*step*/, std::vector<std::string> patterns) override {
    return hash_folder_offloaded(workspace(), std::move(patterns));
  }
  void stop(std::chrono::milliseconds grace) override {
    if (supervisor_) supervisor_->stop(grace);
  }
  void stop_step(int step, std::chrono::milliseconds grace) override {
    if (supervisor_) supervisor_->stop(step, grace);
  }
  void extend_deadline(std::chrono::nanoseconds boottime) override {
    deadline_ = boottime;
    if (supervisor_) supervisor_->set_deadline(boottime);
  }
  Task<void> tear_down() override;

 private:
  std::map<std::string, std::string> environment_of(const StepCommand& command) const;
  Task<Result<int>> run_git(const CheckoutPlan& plan, GitCommand argv, PrintGit print);
  Task<Result<supervisor::Exit>> run(supervisor::Command command, supervisor::OutputHandler print, int step,
                                     std::function<void()> started = nullptr);

  JobContext context_;
  std::shared_ptr<Kept> kept_;
  std::unique_ptr<supervisor::Supervisor> supervisor_;
  std::chrono::nanoseconds deadline_{0};
};

Task<Result<void>> ShellEnvironment::set_up(OutputSink& output) {
  if (const auto made = kept_->folders.make(context_.directory); !made) co_return std::unexpected(made.error());
  auto taken = kept_->helper->take(co_await asio::this_coro::executor);
  if (!taken) co_return std::unexpected(taken.error());
  supervisor_ = std::move(*taken);
  if (deadline_.count() != 0) supervisor_->set_deadline(deadline_);
  std::array<char, 256> host{};
  ::gethostname(host.data(), host.size() - 1);
  const auto line = fmt::format("shell on {} as user {}, no isolation\n", host.data(), ::geteuid());
  co_await output.write(setup_step, line);
  co_return Result<void>();
}

Task<Result<std::string>> ShellEnvironment::check_out(OutputSink& output) {
  std::error_code error;
  fs::create_directory(context_.directory / "git", error);
  if (error)
    co_return fail(ErrorKind::internal, "agent",
                   fmt::format("A folder for git could not be made: {}.", error.message()));
  auto plan = plan_checkout(*context_.spec.checkout, context_.directory / "git", context_.git, context_.route);
  if (!plan) co_return std::unexpected(plan.error());
  GitHands git{.run = [this](const CheckoutPlan& of, GitCommand argv,
                             PrintGit print) { return run_git(of, std::move(argv), std::move(print)); },
               .stop = [this] { supervisor_->stop(git_grace); }};
  co_return co_await run_checkout(std::move(*plan), output, std::move(git));
}

Task<Result<int>> ShellEnvironment::run_git(const CheckoutPlan& plan, GitCommand argv, PrintGit print) {
  const auto exit = co_await run({.argv = std::move(argv),
                                  .env = plan.env,
                                  .cwd = workspace(),
                                  .script_path = plan.config_path,
                                  .script = plan.config},
                                 print, setup_step);
  if (!exit) co_return std::unexpected(exit.error());
  if (!exit->not_started.empty()) co_return fail(ErrorKind::internal, "agent", exit->not_started);
  co_return exit->code;
}

// A fresh environment: what the agent was started with stays with the agent.
std::map<std::string, std::string> ShellEnvironment::environment_of(const StepCommand& command) const {
  std::map<std::string, std::string> env{{"HOME", (context_.directory / "home").string()},
                                         {"LANG", "C.UTF-8"},
                                         {"PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
                                         {"TMPDIR", (context_.directory / "tmp").string()}};
  for (const auto& [name, value] : command.env) env[name] = value;
  prepend_path(command.path, env);
  env[marker] = context_.directory.string();
  return env;
}

Task<Result<StepResult>> ShellEnvironment::run_step(StepCommand command, OutputSink& output) {
  const auto script_path = (context_.directory / fmt::format("step-{}.sh", command.index)).string();
  const auto write = [&output, index = command.index](std::string_view bytes) { return output.write(index, bytes); };
  const auto exit = co_await run({.argv = shell_command(command.step, script_path),
                                  .env = environment_of(command),
                                  .cwd = (fs::path(workspace()) / command.step.workdir).string(),
                                  .script_path = script_path,
                                  .script = step_script(command.step),
                                  .own_tree = command.in_background()},
                                 write, command.index, command.started);
  if (!exit) co_return std::unexpected(exit.error());
  if (!exit->not_started.empty()) {
    const auto line = explain_not_started(exit->not_started, command.step, "on this agent's machine");
    co_await output.write(command.index, line);
  }
  StepResult result{.exit_code = exit->code};
  if (exit->by_deadline) {
    result.end = StepEnd::killed_by_deadline;
  } else if (exit->stopped) {
    result.end = StepEnd::cancelled;
  }
  co_return result;
}

// The helper takes starts in their order, so the next one may be sent as soon as this one is.
Task<Result<supervisor::Exit>> ShellEnvironment::run(supervisor::Command command, supervisor::OutputHandler print,
                                                     int step, std::function<void()> started) {
  if (!supervisor_) co_return fail(ErrorKind::internal, "agent", "The job was not set up.");
  if (started) started();
  auto exit = co_await supervisor_->run(std::move(command), std::move(print), step);
  if (!exit) end_survivors(context_.directory);
  co_return exit;
}

Task<void> ShellEnvironment::tear_down() {
  if (!supervisor_) co_return;
  const bool as_it_was = co_await kept_->helper->give_back(std::move(supervisor_), supervisor_patience);
  if (as_it_was) kept_->folders.keep(context_.directory);
}

class ShellExecutor final : public Executor {
 public:
  explicit ShellExecutor(ShellSettings settings)
      : settings_(std::move(settings)), kept_(std::make_shared<Kept>(settings_.work_dir)) {}

  std::string_view name() const override { return "shell"; }

  Task<Result<void>> check() override {
    if (::access("/bin/sh", X_OK) != 0)
      co_return fail(ErrorKind::unavailable, "agent", "There is no /bin/sh on this machine.");
    co_return Result<void>();
  }

  // The supervisors end by themselves with their agent; this waits for the last of them.
  Task<void> sweep(std::string /*agent_id*/) override {
    co_await kept_->helper->sweep(supervisor_patience);
    std::error_code error;
    for (fs::directory_iterator job(settings_.work_dir / "jobs", error), end; !error && job != end;
         job.increment(error)) {
      const int ended = end_survivors(job->path());
      if (ended > 0)
        log_warn("processes of an earlier agent's job were killed",
                 {{"job", job->path().string()}, {"processes", ended}});
    }
    kept_->helper->refill_soon(co_await asio::this_coro::executor);
  }

  Result<void> make_directory(const fs::path& directory) override {
    return kept_->folders.reuse(directory) ? Result<void>() : Executor::make_directory(directory);
  }

  std::unique_ptr<JobEnvironment> make(JobContext context) override {
    return std::make_unique<ShellEnvironment>(std::move(context), kept_);
  }

 private:
  ShellSettings settings_;
  std::shared_ptr<Kept> kept_;
};

}  // namespace

std::unique_ptr<Executor> make_shell_executor(ShellSettings settings) {
  return std::make_unique<ShellExecutor>(std::move(settings));
}

}  // namespace open_cicd::shell
