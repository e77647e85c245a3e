// The system calls through which the product sees time, chance and the disk. The linker takes these definitions before
// the C library's, so the product is not changed; a thread without a world gets the real thing.
#include "sim/world.h"

#include <cerrno>
#include <ctime>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

using open_cicd::sim::Time;
using open_cicd::sim::World;

namespace {

void remember_size(World& world, int fd) {
  struct stat status{};
  if (::fstat(fd, &status) == 0) world.flushed[status.st_ino] = status.st_size;
}

}  // namespace

extern "C" {

int clock_gettime(clockid_t clock, timespec* time) noexcept {
  const World* world = World::current();
  if (world == nullptr) return static_cast<int>(::syscall(SYS_clock_gettime, clock, time));
  const std::uint64_t ns = clock == CLOCK_REALTIME ? world->wall_ns() : world->monotonic_ns();
  time->tv_sec = static_cast<time_t>(ns / 1'000'000'000);
  time->tv_nsec = static_cast<long>(ns % 1'000'000'000);
  return 0;
}

// Without a timer descriptor Asio looks at its timers in every poll, by the clock above.
int timerfd_create(int clock, int flags) noexcept {
  if (World::current() == nullptr) return static_cast<int>(::syscall(SYS_timerfd_create, clock, flags));
  errno = ENOSYS;
  return -1;
}

// No descriptor is ever ready: what waits for the next timer lets virtual time pass until then.
int epoll_wait(int fd, epoll_event* events, int max, int timeout_ms) {
  World* world = World::current();
  if (world == nullptr) return static_cast<int>(::syscall(SYS_epoll_wait, fd, events, max, timeout_ms));
  if (timeout_ms > 0) world->let_pass(std::chrono::milliseconds(timeout_ms));
  return 0;
}

// Asio wakes itself through descriptors, which is for other threads.
int epoll_ctl(int fd, int what, int of, epoll_event* event) noexcept {
  return World::current() != nullptr ? 0 : static_cast<int>(::syscall(SYS_epoll_ctl, fd, what, of, event));
}

ssize_t getrandom(void* bytes, size_t size, unsigned flags) {
  World* world = World::current();
  if (world == nullptr) return ::syscall(SYS_getrandom, bytes, size, flags);
  for (size_t i = 0; i < size; ++i)
    static_cast<unsigned char*>(bytes)[i] = static_cast<unsigned char>(world->random.next());
  return static_cast<ssize_t>(size);
}

// Remembers what a loss of power would leave instead of waiting for a disk.
int fdatasync(int fd) {
  World* world = World::current();
  if (world == nullptr) return static_cast<int>(::syscall(SYS_fdatasync, fd));
  if (!world->flushes_lie) remember_size(*world, fd);
  return 0;
}

int fsync(int fd) {
  if (World::current() == nullptr) return static_cast<int>(::syscall(SYS_fsync, fd));
  return 0;
}

// Only log segments are written by offset while a world lives; the database is told of its faults by the store.
ssize_t pwrite(int fd, const void* bytes, size_t size, off_t offset) {
  const World* world = World::current();
  if (world != nullptr && world->disk_full && world->writing_logs) {
    errno = ENOSPC;
    return -1;
  }
  return ::syscall(SYS_pwrite64, fd, bytes, size, offset);
}
}
