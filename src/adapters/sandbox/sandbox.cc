#include "adapters/sandbox/sandbox.h"

#include "adapters/sandbox/machine.h"
#include "adapters/sandbox/spare.h"
#include "base/log.h"
#include "runner/checkout_run.h"
#include "runner/remove_tree.h"
#include "runner/step_script.h"
#include "runner/workspace_hash.h"
#include "supervisor/client.h"
#include "supervisor/process_record.h"

#include <sys/stat.h>
#include <unistd.h>

namespace open_cicd::sandbox {
namespace {

namespace fs = std::filesystem;
using namespace runner;

constexpr char checkout_record_file[] = "sandbox-checkout";
constexpr char default_path[] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

// One supervisor for the whole job: PID 1 of its pid namespace, so that its end is the end of everything, and a step
// costs one fork.
class SandboxEnvironment final : public JobEnvironment {
 public:
  SandboxEnvironment(JobContext context, const Machine& machine, std::shared_ptr<Spare> spare)
      : context_(std::move(context)), machine_(machine), spare_(std::move(spare)) {}

  Task<Result<void>> set_up(OutputSink& output) override;
  Task<Result<std::string>> check_out(OutputSink& output) override;
  Task<Result<StepResult>> run_step(StepCommand command, OutputSink& output) override;
  std::string workspace() const override { return inside_workspace; }
  std::string file_path(int step, StepFile file) const override {
    return fmt::format("{}/{}", inside_files, step_file_name(step, file));
  }
  Task<Result<StepFiles>> read_files(int step) override {
    co_return read_step_files(context_.directory / files_folder, step);
  }
  Task<Result<std::string>> hash_files(int /*step*/, std::vector<std::string> patterns) override {
    return hash_folder_offloaded(workspace_here(), std::move(patterns));
  }
  void stop(std::chrono::milliseconds grace) override {
    for (auto* supervisor : {supervisor_.get(), checkout_.get()})
      if (supervisor != nullptr) supervisor->stop(grace);
  }
  void stop_step(int step, std::chrono::milliseconds grace) override {
    if (supervisor_) supervisor_->stop(step, grace);
  }
  void extend_deadline(std::chrono::nanoseconds boottime) override {
    deadline_ = boottime;
    for (auto* supervisor : {supervisor_.get(), checkout_.get()})
      if (supervisor != nullptr) supervisor->set_deadline(boottime);
  }
  Task<void> tear_down() override;

 private:
  View view() const;
  fs::path workspace_here() const { return context_.in_place.value_or(context_.directory / "workspace"); }
  Limits limits() const;
  Task<Result<void>> start_cold();
  Task<Result<int>> run_git(const CheckoutPlan& plan, GitCommand argv, PrintGit print);
  std::vector<fs::path> group_files() const { return group_ ? group_->process_files() : std::vector<fs::path>{}; }

  JobContext context_;
  const Machine& machine_;
  std::shared_ptr<Spare> spare_;
  std::unique_ptr<ControlGroup> group_;
  std::unique_ptr<supervisor::Supervisor> supervisor_;
  std::unique_ptr<supervisor::Supervisor> checkout_;  // while check_out() runs
  std::chrono::nanoseconds deadline_{0};
};

// In a folder that is not the job's own, its steps are whoever owns it; never root.
View SandboxEnvironment::view() const {
  View view = machine_.view(context_.directory, context_.spec.network != "none");
  if (!context_.in_place) return view;
  view.workspace = context_.in_place;
  struct stat folder{};
  if (view.user && ::stat(context_.in_place->c_str(), &folder) == 0 && folder.st_uid != 0) view.user = folder.st_uid;
  return view;
}

Limits SandboxEnvironment::limits() const {
  auto limits = default_limits();
  limits.cpu = context_.spec.resources.cpu;
  if (context_.spec.resources.memory_bytes) limits.memory_bytes = *context_.spec.resources.memory_bytes;
  return limits;
}

Task<Result<void>> SandboxEnvironment::start_cold() {
  if (const auto prepared = prepare(view()); !prepared) co_return std::unexpected(prepared.error());
  if (machine_.groups.available()) {
    const auto name = fmt::format("{}{}.{}", group_prefix(context_.agent_id), context_.job.str(), context_.attempt);
    std::string why;
    group_ = ControlGroup::make(machine_.groups, name, limits(), why);
    if (!group_) log_warn("a job runs without limits", {{"job", context_.job.str()}, {"error", why}});
  }
  auto launched = launch(machine_, view(), group_files(), context_.directory / record_file);
  if (!launched) co_return std::unexpected(launched.error());
  supervisor_ = supervisor::Supervisor::adopt(co_await asio::this_coro::executor, *launched);
  co_return co_await await_ready(*supervisor_);
}

Task<Result<void>> SandboxEnvironment::set_up(OutputSink& output) {
  std::optional<Started> spare;
  if (view().network && !context_.in_place) spare = co_await spare_->take(context_.directory, limits());
  if (spare) {
    group_ = std::move(spare->group);
    supervisor_ = std::move(spare->supervisor);
  } else if (const auto started = co_await start_cold(); !started) {
    co_return std::unexpected(started.error());
  }
  if (!group_ && (context_.spec.resources.memory_bytes || context_.spec.resources.cpu))
    co_return fail(ErrorKind::unavailable, "agent",
                   "This agent can't limit memory or CPU: it may not make control groups.");
  if (deadline_.count() != 0) supervisor_->set_deadline(deadline_);
  std::array<char, 256> host{};
  ::gethostname(host.data(), host.size() - 1);
  const auto line =
      fmt::format("sandbox on {}: read-only system, {} network, {}\n", host.data(),
                  view().network ? "the machine's" : "no", group_ ? "limited memory and processes" : "no limits");
  co_await output.write(setup_step, line);
  co_return Result<void>();
}

// In a sandbox of its own, with the network even where the steps have none, and a HOME that the steps never see.
Task<Result<std::string>> SandboxEnvironment::check_out(OutputSink& output) {
  auto plan = plan_checkout(*context_.spec.checkout, inside_run, context_.git, context_.route);
  if (!plan) co_return std::unexpected(plan.error());
  auto open_view = view();
  open_view.network = true;
  if (const auto prepared = prepare(open_view); !prepared) co_return std::unexpected(prepared.error());
  auto launched = launch(machine_, open_view, group_files(), context_.directory / checkout_record_file);
  if (!launched) co_return std::unexpected(launched.error());
  checkout_ = supervisor::Supervisor::adopt(co_await asio::this_coro::executor, *launched);
  if (const auto ready = co_await await_ready(*checkout_); !ready) co_return std::unexpected(ready.error());
  if (deadline_.count() != 0) checkout_->set_deadline(deadline_);
  GitHands git{.run = [this](const CheckoutPlan& of, GitCommand argv,
                             PrintGit print) { return run_git(of, std::move(argv), std::move(print)); },
               .stop = [this] { checkout_->stop(git_grace); }};
  Result<std::string> done = co_await run_checkout(std::move(*plan), output, std::move(git));
  co_await checkout_->shutdown(end_patience);
  checkout_.reset();
  co_return done;
}

Task<Result<int>> SandboxEnvironment::run_git(const CheckoutPlan& plan, GitCommand argv, PrintGit print) {
  const auto exit = co_await checkout_->run({.argv = std::move(argv),
                                             .env = plan.env,
                                             .cwd = inside_workspace,
                                             .script_path = plan.config_path,
                                             .script = plan.config},
                                            std::move(print));
  if (!exit) co_return std::unexpected(exit.error());
  if (!exit->not_started.empty()) co_return fail(ErrorKind::internal, "agent", exit->not_started);
  co_return exit->code;
}

Task<Result<StepResult>> SandboxEnvironment::run_step(StepCommand command, OutputSink& output) {
  if (!supervisor_) co_return fail(ErrorKind::internal, "agent", "The job was not set up.");
  const auto script_path = fmt::format("{}/step-{}.sh", inside_run, command.index);
  std::map<std::string, std::string> env{
      {"HOME", inside_home}, {"LANG", "C.UTF-8"}, {"PATH", default_path}, {"TMPDIR", "/tmp"}};
  for (const auto& [name, value] : command.env) env[name] = value;
  prepend_path(command.path, env);
  auto write = [&output, index = command.index](std::string_view bytes) { return output.write(index, bytes); };
  const auto kills_before = group_ ? group_->out_of_memory_kills() : 0;
  if (command.started) command.started();
  const auto exit = co_await supervisor_->run({.argv = shell_command(command.step, script_path),
                                               .env = std::move(env),
                                               .cwd = (fs::path(inside_workspace) / command.step.workdir).string(),
                                               .script_path = script_path,
                                               .script = step_script(command.step),
                                               .own_tree = command.in_background()},
                                              write, command.index);
  const bool out_of_memory = group_ && group_->out_of_memory_kills() > kills_before;
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
  } else if (exit->code != 0 && out_of_memory) {
    result.end = StepEnd::out_of_memory;
  }
  co_return result;
}

Task<void> SandboxEnvironment::tear_down() {
  for (auto* owner : {&supervisor_, &checkout_}) {
    if (*owner) co_await (*owner)->shutdown(end_patience);
    owner->reset();
  }
  if (group_ && !co_await group_->remove(end_patience))
    log_error("a job's control group could not be removed", {{"job", context_.job.str()}});
  group_.reset();
  spare_->refill_soon(co_await asio::this_coro::executor);
}

MachineFiles files_of(const SandboxSettings& settings) {
  auto hidden = settings.hidden;
  hidden.push_back(settings.work_dir);
  return {settings.paths, std::move(hidden), ::geteuid() == 0 ? StepsAre::another_user : StepsAre::the_agents_user};
}

class SandboxExecutor final : public Executor {
 public:
  explicit SandboxExecutor(SandboxSettings settings)
      : machine_{.settings = settings, .files = files_of(settings), .bubblewrap = {}, .groups = {}},
        spare_(std::make_shared<Spare>(machine_)) {}

  std::string_view name() const override { return "sandbox"; }
  Task<Result<void>> check() override;
  Task<Result<void>> probe() override;
  Task<void> sweep(std::string agent_id) override;
  std::unique_ptr<JobEnvironment> make(JobContext context) override {
    return std::make_unique<SandboxEnvironment>(std::move(context), machine_, spare_);
  }

 private:
  Machine machine_;
  std::shared_ptr<Spare> spare_;
};

// Makes a sandbox for a try: what the kernel, a container around the agent or the machine's policy allows shows only
// then.
Task<Result<void>> SandboxExecutor::check() {
  machine_.bubblewrap = find_bubblewrap();
  if (machine_.bubblewrap.empty())
    co_return fail(ErrorKind::unavailable, "agent",
                   "bubblewrap is not installed. On Debian and Ubuntu: apt-get install bubblewrap");
  if (const auto kept = machine_.files.check(); !kept) {
    log_warn("no sandboxed jobs", {{"error", kept.error().message()}});
    co_return kept;
  }
  machine_.groups = ControlGroupParent::find();
  if (!machine_.groups.available())
    log_warn("sandboxed jobs run without limits: the agent may not make control groups here");
  const auto directory = machine_.settings.work_dir / fmt::format("sandbox-check.{}", ::getpid());
  const View view = machine_.view(directory, true);
  std::error_code error;
  fs::create_directories(view.directory, error);
  if (error)
    co_return fail(ErrorKind::unavailable, "agent",
                   fmt::format("{} could not be made: {}", view.directory.string(), error.message()));
  auto result = prepare(view);
  if (result) {
    auto launched = launch(machine_, view, {}, view.directory / record_file);
    if (launched) {
      const auto tried = supervisor::Supervisor::adopt(co_await asio::this_coro::executor, *launched);
      result = co_await await_ready(*tried);
      co_await tried->shutdown(end_patience);
    } else {
      result = std::unexpected(launched.error());
    }
  }
  remove_tree(view.directory);
  co_return result;
}

Task<Result<void>> SandboxExecutor::probe() {
  if (::access(machine_.bubblewrap.c_str(), X_OK) == 0) co_return Result<void>{};
  co_return fail(ErrorKind::unavailable, "agent",
                 fmt::format("{} is gone; install bubblewrap again", machine_.bubblewrap.string()));
}

// The namespaces end by themselves with their agent; this waits for the last of them and ends what is stuck.
Task<void> SandboxExecutor::sweep(std::string agent_id) {
  std::error_code error;
  for (fs::directory_iterator job(machine_.settings.work_dir / "jobs", error), end; !error && job != end;
       job.increment(error))
    for (const char* record : {record_file, checkout_record_file})
      co_await supervisor::end_recorded_process(job->path() / record, end_patience);
  co_await spare_->sweep(agent_id);
  for (const auto& group : ControlGroup::find_left(machine_.groups, group_prefix(agent_id)))
    if (!co_await group->remove(end_patience)) log_error("a control group of an earlier job could not be removed");
  ControlGroup::remove_abandoned(machine_.groups);
  spare_->refill_soon(co_await asio::this_coro::executor);
}

}  // namespace

std::unique_ptr<Executor> make_sandbox_executor(SandboxSettings settings) {
  return std::make_unique<SandboxExecutor>(std::move(settings));
}

}  // namespace open_cicd::sandbox
