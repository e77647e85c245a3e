#include "agent/executors.h"

#include "adapters/docker/docker.h"
#include "adapters/dummy/dummy.h"
#include "adapters/sandbox/sandbox.h"
#include "adapters/shell/shell.h"
#include "base/log.h"
#include "base/suggest.h"

#include <array>

namespace open_cicd::agent {
namespace {

constexpr std::array<std::string_view, 3> known{"docker", "sandbox", "shell"};  // dummy is for our own tests
constexpr std::array<std::string_view, 2> by_default{"sandbox", "docker"};

std::unique_ptr<runner::Executor> make_executor(std::string_view name, const ExecutorChoice& choice,
                                                const std::filesystem::path& work_dir) {
  if (name == "docker")
    return docker::make_docker_executor({.socket = docker::docker_socket_of_environment(),
                                         .clones_from_this_machine = choice.clones_from_this_machine,
                                         .images = {.ask_timeout = choice.image_ask_timeout,
                                                    .record = work_dir / "images.json",
                                                    .max_age = choice.images_max_age,
                                                    .bytes_max = choice.images_bytes_max},
                                         .privileged_images = choice.privileged_images});
  if (name == "sandbox")
    return sandbox::make_sandbox_executor(
        {.work_dir = work_dir, .paths = choice.sandbox_paths, .hidden = choice.private_files});
  if (name == "dummy") return dummy::make_dummy_executor();
  if (name == "shell") return shell::make_shell_executor({.work_dir = work_dir});
  return nullptr;
}

}  // namespace

Task<Result<Executors>> choose_executors(ExecutorChoice choice, std::filesystem::path work_dir) {
  std::vector<std::string> names = choice.names;
  const bool asked = !names.empty();
  if (!asked) names.assign(by_default.begin(), by_default.end());
  Executors chosen;
  std::string missing;
  for (const std::string& name : names) {
    std::unique_ptr<runner::Executor> made = make_executor(name, choice, work_dir);
    if (!made) {
      const std::string hint = did_you_mean(name, known);
      co_return fail(ErrorKind::invalid, "unknown_executor",
                     fmt::format("there is no executor {:?}: --executors takes docker, sandbox, shell{}", name,
                                 hint.empty() ? "." : hint));
    }
    const Result<void> works = co_await made->check();
    if (works) {
      chosen[name] = std::move(made);
      continue;
    }
    const std::string why = fmt::format("{}: {}", name, works.error().message());
    if (asked) co_return fail(ErrorKind::unavailable, "no_executor", why);
    log_info("an executor is not offered: it does not work here",
             {{"executor", name}, {"why", works.error().message()}});
    missing += "\n  " + why;
  }
  if (chosen.empty())
    co_return fail(
        ErrorKind::unavailable, "no_executor",
        fmt::format("no executor works on this machine:{}\nInstall one of them, or name shell with --executors "
                    "to run trusted jobs without isolation.",
                    missing));
  co_return chosen;
}

}  // namespace open_cicd::agent
