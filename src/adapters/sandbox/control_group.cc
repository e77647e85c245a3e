#include "adapters/sandbox/control_group.h"

#include "base/id.h"
#include "base/log.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <fstream>
#include <functional>
#include <map>
#include <signal.h>
#include <sstream>
#include <sys/stat.h>
#include <unistd.h>

namespace open_cicd::sandbox {
namespace {

namespace fs = std::filesystem;

constexpr char root[] = "/sys/fs/cgroup";
constexpr std::int64_t cpu_period_us = 100'000;
constexpr int v1_shares = 512;  // half of the default: the agent's heartbeats come first
constexpr int v2_weight = 50;
constexpr std::array v1_controllers{"memory", "pids", "cpu"};
constexpr std::chrono::milliseconds retry_pause{5};
constexpr std::chrono::seconds abandoned_after{300};

bool write_file(const fs::path& file, std::string_view text) {
  std::ofstream out(file);
  out << text << std::flush;
  return out.good();
}

std::string read_file(const fs::path& file) {
  std::ifstream in(file);
  std::ostringstream text;
  text << in.rdbuf();  // a group that is removed meanwhile reads as empty; an iterator of the buffer would throw
  return text.str();
}

// "4:memory:/path" for v1, "0::/path" for v2: controller → path of this process.
std::map<std::string, std::string> own_groups() {
  std::map<std::string, std::string> groups;
  std::istringstream lines(read_file("/proc/self/cgroup"));
  for (std::string line; std::getline(lines, line);) {
    const auto first = line.find(':');
    const auto second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    std::istringstream names(line.substr(first + 1, second - first - 1));
    std::string name;
    if (second == first + 1) groups[""] = line.substr(second + 1);
    while (std::getline(names, name, ',')) groups[name] = line.substr(second + 1);
  }
  return groups;
}

// Of one of our agents, and older than any start of a job takes. (Whether it is empty the kernel decides in rmdir.)
bool is_abandoned(const fs::path& folder) {
  constexpr std::size_t id_length = 36;
  const std::string name = folder.filename();
  if (!parse_uuid(name.substr(std::min(name.size(), group_name_begin.size()), id_length))) return false;
  struct stat status{};
  return ::stat(folder.c_str(), &status) == 0 && std::time(nullptr) - status.st_mtime > abandoned_after.count();
}

bool prepare_unified(const fs::path& own) {
  std::error_code error;
  if (read_file(own / "cgroup.subtree_control").contains("memory")) return ::access(own.c_str(), W_OK) == 0;
  fs::create_directory(own / "agent", error);
  if (error) return false;
  write_file(own / "agent/cgroup.procs", "0");
  return write_file(own / "cgroup.subtree_control", "+memory +pids +cpu");
}

bool set_limits_v2(const fs::path& group, const Limits& limits) {
  const auto quota =
      limits.cpu ? fmt::format("{} {}", static_cast<std::int64_t>(*limits.cpu * cpu_period_us), cpu_period_us) : "max";
  write_file(group / "memory.swap.max", "0");  // absent without swap
  write_file(group / "cpu.weight", std::to_string(v2_weight));
  return write_file(group / "memory.max", std::to_string(limits.memory_bytes)) &&
         write_file(group / "pids.max", std::to_string(limits.processes)) && write_file(group / "cpu.max", quota);
}

bool set_limits_v1(const fs::path& group, std::string_view controller, const Limits& limits) {
  if (controller == "memory") {
    if (!write_file(group / "memory.limit_in_bytes", std::to_string(limits.memory_bytes))) return false;
    write_file(group / "memory.memsw.limit_in_bytes",
               std::to_string(limits.memory_bytes));  // absent without swap accounting
    return true;
  }
  if (controller == "pids") return write_file(group / "pids.max", std::to_string(limits.processes));
  write_file(group / "cpu.shares", std::to_string(v1_shares));
  if (!limits.cpu) return true;
  return write_file(group / "cpu.cfs_period_us", std::to_string(cpu_period_us)) &&
         write_file(group / "cpu.cfs_quota_us", std::to_string(static_cast<std::int64_t>(*limits.cpu * cpu_period_us)));
}

}  // namespace

Limits default_limits() {
  const auto memory = static_cast<double>(::sysconf(_SC_PHYS_PAGES)) * static_cast<double>(::sysconf(_SC_PAGE_SIZE));
  return {.memory_bytes = static_cast<std::int64_t>(memory * default_memory_share), .processes = default_processes};
}

ControlGroupParent ControlGroupParent::find() {
  ControlGroupParent parent;
  const auto groups = own_groups();
  std::error_code error;
  if (fs::exists(fs::path(root) / "cgroup.controllers", error)) {
    const auto own = groups.find("");
    if (own == groups.end()) return parent;
    auto folder = fs::path(root + own->second);
    if (folder.filename() == "agent")
      folder = folder.parent_path();  // an earlier start of the agent in the same unit moved there
    if (!prepare_unified(folder)) return parent;
    parent.unified_ = true;
    parent.folders_.push_back(folder);
    return parent;
  }
  for (const char* controller : v1_controllers) {
    const auto own = groups.find(controller);
    if (own == groups.end()) continue;
    auto folder = fs::path(root) / controller;
    // In a container the path is the host's, and the mount shows the container's own group as its root.
    if (fs::exists(folder.string() + own->second, error)) folder = folder.string() + own->second;
    if (::access(folder.c_str(), W_OK) == 0) parent.folders_.push_back(folder);
  }
  return parent;
}

std::unique_ptr<ControlGroup> ControlGroup::make(const ControlGroupParent& parent, const std::string& name,
                                                 const Limits& limits, std::string& why) {
  auto group = std::unique_ptr<ControlGroup>(new ControlGroup(parent.unified()));
  bool made = true;
  for (const auto& folder : parent.folders()) {
    const auto path = folder / name;
    made = made && (::mkdir(path.c_str(), 0755) == 0 || errno == EEXIST);
    if (made) group->folders_.push_back(path);
  }
  if (made && group->set_limits(limits)) return group;
  why = std::strerror(errno);
  for (const auto& folder : group->folders_) ::rmdir(folder.c_str());
  return nullptr;
}

bool ControlGroup::set_limits(const Limits& limits) const {
  return std::ranges::all_of(folders_, [&](const fs::path& folder) {
    if (unified_) return set_limits_v2(folder, limits);
    const auto controller = std::ranges::find_if(v1_controllers, [&](const char* name) {
      return folder.string().starts_with(fmt::format("{}/{}/", root, name));
    });
    return controller != v1_controllers.end() && set_limits_v1(folder, *controller, limits);
  });
}

std::vector<std::unique_ptr<ControlGroup>> ControlGroup::find_left(const ControlGroupParent& parent,
                                                                   const std::string& prefix) {
  std::map<std::string, std::unique_ptr<ControlGroup>> found;
  for (const auto& folder : parent.folders()) {
    std::error_code error;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
      const std::string name = entry->path().filename();
      if (!name.starts_with(prefix) || !entry->is_directory(error)) continue;
      auto& group = found[name];
      if (!group) group.reset(new ControlGroup(parent.unified()));
      group->folders_.push_back(entry->path());
    }
  }
  std::vector<std::unique_ptr<ControlGroup>> groups;
  for (auto& [name, group] : found) groups.push_back(std::move(group));
  return groups;
}

void ControlGroup::remove_abandoned(const ControlGroupParent& parent) {
  for (const auto& group : find_left(parent, std::string(group_name_begin))) {
    std::erase_if(group->folders_, std::not_fn(is_abandoned));
    group->remove_if_empty();
  }
}

std::vector<fs::path> ControlGroup::process_files() const {
  std::vector<fs::path> files;
  for (const auto& folder : folders_) files.push_back(folder / "cgroup.procs");
  return files;
}

std::uint64_t ControlGroup::out_of_memory_kills() const {
  for (const auto& folder : folders_) {
    const auto text = read_file(folder / (unified_ ? "memory.events" : "memory.oom_control"));
    constexpr std::string_view key = "oom_kill ";
    if (const auto at = text.find(key); at != std::string::npos)
      return std::strtoull(text.c_str() + at + key.size(), nullptr, 10);
  }
  return 0;
}

void ControlGroup::kill() const {
  for (const auto& folder : folders_) {
    if (unified_ && write_file(folder / "cgroup.kill", "1")) continue;
    std::istringstream pids(read_file(folder / "cgroup.procs"));
    for (pid_t pid = 0; pids >> pid;)
      if (pid > 1) ::kill(pid, SIGKILL);
  }
}

void ControlGroup::remove_if_empty() {
  std::erase_if(folders_, [](const fs::path& folder) { return ::rmdir(folder.c_str()) == 0 || errno == ENOENT; });
}

Task<bool> ControlGroup::remove(std::chrono::milliseconds patience) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  const auto until = std::chrono::steady_clock::now() + patience;
  while (true) {
    remove_if_empty();
    if (folders_.empty()) co_return true;
    if (std::chrono::steady_clock::now() > until) co_return false;
    kill();
    timer.expires_after(retry_pause);
    co_await timer.async_wait(asio::use_awaitable);
  }
}

}  // namespace open_cicd::sandbox
