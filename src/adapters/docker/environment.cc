#include "adapters/docker/environment.h"

#include "adapters/docker/cleanup.h"
#include "adapters/docker/json_access.h"
#include "base/log.h"
#include "runner/step_script.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>

namespace open_cicd::docker {
namespace {

using namespace runner;
using std::chrono::milliseconds;

constexpr std::chrono::seconds kill_margin{5};  // past the grace, for a helper that does not do its work
constexpr int killed_code = 137;
constexpr std::chrono::seconds read_patience{20};  // for the helper that reads a step's files
constexpr int helper_key = -2;                     // of a command that no stop is about: no step has it
constexpr std::size_t printed_bytes_max =
    step_file_kinds.size() * (step_file_bytes_max + 64);  // a replaced helper prints what it likes
constexpr std::string_view owner_key = "(root)";          // no image is called so
constexpr std::string_view no_such_user = "unable to find user";

std::unexpected<Error> stopped() {
  return fail(ErrorKind::unavailable, "agent", "The job was stopped while it was being set up.");
}
std::unexpected<Error> not_set_up() {
  return fail(ErrorKind::internal, "agent", "The job was not set up.");
}

}  // namespace

DockerEnvironment::Busy::Busy(DockerEnvironment& owner) : environment(owner) {
  owner.busy_ = true;
  owner.stop_asked_ = false;
}
DockerEnvironment::Busy::~Busy() {
  environment.busy_ = false;
}

DockerEnvironment::Running::Running(DockerEnvironment& owner, int index)
    : environment(owner), step(index), call(++owner.calls_) {
  owner.running_[step] = this;
}
DockerEnvironment::Running::~Running() {
  environment.running_.erase(step);
}

DockerEnvironment::DockerEnvironment(Engine& engine, Images& images, const DockerSettings& settings, JobContext context)
    : engine_(engine),
      store_(images),
      settings_(settings),
      context_(std::move(context)),
      name_(fmt::format("open-cicd.{}.{}", context_.job.str(), context_.attempt)) {}

DockerEnvironment::~DockerEnvironment() = default;

Task<Result<void>> DockerEnvironment::set_up(OutputSink& output) {
  const Busy busy(*this);
  tasks_.emplace(co_await asio::this_coro::executor);
  if (const Result<void> done = co_await get_images(output); !done) co_return done;
  if (network() == name_) {
    if (const Result<void> made = co_await engine_.create_network(name_, labels_of(context_)); !made) co_return made;
  }
  const Place place = first_place();
  if (const auto first = co_await container_for(place); !first) co_return std::unexpected(first.error());
  const std::string line = fmt::format("docker container {} of {}\n", first_container_.substr(0, 12), place.image);
  co_await output.write(setup_step, line);
  if (stop_asked_) co_return stopped();
  co_return co_await start_services(output);
}

Task<Result<void>> DockerEnvironment::get_images(OutputSink& output) {
  const pipelines::JobSpec& spec = context_.spec;
  std::map<std::string, Pull> wanted;
  const auto want = [&](const std::string& image, const std::optional<std::string>& pull) {
    Pull& strictest = wanted.try_emplace(image, Pull::missing).first->second;
    strictest = std::max(strictest, pull_of(pull, spec.pull));
  };
  for (const pipelines::Step& step : spec.steps) want(step.image.empty() ? spec.image : step.image, step.pull);
  for (const pipelines::Service& service : spec.services) want(service.image, service.pull);
  if (spec.steps.empty()) want(spec.image, spec.pull);
  for (const auto& [reference, pull] : wanted) {
    Result<Image> image = co_await unless_stopped(store_.get(reference, pull, output, context_.registry_logins));
    if (!image) co_return std::unexpected(image.error());
    images_[reference] = std::move(*image);
    held_.push_back(store_.hold(images_[reference]));
  }
  co_return Result<void>{};
}

// They start together; then each is waited for.
Task<Result<void>> DockerEnvironment::start_services(OutputSink& output) {
  for (const pipelines::Service& spec : context_.spec.services) {
    Result<std::unique_ptr<Service>> service = co_await open_service(spec);
    if (!service) co_return std::unexpected(service.error());
    services_.push_back(std::move(*service));
    if (const Result<void> started = services_.back()->start(*tasks_); !started) co_return started;
    if (stop_asked_) co_return stopped();
  }
  for (const auto& service : services_) {
    if (const Result<void> ready = co_await unless_stopped(service->until_ready(output)); !ready) co_return ready;
  }
  co_return co_await services_still_serve(output);
}

// One may have ended while another got ready, or during the checkout: no step shall find that out.
Task<Result<void>> DockerEnvironment::services_still_serve(OutputSink& output) {
  for (const auto& service : services_) {
    if (const Result<void> serves = co_await service->still_serves(output); !serves) co_return serves;
  }
  co_return Result<void>{};
}

Task<Result<std::unique_ptr<Service>>> DockerEnvironment::open_service(const pipelines::Service& spec) {
  ContainerPlan plan = plan_of(spec.name, settings_.service_limits);
  plan.network = network() == name_ ? name_ : "container:" + first_container_;
  plan.alias = spec.name;
  const Image& image = images_.at(spec.image);
  Result<std::unique_ptr<Container>> container =
      co_await open_container(engine_, *tasks_, std::move(plan), image, deadline_);
  if (!container) co_return std::unexpected(container.error());
  std::string address = "127.0.0.1";
  if (network() == name_) {
    const auto details = co_await engine_.inspect((*container)->id);
    if (!details) co_return std::unexpected(details.error());
    // The network's name has dots, so the path is walked by hand.
    const boost::json::value& networks = value_at(*details, "NetworkSettings.Networks");
    if (const auto* entry = networks.is_object() ? networks.get_object().if_contains(name_) : nullptr)
      address = text_at(*entry, "IPAddress");
  }
  co_return std::make_unique<Service>(spec, image, std::move(*container), std::move(address));
}

bool DockerEnvironment::may_be_privileged(const Image& image) const {
  return std::ranges::any_of(settings_.privileged_images, [&](const PrivilegedImage& allowed) {
    const Result<ImageName> name = split_image(image.report.image);
    return name && name->repository == allowed.repository && image.report.digest == allowed.digest;
  });
}

Task<Result<std::shared_ptr<Container>>> DockerEnvironment::container_for(Place place) {
  forget_ended_containers();
  const std::string& image = place.image;
  if (const auto found = containers_.find(place); found != containers_.end()) co_return found->second;
  const auto known = images_.find(image);
  if (known == images_.end())
    co_return fail(ErrorKind::internal, "agent", fmt::format("The image {} is not one of the job's.", image));
  const Limits limits = limits_of(context_.spec.resources, settings_.step_limits);
  ContainerPlan plan = plan_of(fmt::format("steps-{}", ++containers_made_), limits);
  if (context_.in_place)
    plan.folder = context_.in_place->string();
  else
    plan.volume = name_;
  plan.privileged = place.privileged;
  plan.owns_workspace = !workspace_owner_ && !context_.in_place;
  if (place.privileged && !may_be_privileged(known->second))
    co_return fail(ErrorKind::forbidden, "exit",
                   fmt::format("The image {} ({}) is not on this agent's list of privileged images.", image,
                               known->second.report.digest.empty() ? "without a digest" : known->second.report.digest));
  Image used = known->second;
  if (!place.user.empty()) used.user = place.user;
  if (first_container_.empty()) {
    plan.network = network();
    if (network() == "none")
      for (const auto& service : context_.spec.services) plan.hosts.push_back(service.name + ":127.0.0.1");
  } else {
    plan.network = "container:" + first_container_;
  }
  Result<std::unique_ptr<Container>> container =
      co_await open_container(engine_, *tasks_, std::move(plan), std::move(used), deadline_);
  if (!container && !place.user.empty() && container.error().message().contains(no_such_user))
    co_return fail(ErrorKind::invalid, "exit", fmt::format("There is no user {} in the image {}.", place.user, image));
  if (!container) co_return std::unexpected(container.error());
  if (first_container_.empty()) first_container_ = (*container)->id;
  if (!workspace_owner_) workspace_owner_ = (*container)->user.owner;
  // The deadline may have moved while it started.
  if (deadline_.count() != 0) (*container)->session->set_deadline(deadline_);
  co_return containers_[place] = std::move(*container);
}

// Steps of different users work on the same files, as one person would: git refuses a repository of somebody else, and
// only root writes to what root made. What a step gave to a third user on purpose stays that user's.
Task<void> DockerEnvironment::give_workspace(const Container& container, Running& running, OutputSink& output) {
  const TarOwner owner = container.user.owner;
  if (context_.in_place || !workspace_owner_ || workspace_owner_->uid == owner.uid) co_return;
  const auto root = co_await container_of_root();
  std::string trouble = root ? "" : root.error().message();
  if (root && !running.stop_asked) {
    supervisor::Command give{.argv = {std::string(init_path), "--give", std::string(workspace_path)},
                             .cwd = "/",
                             .own_tree = running_.size() > 1};
    for (const std::uint32_t id : {workspace_owner_->uid, owner.uid, owner.gid})
      give.argv.push_back(fmt::format("{}", id));
    running.in = *root;
    const auto ignore = [](std::string_view) -> Task<void> { co_return; };
    const Result<CommandExit> exit = co_await (*root)->session->run(std::move(give), ignore, {.key = running.step});
    running.in = nullptr;
    if (!exit)
      trouble = exit.error().message();
    else if (exit->code != 0)
      trouble = "some could not be changed";
  }
  workspace_owner_ = owner;
  if (trouble.empty() || running.stop_asked) co_return;
  const std::string note =
      fmt::format("note: not all files of the workspace became those of user {}: {}\n", owner.uid, trouble);
  co_await output.write(running.step, note);
}

// One of the job's, if an image has root as its user; else one for this alone.
Task<Result<std::shared_ptr<Container>>> DockerEnvironment::container_of_root() {
  for (const auto& [place, container] : containers_)
    if (container->user.owner.uid == 0 && container->session->is_open()) co_return container;
  Image image = images_.at(first_place().image);
  image.user = "0:0";  // an empty one would be the image's own
  ContainerPlan plan = plan_of(fmt::format("owner-{}", ++containers_made_), settings_.service_limits);
  plan.volume = name_;
  plan.network = "none";
  Result<std::unique_ptr<Container>> container =
      co_await open_container(engine_, *tasks_, std::move(plan), std::move(image), deadline_);
  if (!container) co_return std::unexpected(container.error());
  if (deadline_.count() != 0) (*container)->session->set_deadline(deadline_);
  co_return containers_[Place{.image = std::string(owner_key), .user = {}}] = std::move(*container);
}

// One that went down (killed, out of memory) is made anew by the next step that needs it. With the first one goes the
// network namespace that the others joined, and so do they.
void DockerEnvironment::forget_ended_containers() {
  const bool first_ended = std::ranges::any_of(containers_, [this](const auto& entry) {
    return entry.second->id == first_container_ && !entry.second->session->is_open();
  });
  if (first_ended) first_container_.clear();
  std::erase_if(containers_, [&](const auto& entry) {
    const bool has_ended = first_ended || !entry.second->session->is_open();
    if (has_ended) entry.second->session->close();
    return has_ended;
  });
}

Task<Result<std::string>> DockerEnvironment::check_out(OutputSink& output) {
  if (containers_.empty()) co_return not_set_up();
  const Busy busy(*this);
  // git runs beside the agent, with its rights: what is on the agent's own machine is not the job's to read.
  const auto reach =
      settings_.clones_from_this_machine ? CheckoutCopy::Reach::anything : CheckoutCopy::Reach::other_machines;
  checkout_ =
      std::make_unique<CheckoutCopy>(*context_.spec.checkout, context_.directory, reach, context_.git, context_.route);
  if (const Result<void> ready = co_await unless_stopped(checkout_->prepare()); !ready) {
    checkout_.reset();
    co_return std::unexpected(ready.error());
  }
  Result<std::string> commit = co_await checkout_->clone(output);
  Result<void> copied;
  if (commit && stop_asked_) copied = stopped();
  if (commit && copied) {
    const Container& first = *containers_.at(first_place());
    copied = co_await unless_stopped(checkout_->copy_to(engine_, first.id, first.user.owner));
  }
  checkout_.reset();
  if (copied && commit) copied = co_await services_still_serve(output);
  if (!copied) co_return std::unexpected(copied.error());
  co_return commit;
}

// A plugin is started as its image says, in the workspace; a script by its shell, or by the step's own words.
Result<supervisor::Command> DockerEnvironment::command_of(const StepCommand& command,
                                                          const Container& container) const {
  const pipelines::Step& step = command.step;
  supervisor::Command start{
      .argv = {}, .env = container.env, .cwd = std::string(workspace_path), .own_tree = command.in_background()};
  if (step.uses) {
    const std::string& name = ran_in_.at(command.index).image;
    const Image& image = images_.at(name);
    start.argv = image.entrypoint;
    start.argv.insert(start.argv.end(), image.command.begin(), image.command.end());
    if (start.argv.empty())
      return fail(ErrorKind::invalid, "exit",
                  fmt::format("The image {} says no program to start: it is no plugin.", name));
  } else {
    start.script_path = fmt::format("{}/step-{}.sh", init_directory, command.index);
    start.script = step_script(step);
    start.argv = shell_command(step, start.script_path);
  }
  if (!step.workdir.empty()) start.cwd += "/" + step.workdir;
  for (const auto& [name, value] : command.env) start.env[name] = value;
  prepend_path(command.path, start.env);
  return start;
}

DockerEnvironment::Place DockerEnvironment::place_of(const pipelines::Step& step) const {
  return {.image = step.image.empty() ? context_.spec.image : step.image,
          .user = step.user.value_or(""),
          .privileged = step.privileged.value_or(false)};
}

Task<Result<StepResult>> DockerEnvironment::run_step(StepCommand command, OutputSink& output) {
  if (!tasks_) co_return not_set_up();
  Running running(*this, command.index);
  const Place place = ran_in_[command.index] = place_of(command.step);
  const auto container = co_await container_for(place);
  if (!container) co_return std::unexpected(container.error());
  if (running.stop_asked) co_return StepResult{.end = StepEnd::cancelled, .exit_code = killed_code};
  co_await give_workspace(**container, running, output);
  if (running.stop_asked) co_return StepResult{.end = StepEnd::cancelled, .exit_code = killed_code};
  Result<supervisor::Command> start = command_of(command, **container);
  if (!start) co_return std::unexpected(start.error());
  running.in = *container;
  const std::int64_t started = std::time(nullptr);
  const auto write = [&output, index = command.index](std::string_view bytes) { return output.write(index, bytes); };
  if (command.started) command.started();
  const Result<CommandExit> exit =
      co_await (*container)->session->run(std::move(*start), write, {.key = command.index});
  if (exit && !exit->not_started.empty()) {
    const std::string line =
        explain_not_started(exit->not_started, command.step, fmt::format("in the image {}", command.step.image));
    co_await output.write(command.index, line);
  }
  co_await tell_of_ended_services(command.index, !exit || exit->code != 0, output);
  co_return co_await conclude(running, exit, started);
}

std::string DockerEnvironment::file_path(int step, StepFile file) const {
  return fmt::format("{}/{}", init_directory, step_file_name(step, file));
}

// By the helper in the container, with the rights that the step had: nothing can be printed that it could not read. A
// container that went down has taken its files along.
Task<Result<StepFiles>> DockerEnvironment::read_files(int step) {
  const auto place = ran_in_.find(step);
  const auto found = place == ran_in_.end() ? containers_.end() : containers_.find(place->second);
  if (found == containers_.end() || !found->second->session->is_open()) co_return StepFiles();
  const std::shared_ptr<Container> container = found->second;
  supervisor::Command print{.argv = {std::string(init_path), "--print", fmt::format("{}", step_file_bytes_max)},
                            .cwd = "/",
                            .own_tree = !running_.empty()};
  for (const StepFileKind& kind : step_file_kinds) print.argv.push_back(file_path(step, kind.file));
  std::string printed;
  const auto take = [&printed](std::string_view bytes) -> Task<void> {
    if (printed.size() < printed_bytes_max) printed += bytes;
    co_return;
  };
  const Result<CommandExit> exit =
      co_await container->session->run(std::move(print), take, {.limit = read_patience, .key = helper_key});
  if (!exit) co_return std::unexpected(exit.error());
  std::optional<StepFiles> files = parse_printed_files(printed);
  if (exit->code != 0 || !files)
    co_return fail(ErrorKind::internal, "exit", "What the step wrote to its files could not be read.");
  co_return std::move(*files);
}

Task<Result<StepResult>> DockerEnvironment::conclude(const Running& running, const Result<CommandExit>& exit,
                                                     std::int64_t started) {
  if (exit) {
    StepResult result{.exit_code = exit->code};
    if (exit->by_deadline)
      result.end = StepEnd::killed_by_deadline;
    else if (exit->stopped)
      result.end = StepEnd::cancelled;
    else if (exit->out_of_memory)
      result.end = StepEnd::out_of_memory;
    co_return result;
  }
  // The whole container went down: by our own kill, or because memory ran out so badly that the helper went too.
  if (running.stop_asked) co_return StepResult{.end = StepEnd::cancelled, .exit_code = killed_code};
  const Result<bool> oom = co_await engine_.had_oom(running.in->id, started);
  if (oom && *oom) co_return StepResult{.end = StepEnd::out_of_memory, .exit_code = killed_code};
  co_return std::unexpected(exit.error());
}

// In the log of the step under which it ended, and of each that failed without it.
Task<void> DockerEnvironment::tell_of_ended_services(int step, bool failed, OutputSink& output) {
  for (const auto& service : services_) {
    const bool is_news = service->take_news();
    if (!is_news && !(failed && service->has_ended())) continue;
    const std::string text = service->epitaph();
    co_await output.write(step, text);
  }
}

std::vector<protocol::ImageReport> DockerEnvironment::images() const {
  std::vector<protocol::ImageReport> reports;
  for (const auto& [reference, image] : images_) reports.push_back(image.report);
  return reports;
}

void DockerEnvironment::stop(milliseconds grace) {
  for (const auto& [step, running] : running_) stop_step(step, grace);
  if (!busy_) return;
  stop_asked_ = true;
  if (wake_stopped_) wake_stopped_();
  if (checkout_) checkout_->stop(grace);
}

void DockerEnvironment::stop_step(int step, milliseconds grace) {
  const auto found = running_.find(step);
  if (found == running_.end()) return;
  Running& running = *found->second;
  running.stop_asked = true;
  if (running.in == nullptr) return;
  running.in->session->stop(step, grace);
  tasks_->spawn("docker kill", kill_if_still(step, running.call, grace + kill_margin));
}

Task<void> DockerEnvironment::kill_if_still(int step, std::uint64_t call, milliseconds after) {
  asio::steady_timer timer(co_await asio::this_coro::executor, after);
  co_await timer.async_wait(asio::use_awaitable);
  const auto found = running_.find(step);
  if (found == running_.end() || found->second->call != call || found->second->in == nullptr) co_return;
  const std::string container = found->second->in->id;
  log_warn("a step did not end after a stop, its container is killed", {{"container", container}});
  const Result<void> killed = co_await engine_.kill(container);
  if (!killed)
    log_warn("a container could not be killed", {{"container", container}, {"error", killed.error().message()}});
}

void DockerEnvironment::extend_deadline(std::chrono::nanoseconds boottime) {
  deadline_ = boottime;
  for (const auto& [place, container] : containers_) container->session->set_deadline(boottime);
  for (const auto& service : services_) service->session().set_deadline(boottime);
}

// What exists is asked of the Engine: a call that was cut short may have made something whose id never came back.
Task<void> DockerEnvironment::tear_down() {
  for (const auto& [place, container] : containers_) container->session->close();
  for (const auto& service : services_) service->session().close();
  if (tasks_) {
    co_await remove_labelled(engine_, {fmt::format("{}={}", agent_label, context_.agent_id),
                                       fmt::format("{}={}", job_label, context_.job.str()),
                                       fmt::format("{}={}", attempt_label, context_.attempt)});
    co_await tasks_->stop();
  }
  services_.clear();
  containers_.clear();
  ran_in_.clear();
  checkout_.reset();
  first_container_.clear();
  held_.clear();
  tasks_.reset();
}

template <class T>
Task<Result<T>> DockerEnvironment::unless_stopped(Task<Result<T>> work) {
  using namespace asio::experimental::awaitable_operators;
  if (stop_asked_) co_return stopped();
  std::variant<Result<T>, std::monostate> first = co_await (std::move(work) || wait_for_stop());
  if (first.index() == 1) co_return stopped();
  co_return std::move(std::get<0>(first));
}

Task<void> DockerEnvironment::wait_for_stop() {
  asio::steady_timer timer(co_await asio::this_coro::executor, asio::steady_timer::time_point::max());
  wake_stopped_ = [&timer] { timer.cancel(); };
  struct Forget {
    std::function<void()>& wake;
    ~Forget() { wake = nullptr; }
  } const forget{wake_stopped_};
  error_code ignored;
  while (!stop_asked_) {
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    if ((co_await asio::this_coro::cancellation_state).cancelled() != asio::cancellation_type::none)
      throw boost::system::system_error(asio::error::operation_aborted);
  }
}

ContainerPlan DockerEnvironment::plan_of(std::string_view what, const Limits& limits) const {
  return {.name = fmt::format("{}.{}", name_, what), .labels = labels_of(context_), .limits = limits};
}

std::string DockerEnvironment::network() const {
  return context_.spec.network == "none" ? "none" : name_;
}

// The one that owns the job's network has no rights of its own.
DockerEnvironment::Place DockerEnvironment::first_place() const {
  const auto& steps = context_.spec.steps;
  Place place = steps.empty() ? Place{.image = context_.spec.image, .user = {}} : place_of(steps.front());
  if (place.privileged) place = {.image = place.image, .user = {}};
  return place;
}

}  // namespace open_cicd::docker
