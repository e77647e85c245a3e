#include "agent/executor_watch.h"

#include "base/log.h"
#include "base/text.h"

#include <sys/statvfs.h>

namespace open_cicd::agent {
namespace {

constexpr std::uint64_t room_min = 256 << 10;  // bytes in the work folder without which no job begins
constexpr std::size_t reason_max = 300;

}  // namespace

ExecutorWatch::ExecutorWatch(const asio::any_io_executor& executor, const Executors& executors,
                             std::filesystem::path work_dir, Milliseconds interval)
    : executors_(executors), work_dir_(std::move(work_dir)), interval_(interval), wakeup_(executor) {}

Task<void> ExecutorWatch::run(std::function<void()> changed) {
  for (;;) {
    co_await wakeup_.wait_for(interval_);
    const std::map<std::string, std::string> before = withdrawn_;
    for (const auto& [name, where] : executors_) co_await look_at(name);
    if (withdrawn_ != before) changed();
  }
}

Task<bool> ExecutorWatch::works(std::string name) {
  if (executors_.contains(name)) co_await look_at(name);
  co_return !withdrawn_.contains(name);
}

Result<void> ExecutorWatch::has_room() const {
  struct statvfs disk{};
  if (::statvfs(work_dir_.c_str(), &disk) != 0) return {};
  const std::uint64_t free = std::uint64_t{disk.f_bavail} * disk.f_frsize;
  if (free >= room_min) return {};
  return fail(ErrorKind::unavailable, "agent",
              fmt::format("the disk of its work folder is full: {} KiB are free", free / 1024));
}

Task<void> ExecutorWatch::look_at(std::string name) {
  Result<void> works = has_room();
  if (works) works = co_await executors_.at(name)->probe();
  if (works) {
    if (withdrawn_.erase(name) > 0) log_info("an executor works again and is offered", {{"executor", name}});
    co_return;
  }
  std::string why = escape_for_line(works.error().message()).substr(0, reason_max);
  why.resize(utf8_complete_prefix(why));  // the server takes whole characters only
  const auto [entry, added] = withdrawn_.try_emplace(name, why);
  entry->second = why;
  if (added) log_warn("an executor does not work and is withdrawn", {{"executor", name}, {"why", why}});
}

}  // namespace open_cicd::agent
