#include "adapters/sandbox/sandbox.h"

#include "adapters/sandbox/bubblewrap.h"
#include "adapters/sandbox/control_group.h"
#include "base/log.h"
#include "runner/checkout.h"
#include "runner/remove_tree.h"
#include "runner/step_script.h"
#include "supervisor/client.h"
#include "supervisor/process_record.h"

#include <unistd.h>

namespace open_cicd::sandbox {
namespace {

namespace fs = std::filesystem;
using namespace runner;

constexpr std::chrono::seconds start_patience{20};
constexpr std::chrono::seconds end_patience{10};
constexpr char record_file[] = "sandbox";
constexpr char checkout_record_file[] = "sandbox-checkout";
constexpr char default_path[] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

// What all jobs of this agent have in common; found by check().
struct Machine {
  SandboxSettings settings;
  fs::path bubblewrap;
  ControlGroupParent groups;

  std::optional<std::uint32_t> user() const {
    return ::geteuid() == 0 ? std::optional(settings.job_user) : std::nullopt;
  }
};

std::string group_prefix(const std::string& agent_id) {
  return fmt::format("open-cicd.{}.", agent_id);
}

// Starts the helper as PID 1 of new namespaces and waits until it is there.
Task<Result<std::unique_ptr<supervisor::Supervisor>>> start(const Machine& machine, const View& view,
                                                            std::vector<fs::path> groups, fs::path record) {
  auto spawned = supervisor::Supervisor::spawn(co_await asio::this_coro::executor,
                                               {.wrapper = wrapper(machine.bubblewrap, view),
                                                .arguments = helper_arguments(view),
                                                .groups = std::move(groups),
                                                .fallback_directory = machine.settings.work_dir});
  if (!spawned) co_return std::unexpected(spawned.error());
  const auto recorded = supervisor::write_process_record(record, (*spawned)->pid());
  if (!recorded) co_return std::unexpected(recorded.error());
  const auto ready = co_await (*spawned)->ready(start_patience);
  if (!ready)
    co_return fail(ErrorKind::unavailable, "agent",
                   "bubblewrap could not make the job's namespaces. Its own message is on the agent's standard error; "
                   "a container needs "
                   "CAP_SYS_ADMIN or unprivileged user namespaces (sysctl kernel.unprivileged_userns_clone, "
                   "kernel.apparmor_restrict_unprivileged_userns).");
  co_return std::move(*spawned);
}

// One supervisor for the whole job: PID 1 of its pid namespace, so that its end is the end of everything, and a step
// costs one fork.
class SandboxEnvironment final : public JobEnvironment {
 public:
  SandboxEnvironment(JobContext context, const Machine& machine) : context_(std::move(context)), machine_(machine) {}

  Task<Result<void>> set_up(OutputSink& output) override;
  Task<Result<void>> check_out(OutputSink& output) override;
  Task<Result<StepResult>> run_step(StepCommand command, OutputSink& output) override;
  void stop(std::chrono::milliseconds grace) override {
    for (auto* supervisor : {supervisor_.get(), checkout_.get()})
      if (supervisor != nullptr) supervisor->stop(grace);
  }
  void extend_deadline(std::chrono::nanoseconds boottime) override {
    deadline_ = boottime;
    for (auto* supervisor : {supervisor_.get(), checkout_.get()})
      if (supervisor != nullptr) supervisor->set_deadline(boottime);
  }
  Task<void> tear_down() override;

 private:
  View view() const {
    return {.directory = context_.directory, .network = context_.spec.network != "none", .user = machine_.user()};
  }
  void make_group();
  std::vector<fs::path> group_files() const { return group_ ? group_->process_files() : std::vector<fs::path>{}; }

  JobContext context_;
  const Machine& machine_;
  std::unique_ptr<ControlGroup> group_;
  std::unique_ptr<supervisor::Supervisor> supervisor_;
  std::unique_ptr<supervisor::Supervisor> checkout_;  // while check_out() runs
  std::chrono::nanoseconds deadline_{0};
};

void SandboxEnvironment::make_group() {
  auto limits = default_limits();
  limits.cpu = context_.spec.resources.cpu;
  if (context_.spec.resources.memory_bytes) limits.memory_bytes = *context_.spec.resources.memory_bytes;
  if (!machine_.groups.available()) return;
  const auto name = fmt::format("{}{}.{}", group_prefix(context_.agent_id), context_.job.str(), context_.attempt);
  std::string why;
  group_ = ControlGroup::make(machine_.groups, name, limits, why);
  if (!group_)
    log_warn("a job runs without limits of memory and processes", {{"job", context_.job.str()}, {"error", why}});
}

Task<Result<void>> SandboxEnvironment::set_up(OutputSink& output) {
  if (const auto prepared = prepare(view()); !prepared) co_return std::unexpected(prepared.error());
  make_group();
  if (!group_ && (context_.spec.resources.memory_bytes || context_.spec.resources.cpu))
    co_return fail(ErrorKind::unavailable, "agent",
                   "This agent can't limit memory or CPU: it may not make control groups.");
  auto started = co_await start(machine_, view(), group_files(), context_.directory / record_file);
  if (!started) co_return std::unexpected(started.error());
  supervisor_ = std::move(*started);
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
Task<Result<void>> SandboxEnvironment::check_out(OutputSink& output) {
  const auto plan = plan_checkout(*context_.spec.checkout, inside_run);
  if (!plan) co_return std::unexpected(plan.error());
  auto open_view = view();
  open_view.network = true;
  auto started = co_await start(machine_, open_view, group_files(), context_.directory / checkout_record_file);
  if (!started) co_return std::unexpected(started.error());
  checkout_ = std::move(*started);
  if (deadline_.count() != 0) checkout_->set_deadline(deadline_);
  LastLine last;
  auto write = [&](std::string_view bytes) {
    last.add(bytes);
    return output.write(setup_step, bytes);
  };
  Result<void> done;
  for (const auto& argv : plan->commands) {
    const auto exit = co_await checkout_->run({.argv = argv,
                                               .env = plan->env,
                                               .cwd = inside_workspace,
                                               .script_path = plan->config_path,
                                               .script = plan->config},
                                              write);
    if (!exit) done = std::unexpected(exit.error());
    if (exit && exit->code != 0)
      done = fail(ErrorKind::internal, "agent",
                  fmt::format("git {} failed with exit code {}: {}", argv[1], exit->code, last.text()));
    if (!done) break;
  }
  co_await checkout_->shutdown(end_patience);
  checkout_.reset();
  co_return done;
}

Task<Result<StepResult>> SandboxEnvironment::run_step(StepCommand command, OutputSink& output) {
  if (!supervisor_) co_return fail(ErrorKind::internal, "agent", "The job was not set up.");
  const auto script_path = fmt::format("{}/step-{}.sh", inside_run, command.index);
  std::map<std::string, std::string> env{
      {"HOME", inside_home}, {"LANG", "C.UTF-8"}, {"PATH", default_path}, {"TMPDIR", "/tmp"}};
  for (const auto& [name, value] : command.env) env[name] = value;
  auto write = [&output, index = command.index](std::string_view bytes) { return output.write(index, bytes); };
  const auto kills_before = group_ ? group_->out_of_memory_kills() : 0;
  const auto exit = co_await supervisor_->run({.argv = {"/bin/sh", "-e", script_path},
                                               .env = std::move(env),
                                               .cwd = (fs::path(inside_workspace) / command.step.workdir).string(),
                                               .script_path = script_path,
                                               .script = step_script(command.step)},
                                              write);
  const bool out_of_memory = group_ && group_->out_of_memory_kills() > kills_before;
  if (!exit) co_return std::unexpected(exit.error());
  if (!exit->not_started.empty()) {
    const auto line = fmt::format("The workdir can't be entered: {}\n", exit->not_started);
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
}

class SandboxExecutor final : public Executor {
 public:
  explicit SandboxExecutor(SandboxSettings settings) : machine_{.settings = std::move(settings)} {}

  std::string_view name() const override { return "sandbox"; }
  Task<Result<void>> check() override;
  Task<void> sweep(std::string agent_id) override;
  std::unique_ptr<JobEnvironment> make(JobContext context) override {
    return std::make_unique<SandboxEnvironment>(std::move(context), machine_);
  }

 private:
  Machine machine_;
};

// Makes a sandbox for a try: what the kernel, a container around the agent or the machine's policy allows shows only
// then.
Task<Result<void>> SandboxExecutor::check() {
  machine_.bubblewrap = find_bubblewrap();
  if (machine_.bubblewrap.empty())
    co_return fail(ErrorKind::unavailable, "agent",
                   "bubblewrap is not installed. On Debian and Ubuntu: apt-get install bubblewrap");
  machine_.groups = ControlGroupParent::find();
  if (!machine_.groups.available())
    log_warn("sandboxed jobs run without limits: the agent may not make control groups here");
  const View view{.directory = machine_.settings.work_dir / fmt::format("sandbox-check.{}", ::getpid()),
                  .user = machine_.user()};
  std::error_code error;
  fs::create_directories(view.directory, error);
  if (error)
    co_return fail(ErrorKind::unavailable, "agent",
                   fmt::format("{} could not be made: {}", view.directory.string(), error.message()));
  auto result = prepare(view);
  if (result) {
    auto started = co_await start(machine_, view, {}, view.directory / record_file);
    if (started) {
      co_await (*started)->shutdown(end_patience);
    } else {
      result = std::unexpected(started.error());
    }
  }
  remove_tree(view.directory);
  co_return result;
}

// The namespaces end by themselves with their agent; this waits for the last of them and ends what is stuck.
Task<void> SandboxExecutor::sweep(std::string agent_id) {
  std::error_code error;
  for (fs::directory_iterator job(machine_.settings.work_dir / "jobs", error), end; !error && job != end;
       job.increment(error))
    for (const char* record : {record_file, checkout_record_file})
      co_await supervisor::end_recorded_process(job->path() / record, end_patience);
  for (const auto& group : ControlGroup::find_left(machine_.groups, group_prefix(agent_id)))
    if (!co_await group->remove(end_patience)) log_error("a control group of an earlier job could not be removed");
}

}  // namespace

std::unique_ptr<Executor> make_sandbox_executor(SandboxSettings settings) {
  return std::make_unique<SandboxExecutor>(std::move(settings));
}

}  // namespace open_cicd::sandbox
