#include "base/program.h"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <optional>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

namespace open_cicd {
namespace {

constexpr Milliseconds look_for_stop{50};

class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() { close(); }
  int get() const { return fd_; }
  bool is_open() const { return fd_ >= 0; }
  void close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }

 private:
  int fd_;
};

struct Pipe {
  Descriptor read_end, write_end;
};

std::optional<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return std::nullopt;
  return Pipe{Descriptor(ends[0]), Descriptor(ends[1])};
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (std::string& text : texts) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

std::unexpected<Error> not_started(const std::string& program, int why) {
  return fail(ErrorKind::unavailable, "program_missing",
              fmt::format("{} cannot be started: {}. Is it installed?", program, std::strerror(why)));
}

// A child in a process group of its own, with our signals as they were before we changed them.
class Child {
 public:
  Child() = default;
  Child(const Child&) = delete;
  ~Child() {
    if (pid_ > 0) end();
  }

  int start(const ProgramCall& call, const Pipe& in, const Pipe& out, const Pipe& err) {
    std::vector<std::string> argv = call.argv, env;
    for (const auto& [name, value] : call.env) env.push_back(fmt::format("{}={}", name, value));
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in.read_end.get(), 0);
    posix_spawn_file_actions_adddup2(&actions, out.write_end.get(), 1);
    posix_spawn_file_actions_adddup2(&actions, err.write_end.get(), 2);
    if (!call.directory.empty()) posix_spawn_file_actions_addchdir_np(&actions, call.directory.c_str());
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t none, defaults;
    sigemptyset(&none);
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    const int why =
        ::posix_spawnp(&pid_, argv[0].c_str(), &actions, &attributes, pointers(argv).data(), pointers(env).data());
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    if (why != 0) pid_ = -1;
    return why;
  }

  // Its exit code; what is left of its group is ended.
  int end() {
    ::kill(-pid_, SIGKILL);
    return wait();
  }
  int wait() {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    ::kill(-std::exchange(pid_, -1), SIGKILL);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

 private:
  pid_t pid_ = -1;
};

// Reads what is there. False at the end.
bool read_some(Descriptor& from, std::string& to) {
  std::array<char, 65536> buffer;
  const ssize_t got = ::read(from.get(), buffer.data(), buffer.size());
  if (got > 0) to.append(buffer.data(), static_cast<std::size_t>(got));
  if (got < 0 && (errno == EINTR || errno == EAGAIN)) return true;
  return got > 0;
}

void write_some(Descriptor& to, std::string_view& left) {
  const ssize_t put = ::write(to.get(), left.data(), left.size());
  if (put > 0) left.remove_prefix(static_cast<std::size_t>(put));
  if (left.empty() || (put < 0 && errno != EINTR && errno != EAGAIN)) to.close();
}

}  // namespace

Result<ProgramEnd> run_program(const ProgramCall& call) {
  auto in = make_pipe(), out = make_pipe(), err = make_pipe();
  if (!in || !out || !err) return not_started(call.argv[0], errno);
  Child child;
  if (const int why = child.start(call, *in, *out, *err); why != 0) return not_started(call.argv[0], why);
  in->read_end.close();
  out->write_end.close();
  err->write_end.close();
  ::fcntl(in->write_end.get(), F_SETFL, O_NONBLOCK);
  std::string_view input = call.input;
  if (input.empty()) in->write_end.close();

  ProgramEnd end;
  const auto deadline = std::chrono::steady_clock::now() + call.time_max;
  while (out->read_end.is_open() || err->read_end.is_open()) {
    if (call.stop != nullptr && *call.stop) return fail(ErrorKind::unavailable, "program_stopped", "The server stops.");
    if (std::chrono::steady_clock::now() >= deadline)
      return fail(ErrorKind::unavailable, "program_timeout",
                  fmt::format("{} took longer than {} s.", call.argv[0], call.time_max.count() / 1000));
    std::array<pollfd, 3> wait{
        {{out->read_end.get(), POLLIN, 0}, {err->read_end.get(), POLLIN, 0}, {in->write_end.get(), POLLOUT, 0}}};
    if (::poll(wait.data(), wait.size(), static_cast<int>(look_for_stop.count())) <= 0) continue;
    if (wait[0].revents != 0 && !read_some(out->read_end, end.output)) out->read_end.close();
    if (wait[1].revents != 0 && !read_some(err->read_end, end.errors)) err->read_end.close();
    if (wait[2].revents != 0) write_some(in->write_end, input);
    if (end.output.size() > call.output_bytes_max)
      return fail(ErrorKind::too_large, "program_output",
                  fmt::format("{} wrote more than {} bytes.", call.argv[0], call.output_bytes_max));
    if (end.errors.size() > program_errors_bytes_max) end.errors.erase(0, end.errors.size() - program_errors_bytes_max);
  }
  end.exit_code = child.wait();
  return end;
}

}  // namespace open_cicd
