#include "adapters/docker/docker.h"

#include "adapters/docker/cleanup.h"
#include "adapters/docker/engine.h"
#include "adapters/docker/environment.h"
#include "base/log.h"

#include <fmt/format.h>

#include <cstdlib>

namespace open_cicd::docker {
namespace {

class DockerExecutor final : public runner::Executor {
 public:
  explicit DockerExecutor(DockerSettings settings) : settings_(std::move(settings)) {}

  std::string_view name() const override { return "docker"; }

  Task<Result<void>> check() override {
    auto engine = Engine::make(co_await asio::this_coro::executor, settings_.socket);
    if (!engine) co_return std::unexpected(engine.error());
    const Result<EngineVersion> version = co_await (*engine)->connect();
    if (!version) {
      co_return fail(
          ErrorKind::unavailable, "agent",
          fmt::format("{}. Install Docker (apt-get install docker.io), start it (systemctl start docker), and let the "
                      "agent's user "
                      "use its socket (usermod -aG docker USER); DOCKER_HOST=unix:///path names another one.",
                      version.error().message()));
    }
    if (engine_) co_return Result<void>{};  // asked again: jobs and their images go on with the one they know
    engine_ = std::move(*engine);
    images_ = std::make_unique<Images>(*engine_, settings_.images);
    clamp(settings_.step_limits, version->cpus);
    clamp(settings_.service_limits, version->cpus);
    log_info("docker is there", {{"version", version->engine}, {"api", version->api}, {"socket", settings_.socket}});
    co_return Result<void>{};
  }

  Task<Result<void>> probe() override { return engine_->ping(); }

  Task<void> sweep(std::string agent_id) override {
    if (engine_) co_await remove_labelled(*engine_, {fmt::format("{}={}", agent_label, agent_id)});
  }

  Task<std::vector<protocol::LeftAttempt>> find_left(std::string server_id) override {
    if (!engine_) co_return std::vector<protocol::LeftAttempt>();
    co_return co_await find_attempts(*engine_, std::move(server_id));
  }
  Task<void> remove_left(std::string server_id, protocol::LeftAttempt left) override {
    if (engine_) co_await remove_attempt(*engine_, std::move(server_id), std::move(left));
  }
  Task<void> tidy_up() override {
    if (images_) co_await images_->remove_unused();
  }

  std::unique_ptr<runner::JobEnvironment> make(runner::JobContext context) override {
    return std::make_unique<DockerEnvironment>(*engine_, *images_, settings_, std::move(context));
  }

 private:
  static void clamp(Limits& limits, int machine_cpus) {
    limits.machine_cpus = machine_cpus;
    limits = limits_of({}, limits);
  }

  DockerSettings settings_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<Images> images_;
};

}  // namespace

std::unique_ptr<runner::Executor> make_docker_executor(DockerSettings settings) {
  return std::make_unique<DockerExecutor>(std::move(settings));
}

Result<std::vector<PrivilegedImage>> parse_privileged_images(std::string_view text) {
  std::vector<PrivilegedImage> images;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    std::string_view word = text.substr(0, comma);
    text.remove_prefix(std::min(comma + 1, text.size()));
    const std::size_t first = word.find_first_not_of(' ');
    if (first == std::string_view::npos) continue;
    word = word.substr(first, word.find_last_not_of(' ') - first + 1);
    const Result<ImageName> name = split_image(word);
    if (!name || !name->by_digest())
      return fail(ErrorKind::invalid, "invalid",
                  fmt::format("\"{}\" is no image with its digest: write name@sha256:…", word));
    images.push_back({.repository = name->repository, .digest = name->tag});
  }
  return images;
}

std::string docker_socket_of_environment() {
  const char* const host = std::getenv("DOCKER_HOST");
  return host != nullptr && std::string_view(host).starts_with("unix:") ? host : DockerSettings{}.socket;
}

}  // namespace open_cicd::docker
