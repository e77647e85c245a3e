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
    engine_ = std::move(*engine);
    clamp(settings_.step_limits, version->cpus);
    clamp(settings_.service_limits, version->cpus);
    log_info("docker is there", {{"version", version->engine}, {"api", version->api}, {"socket", settings_.socket}});
    co_return Result<void>{};
  }

  Task<void> sweep(std::string agent_id) override {
    if (engine_) co_await remove_labelled(*engine_, {fmt::format("open-cicd.agent={}", agent_id)});
  }

  std::unique_ptr<runner::JobEnvironment> make(runner::JobContext context) override {
    return std::make_unique<DockerEnvironment>(*engine_, settings_, std::move(context));
  }

 private:
  static void clamp(Limits& limits, int machine_cpus) {
    limits.machine_cpus = machine_cpus;
    limits = limits_of({}, limits);
  }

  DockerSettings settings_;
  std::unique_ptr<Engine> engine_;
};

}  // namespace

std::unique_ptr<runner::Executor> make_docker_executor(DockerSettings settings) {
  return std::make_unique<DockerExecutor>(std::move(settings));
}

std::string docker_socket_of_environment() {
  const char* const host = std::getenv("DOCKER_HOST");
  return host != nullptr && std::string_view(host).starts_with("unix:") ? host : DockerSettings{}.socket;
}

}  // namespace open_cicd::docker
