#include "adapters/shell/survivors.h"

#include <charconv>
#include <chrono>
#include <fstream>
#include <iterator>
#include <set>
#include <signal.h>
#include <sstream>
#include <string>
#include <thread>
#include <unistd.h>

namespace open_cicd::shell {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds patience{10};
constexpr std::chrono::milliseconds pause{5};

std::set<pid_t> find_marked(const std::string& entry) {
  std::set<pid_t> found;
  std::error_code error;
  for (fs::directory_iterator process("/proc", error), end; !error && process != end; process.increment(error)) {
    const std::string name = process->path().filename();
    pid_t pid = 0;
    if (std::from_chars(name.data(), name.data() + name.size(), pid).ptr != name.data() + name.size() ||
        pid == ::getpid())
      continue;
    std::ifstream file(process->path() / "environ", std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();  // a process that ends meanwhile reads as empty; an iterator of the buffer would throw
    const std::string environment = '\0' + text.str();
    if (environment.contains(entry)) found.insert(pid);
  }
  return found;
}

}  // namespace

int end_survivors(const fs::path& directory) {
  const std::string entry = '\0' + std::string(marker) + "=" + directory.string() + '\0';
  std::set<pid_t> ended;
  const auto until = std::chrono::steady_clock::now() + patience;
  for (auto left = find_marked(entry); !left.empty() && std::chrono::steady_clock::now() < until;
       left = find_marked(entry)) {
    for (const pid_t pid : left) ::kill(pid, SIGKILL);
    ended.insert(left.begin(), left.end());
    std::this_thread::sleep_for(pause);
  }
  return static_cast<int>(ended.size());
}

}  // namespace open_cicd::shell
