#include "adapters/docker/checkout.h"

#include "adapters/docker/checkout_target.h"
#include "adapters/docker/container_config.h"
#include "base/offload.h"
#include "runner/remove_tree.h"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

namespace open_cicd::docker {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds supervisor_patience{10};

// A file's bytes without a copy in memory: a checkout of gigabytes is sent straight from the page cache.
class MappedFile {
 public:
  MappedFile(const fs::path& path, std::size_t size) : size_(size) {
    const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) return;
    data_ = mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file, 0);
    close(file);
  }
  ~MappedFile() {
    if (is_open()) munmap(data_, size_);
  }
  MappedFile(const MappedFile&) = delete;
  bool is_open() const { return data_ != MAP_FAILED; }
  std::string_view bytes() const { return {static_cast<const char*>(data_), size_}; }

 private:
  void* data_ = MAP_FAILED;
  std::size_t size_;
};

}  // namespace

CheckoutCopy::CheckoutCopy(pipelines::Checkout checkout, fs::path directory, Reach reach, runner::GitSettings settings,
                           std::optional<runner::GitRoute> route)
    : checkout_(std::move(checkout)),
      directory_(std::move(directory) / "checkout"),
      reach_(reach),
      settings_(std::move(settings)),
      route_(std::move(route)) {}

CheckoutCopy::~CheckoutCopy() {
  runner::remove_tree(directory_);
}

Task<Result<void>> CheckoutCopy::prepare() {
  auto plan = runner::plan_checkout(checkout_, directory_ / "home", settings_, route_);
  if (!plan) co_return std::unexpected(plan.error());
  plan_ = std::move(*plan);
  co_return co_await admit(plan_);
}

Task<Result<std::string>> CheckoutCopy::clone(runner::OutputSink& output) {
  std::error_code error;
  for (const auto& path : {tree(), directory_ / "home"})
    if (!error) fs::create_directories(path, error);
  if (error)
    co_return fail(ErrorKind::internal, "agent",
                   fmt::format("{} could not be made: {}.", directory_.string(), error.message()));
  auto spawned = supervisor::Supervisor::spawn(co_await asio::this_coro::executor,
                                               {.arguments = {"--restrict"}, .fallback_directory = directory_});
  if (!spawned) co_return std::unexpected(spawned.error());
  supervisor_ = std::move(*spawned);
  runner::GitHands git{
      .run = [this](const runner::CheckoutPlan& plan, runner::GitCommand argv,
                    runner::PrintGit print) { return run_git(plan, std::move(argv), std::move(print)); },
      .stop = [this] { stop(runner::git_grace); },
      .admit = [this](runner::CheckoutPlan& plan) { return admit(plan); },
      .beside_the_agent = reach_ == Reach::other_machines};
  Result<std::string> commit = co_await runner::run_checkout(plan_, output, std::move(git));
  co_await supervisor_->shutdown(supervisor_patience);
  supervisor_.reset();
  co_return commit;
}

// Whether git may connect to where the plan leads. Behind a proxy it is the proxy that looks the host up, and it may
// know names that this machine does not. The agent's own server may be anywhere: the operator has named it.
Task<Result<void>> CheckoutCopy::admit(runner::CheckoutPlan& plan) {
  if (reach_ == Reach::anything || plan.route) co_return Result<void>();
  const Result<GitHost> host = git_host_of(plan.reached);
  if (!host) co_return std::unexpected(host.error());
  const bool by_proxy = runner::goes_by_proxy(plan);
  Result<std::string> pin = co_await check_git_host(*host);
  if (!pin && by_proxy && pin.error().kind() == ErrorKind::unavailable) co_return Result<void>();
  if (!pin) co_return std::unexpected(pin.error());
  if (!pin->empty() && !by_proxy) runner::add_git_config(plan, "http.curloptResolve", std::move(*pin));
  co_return Result<void>();
}

Task<Result<int>> CheckoutCopy::run_git(const runner::CheckoutPlan& plan, runner::GitCommand argv,
                                        runner::PrintGit print) {
  if (stopped_) co_return fail(ErrorKind::invalid, "exit", "The checkout was stopped.");
  const auto exit = co_await supervisor_->run({.argv = std::move(argv),
                                               .env = plan.env,
                                               .cwd = tree().string(),
                                               .script_path = plan.config_path,
                                               .script = plan.config},
                                              std::move(print));
  if (!exit) co_return std::unexpected(exit.error());
  if (!exit->not_started.empty()) co_return fail(ErrorKind::internal, "agent", exit->not_started);
  co_return exit->code;
}

Task<Result<void>> CheckoutCopy::copy_to(Engine& engine, std::string container, TarOwner owner) {
  const fs::path archive = directory_ / "files.tar";
  WorkerPool worker(1);
  const Result<std::uint64_t> size =
      co_await offload(worker, [from = tree(), prefix = std::string(workspace_path.substr(1)), owner, archive] {
        return write_tar(from, prefix, owner, archive);
      });
  if (!size) co_return std::unexpected(size.error());
  co_await offload(worker, [from = tree()] { return runner::remove_tree(from); });
  const MappedFile file(archive, *size);
  if (!file.is_open())
    co_return fail(ErrorKind::internal, "agent", "The files of the checkout could not be read back.");
  co_return co_await engine.put_archive(std::move(container), "/", file.bytes());
}

void CheckoutCopy::stop(std::chrono::milliseconds grace) {
  stopped_ = true;
  if (supervisor_) supervisor_->stop(grace);
}

}  // namespace open_cicd::docker
