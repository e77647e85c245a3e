#include "support/docker_fixture.h"

#include <fmt/format.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <signal.h>
#include <stdexcept>
#include <sys/wait.h>
#include <unistd.h>

namespace open_cicd::testing {
namespace {

struct Output {
  std::string text;
  int status = 0;
};

Output run(const std::string& command) {
  FILE* const pipe = popen(command.c_str(), "re");
  if (pipe == nullptr) throw std::runtime_error("popen failed");
  Output output;
  std::array<char, 4096> buffer;
  while (const std::size_t size = fread(buffer.data(), 1, buffer.size(), pipe)) output.text.append(buffer.data(), size);
  output.status = pclose(pipe);
  while (output.text.ends_with('\n')) output.text.pop_back();
  return output;
}

std::string reason;

}  // namespace

DockerEngine* DockerEngine::get() {
  static const std::unique_ptr<DockerEngine> engine = [] {
    std::unique_ptr<DockerEngine> made(new DockerEngine());
    reason = made->start();
    return reason.empty() ? std::move(made) : nullptr;
  }();
  return engine.get();
}

const std::string& DockerEngine::why_not() {
  return reason;
}

std::string DockerEngine::start() {
  const std::string support = OPEN_CICD_TEST_SUPPORT;
  if (const char* const named = std::getenv("OPEN_CICD_TEST_DOCKER")) {
    host_ = named;
    const Output images =
        run(fmt::format("'{}/docker-images.sh' '{}' 2>&1", support, host_.substr(host_.find('/') + 2)));
    return images.status == 0 ? "" : images.text;
  }
  std::string directory = "/tmp/open-cicd-docker-XXXXXX";
  if (mkdtemp(directory.data()) == nullptr) return "no temporary folder";
  directory_ = directory;
  own_ = true;
  const Output up =
      run(fmt::format("'{}/dockerd-up.sh' '{}' --registry --owner {} 2>&1", support, directory_, getpid()));
  if (up.status != 0) return up.text;
  host_ = up.text.substr(up.text.rfind('\n') + 1);
  return "";
}

DockerEngine::~DockerEngine() {
  if (own_) run(fmt::format("'{}/dockerd-down.sh' '{}' 2>&1", OPEN_CICD_TEST_SUPPORT, directory_));
}

std::string DockerEngine::docker(const std::string& arguments) const {
  Output output = run(fmt::format("docker -H '{}' {} 2>&1", host_, arguments));
  if (output.status != 0) throw std::runtime_error(fmt::format("docker {}: {}", arguments, output.text));
  return std::move(output.text);
}

std::string DockerEngine::leftovers(const std::string& agent_id) const {
  std::string found;
  for (const char* const list : {"ps -a --format 'container {{.Names}} {{.Status}}'",
                                 "network ls --format 'network {{.Name}}'", "volume ls --format 'volume {{.Name}}'"}) {
    const std::string lines = docker(fmt::format("{} --filter label=open-cicd.agent={}", list, agent_id));
    if (!lines.empty()) found += lines + "\n";
  }
  return found;
}

std::shared_ptr<void> DockerEngine::beside(const std::string& command) const {
  const std::string engine = run(fmt::format("cat '{}/dockerd.pid'", directory_)).text;
  const pid_t child = fork();
  if (child == 0) {
    const std::string line = fmt::format("exec nsenter -t {} -n {}", engine, command);
    execl("/bin/sh", "sh", "-c", line.c_str(), nullptr);
    _exit(127);
  }
  return {nullptr, [child](void*) {
            kill(child, SIGKILL);
            waitpid(child, nullptr, 0);
          }};
}

}  // namespace open_cicd::testing
