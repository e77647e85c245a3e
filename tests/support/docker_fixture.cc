#include "support/docker_fixture.h"

#include <fmt/format.h>

#include <array>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <signal.h>
#include <stdexcept>
#include <sys/wait.h>
#include <unistd.h>

namespace open_cicd::testing {
namespace {

std::string reason;

std::string support(const char* script) {
  return std::string(OPEN_CICD_TEST_SUPPORT) + "/" + script;
}

[[noreturn]] void execute(std::vector<std::string>& argv) {
  std::vector<char*> pointers;
  for (std::string& argument : argv) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  execvp(pointers[0], pointers.data());
  _exit(127);
}

}  // namespace

ProgramOutput run_program(std::vector<std::string> argv) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  const pid_t child = fork();
  if (child == 0) {
    dup2(ends[1], 1);
    dup2(ends[1], 2);
    execute(argv);
  }
  close(ends[1]);
  ProgramOutput output;
  std::array<char, 4096> buffer;
  for (ssize_t size = read(ends[0], buffer.data(), buffer.size()); size > 0;
       size = read(ends[0], buffer.data(), buffer.size()))
    output.text.append(buffer.data(), static_cast<std::size_t>(size));
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  output.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  while (output.text.ends_with('\n')) output.text.pop_back();
  return output;
}

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
  if (const char* const named = std::getenv("OPEN_CICD_TEST_DOCKER")) {
    host_ = named;
    const auto images = run_program({support("docker-images.sh"), host_.substr(host_.find('/') + 2)});
    return images.exit_code == 0 ? "" : images.text;
  }
  std::string directory = "/tmp/open-cicd-docker-XXXXXX";
  if (mkdtemp(directory.data()) == nullptr) return "no temporary folder";
  directory_ = directory;
  own_ = true;
  const auto up =
      run_program({support("dockerd-up.sh"), directory_, "--registry", "--owner", fmt::format("{}", getpid())});
  if (up.exit_code != 0) return up.text;
  host_ = up.text.substr(up.text.rfind('\n') + 1);
  return "";
}

DockerEngine::~DockerEngine() {
  if (own_) run_program({support("dockerd-down.sh"), directory_});
}

std::string DockerEngine::docker(std::vector<std::string> arguments) const {
  arguments.insert(arguments.begin(), {"docker", "-H", host_});
  ProgramOutput output = run_program(arguments);
  if (output.exit_code != 0) throw std::runtime_error(fmt::format("docker {}: {}", arguments[3], output.text));
  return std::move(output.text);
}

std::string DockerEngine::containers() const {
  return docker({"ps", "-a", "--no-trunc", "--format", "container {{.ID}} {{.Names}}"}) + "\n";
}

std::string DockerEngine::everything() const {
  return containers() + docker({"network", "ls", "--no-trunc", "--format", "network {{.ID}} {{.Name}}"}) + "\n" +
         docker({"volume", "ls", "--format", "volume {{.Name}}"}) + "\n";
}

void DockerEngine::make_image(const std::string& tag, const std::string& from, const std::string& variable) const {
  const std::string container = docker({"create", from, "true"});
  docker({"commit", "-c", "ENV " + variable, container, tag});
  docker({"rm", container});
}

std::shared_ptr<void> DockerEngine::registry_down() const {
  const std::string pid_file = directory_ + "/registry.pid";
  pid_t registry = 0;
  std::ifstream(pid_file) >> registry;
  if (registry <= 0 || kill(registry, SIGKILL) != 0) throw std::runtime_error("there is no registry to stop");
  return {nullptr,
          [script = support("registry-up.sh"), directory = directory_](void*) { run_program({script, directory}); }};
}

std::shared_ptr<void> DockerEngine::beside(std::vector<std::string> command) const {
  std::string engine;
  std::ifstream(directory_ + "/dockerd.pid") >> engine;
  command.insert(command.begin(), {"nsenter", "-t", engine, "-n"});
  const pid_t child = fork();
  if (child == 0) execute(command);
  return {nullptr, [child](void*) {
            kill(child, SIGKILL);
            waitpid(child, nullptr, 0);
          }};
}

bool DockerEngine::listens(int port) const {
  std::string engine;
  std::ifstream(directory_ + "/dockerd.pid") >> engine;
  const std::string wanted = fmt::format(":{:04X}", port);
  for (const char* const table : {"tcp", "tcp6"}) {
    std::ifstream lines(fmt::format("/proc/{}/net/{}", engine, table));
    for (std::string number, local, remote, state; lines >> number >> local >> remote >> state;
         lines.ignore(1024, '\n'))
      if (local.ends_with(wanted) && state == "0A") return true;
  }
  return false;
}

}  // namespace open_cicd::testing
