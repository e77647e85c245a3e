#include "supervisor/process_record.h"

#include "base/log.h"

#include <boost/asio/posix/stream_descriptor.hpp>

#include <cerrno>
#include <fstream>
#include <signal.h>
#include <sstream>
#include <sys/syscall.h>
#include <unistd.h>

namespace open_cicd::supervisor {
namespace {

struct Identity {
  pid_t pid = 0;
  std::string start_time;  // clock ticks since the boot
  std::string boot;
  bool operator==(const Identity&) const = default;
};

std::string boot_id() {
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string text;
  file >> text;
  return text;
}

// Empty when there is no such process, or only its zombie.
std::string start_time(pid_t pid) {
  std::ifstream file(fmt::format("/proc/{}/stat", pid));
  std::string text;
  std::getline(file, text);  // of a process that ends meanwhile: empty, where an iterator of the buffer would throw
  const auto name_end = text.rfind(')');
  if (name_end == std::string::npos) return {};
  std::istringstream fields(text.substr(name_end + 1));
  std::string field;
  for (int number = 3; number <= 22 && fields >> field; ++number)
    if (number == 3 && (field == "Z" || field == "X")) return {};
  return field;
}

}  // namespace

Result<void> write_process_record(const std::filesystem::path& file, pid_t pid) {
  std::ofstream out(file, std::ios::trunc);
  out << pid << ' ' << start_time(pid) << ' ' << boot_id() << '\n' << std::flush;
  if (out) return {};
  return fail(ErrorKind::internal, "agent", fmt::format("{} could not be written.", file.string()));
}

Task<void> end_recorded_process(std::filesystem::path file, std::chrono::milliseconds patience) {
  std::ifstream in(file);
  Identity recorded;
  in >> recorded.pid >> recorded.start_time >> recorded.boot;
  if (!in || recorded.pid <= 1) co_return;
  const int pidfd = static_cast<int>(::syscall(SYS_pidfd_open, recorded.pid, 0));
  if (pidfd < 0) co_return;
  const auto executor = co_await asio::this_coro::executor;
  asio::posix::stream_descriptor process(executor, pidfd);
  // Compared after the pidfd was opened: it names the process that the comparison sees.
  if (recorded != Identity{.pid = recorded.pid, .start_time = start_time(recorded.pid), .boot = boot_id()}) co_return;
  asio::steady_timer timer(executor, patience);
  timer.async_wait([pidfd, pid = recorded.pid](error_code error) {
    if (error) return;
    log_warn("a leftover process did not end by itself and was killed", {{"pid", pid}});
    ::syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, nullptr, 0);
  });
  error_code ignored;
  co_await process.async_wait(process.wait_read, asio::redirect_error(asio::use_awaitable, ignored));
}

}  // namespace open_cicd::supervisor
