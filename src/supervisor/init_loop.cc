#include "supervisor/init_loop.h"

#include "base/boottime.h"
#include "supervisor/oom.h"

#include <errno.h>
#include <fcntl.h>
#include <initializer_list>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

namespace open_cicd::supervisor {
namespace {

constexpr uint32_t outbox_bytes = 512 << 10;
constexpr uint32_t outbox_reserve = 16 << 10;  // kept free for exits and errors: output waits, they don't
constexpr uint32_t read_bytes = 64 << 10;
constexpr int step_pipe_bytes = 1 << 20;
constexpr int64_t second = 1'000'000'000;
constexpr int64_t recheck = second / 50;  // while killed processes are still dying

int64_t boottime_ns() {
  return boottime_now().count();
}

void set_nonblocking(int descriptor) {
  fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK);
}

}  // namespace

InitLoop::InitLoop(int in, int out, bool socket_mode)
    : in_(in),
      out_(out),
      socket_mode_(socket_mode),
      may_serve_many_(socket_mode && getpid() != 1),
      tree_(getpid() == 1),
      outbox_(static_cast<char*>(malloc(outbox_bytes))) {
  set_nonblocking(in_);
  set_nonblocking(out_);
  sigset_t set;
  sigemptyset(&set);
  for (const int number : {SIGCHLD, SIGTERM, SIGINT, SIGHUP, SIGQUIT}) sigaddset(&set, number);
  sigprocmask(SIG_BLOCK, &set, nullptr);
  signal(SIGPIPE, SIG_IGN);
  signals_ = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
  timer_ = timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK | TFD_CLOEXEC);
  if (outbox_ == nullptr || signals_ < 0 || timer_ < 0) _exit(125);
  if (may_serve_many_) read_traits(&traits_);
}

void InitLoop::run() {
  event(event_hello, 0, &protocol_version, sizeof protocol_version);
  for (;;) {
    flush();
    arm_timer();
    wait_for_events();
    check_times();
    end_runs();
  }
}

void InitLoop::wait_for_events() {
  pollfd polled[4 + runs_max];
  Run* sources[runs_max];
  polled[0] = {.fd = in_, .events = POLLIN, .revents = 0};
  polled[1] = {.fd = signals_, .events = POLLIN, .revents = 0};
  polled[2] = {.fd = timer_, .events = POLLIN, .revents = 0};
  polled[3] = {.fd = outbox_end_ > outbox_begin_ ? out_ : -1, .events = POLLOUT, .revents = 0};
  nfds_t count = 4;
  const bool room = outbox_bytes - outbox_end_ > outbox_reserve + sizeof(FrameHeader) + 4096;
  for (Run& run : runs_) {
    if (run.output < 0 || !room) continue;
    sources[count - 4] = &run;
    polled[count++] = {.fd = run.output, .events = POLLIN, .revents = 0};
  }
  if (poll(polled, count, -1) < 0) return;
  if ((polled[0].revents & POLLIN) != 0) {
    read_commands();
  } else if (polled[0].revents != 0) {
    end();
  }
  if (polled[1].revents != 0) {
    signalfd_siginfo info;
    bool asked_to_end = false;
    while (read(signals_, &info, sizeof info) == sizeof info)
      asked_to_end |= info.ssi_signo != SIGCHLD && !(is_pid_1() && info.ssi_pid != 0);  // a step can't end its own init
    if (asked_to_end) end();
    reap();
  }
  if (polled[2].revents != 0) {
    uint64_t expirations = 0;
    if (read(timer_, &expirations, sizeof expirations) > 0) reap();
  }
  for (nfds_t i = 4; i < count; ++i)
    if (polled[i].revents != 0) read_output(*sources[i - 4]);
}

void InitLoop::read_commands() {
  if (input_capacity_ - input_size_ < read_bytes) {
    input_capacity_ = input_size_ + read_bytes * 2;
    input_ = static_cast<char*>(realloc(input_, input_capacity_));
    if (input_ == nullptr) end();
  }
  ssize_t size = 0;
  if (socket_mode_) {
    iovec part{.iov_base = input_ + input_size_, .iov_len = input_capacity_ - input_size_};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * 4)];
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    size = recvmsg(in_, &message, MSG_CMSG_CLOEXEC);
    if (size >= 0) {
      for (cmsghdr* item = CMSG_FIRSTHDR(&message); item != nullptr; item = CMSG_NXTHDR(&message, item)) {
        if (item->cmsg_type != SCM_RIGHTS) continue;
        const size_t count = (item->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < count; ++i) {
          int descriptor = -1;
          memcpy(&descriptor, CMSG_DATA(item) + i * sizeof(int), sizeof(int));
          if (received_count_ == static_cast<int>(runs_max)) end();
          received_[received_count_++] = descriptor;
        }
      }
    }
  } else {
    size = read(in_, input_ + input_size_, input_capacity_ - input_size_);
  }
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (size <= 0) end();
  input_size_ += static_cast<uint32_t>(size);
  handle_frames();
}

void InitLoop::handle_frames() {
  uint32_t at = 0;
  while (input_size_ - at >= sizeof(FrameHeader)) {
    FrameHeader header;
    memcpy(&header, input_ + at, sizeof header);
    if (header.length > command_bytes_max) end();
    if (input_size_ - at - sizeof header < header.length) break;
    handle(header, input_ + at + sizeof header);
    at += static_cast<uint32_t>(sizeof header) + header.length;
  }
  memmove(input_, input_ + at, input_size_ - at);
  input_size_ -= at;
  explicit_bzero(input_ + input_size_, at);
}

void InitLoop::handle(const FrameHeader& header, const char* payload) {
  uint32_t number = 0;
  if (header.length >= 4) memcpy(&number, payload, 4);
  Run* const run = find(header.id);
  switch (header.type) {
    case command_start:
      start(header.id, payload, header.length);
      return;
    case command_signal:
      if (header.length != 4) end();
      unusual_ = true;
      if (run != nullptr && run->state == Run::State::running) tree_.signal(scope(*run), static_cast<int>(number));
      return;
    case command_stop:
      if (header.length != 4) end();
      if (run != nullptr && run->state == Run::State::running) begin_stop(*run, number);
      return;
    case command_deadline:
      if (header.length != 8) end();
      memcpy(&deadline_, payload, 8);
      return;
    default:  // shutdown, or what this version does not know: nothing may run under a supervisor that misunderstands
      end();
  }
}

void InitLoop::start(uint32_t id, const char* payload, uint32_t length) {
  LaunchRequest request;
  if (!parse_launch(payload, length, &request) || find(id) != nullptr) end();
  int output[2] = {-1, -1};
  if ((request.flags & start_output_fd) != 0) {
    if (received_count_ == 0) end();
    output[1] = received_[0];
    memmove(received_, received_ + 1, sizeof(int) * static_cast<size_t>(--received_count_));
  } else {
    if (pipe2(output, O_CLOEXEC) != 0) end();
    set_nonblocking(output[0]);
    fcntl(output[0], F_SETPIPE_SZ, step_pipe_bytes);
  }
  Run* const run = find(0);
  const bool late = deadline_ != 0 && boottime_ns() >= deadline_;
  const char* what = "commands at one time";
  errno = EAGAIN;
  const uint64_t oom_kills = is_pid_1() ? count_oom_kills() : 0;
  const pid_t pid = run == nullptr || late ? -1 : launch(request, output[1], &what);
  const int failure = errno;
  close(output[1]);
  if (pid > 0) {
    const bool own_tree = (request.flags & start_own_tree) != 0;
    *run = Run{.state = Run::State::running,
               .id = id,
               .root = pid,
               .own_tree = own_tree,
               .output = output[0],
               .oom_kills = oom_kills};
    no_children_ = false;
    unusual_ |= own_tree;
    return;
  }
  unusual_ = true;
  if (output[0] >= 0) close(output[0]);
  if (late) {
    const uint32_t exit[2] = {128 + SIGKILL, exit_by_deadline};
    event(event_exit, id, exit, sizeof exit);
    return;
  }
  char text[256];
  strcpy(text, what);
  strcat(text, ": ");
  strncat(text, strerror(failure), sizeof text - strlen(text) - 1);
  event(event_error, id, text, static_cast<uint32_t>(strlen(text)));
}

void InitLoop::begin_stop(Run& run, int64_t grace_ms) {
  unusual_ = true;
  const int64_t kill_at = boottime_ns() + grace_ms * (second / 1000);
  if (run.kill_at == 0) {
    tree_.signal(scope(run), SIGTERM);
    tree_.signal(scope(run), SIGCONT);
  }
  if (run.kill_at == 0 || kill_at < run.kill_at) run.kill_at = kill_at;
}

void InitLoop::reap() {
  for (;;) {
    int status = 0;
    const pid_t pid = waitpid(-1, &status, WNOHANG);
    if (pid <= 0) {
      no_children_ = pid < 0 && errno == ECHILD;
      return;
    }
    for (Run& run : runs_) {
      if (run.state != Run::State::running || run.root != pid) continue;
      run.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
      run.state = Run::State::ending;
    }
  }
}

// An ended root takes the rest of its tree along; the run is over when nothing of it is left and its output is read.
void InitLoop::end_runs() {
  for (Run& run : runs_) {
    if (run.state == Run::State::ending) {
      if (!no_children_) {
        unusual_ = true;
        tree_.kill(scope(run));
        reap();
      }
      if (no_children_ || (active() > 1 && !tree_.alive(scope(run)))) run.state = Run::State::draining;
    }
    if (run.state == Run::State::draining) {
      if (run.output >= 0) read_output(run);
      if (run.output < 0) finish(run);
    }
  }
}

void InitLoop::check_times() {
  const int64_t now = boottime_ns();
  for (Run& run : runs_) {
    if (run.state != Run::State::running) continue;
    const bool late = deadline_ != 0 && now >= deadline_;
    if (late) run.flags |= exit_by_deadline;
    unusual_ |= late;
    if (late || (run.kill_at != 0 && now >= run.kill_at)) tree_.kill(scope(run));
  }
}

void InitLoop::arm_timer() {
  int64_t next = 0;
  const auto sooner = [&next](int64_t at) { next = at != 0 && (next == 0 || at < next) ? at : next; };
  const int64_t now = boottime_ns();
  for (const Run& run : runs_) {
    if (run.state == Run::State::free) continue;
    if (run.state == Run::State::ending) sooner(now + recheck);
    if (run.state != Run::State::running) continue;
    for (const int64_t at : {run.kill_at, deadline_})
      if (at != 0) sooner(at > now ? at : now + recheck);
  }
  const itimerspec spec{.it_interval = {}, .it_value = {.tv_sec = next / second, .tv_nsec = next % second}};
  timerfd_settime(timer_, TFD_TIMER_ABSTIME, &spec, nullptr);
}

void InitLoop::read_output(Run& run) {
  for (;;) {
    const uint32_t room = outbox_bytes - outbox_end_;
    if (room < outbox_reserve + sizeof(FrameHeader) + 4096) return;
    char* const frame = outbox_ + outbox_end_;
    uint32_t size_max = room - outbox_reserve - static_cast<uint32_t>(sizeof(FrameHeader));
    if (size_max > output_frame_bytes_max) size_max = output_frame_bytes_max;
    const ssize_t size = read(run.output, frame + sizeof(FrameHeader), size_max);
    if (size < 0 && errno == EINTR) continue;
    // Nothing to read: while it runs there may be more; once the tree is dead, all that was printed has been read.
    if (size < 0 && errno == EAGAIN && run.state != Run::State::draining) return;
    if (size <= 0) {
      close(run.output);
      run.output = -1;
      return;
    }
    const FrameHeader header{.type = event_output, .id = run.id, .length = static_cast<uint32_t>(size)};
    memcpy(frame, &header, sizeof header);
    outbox_end_ += static_cast<uint32_t>(sizeof header) + header.length;
    flush();
  }
}

void InitLoop::finish(Run& run) {
  if (is_pid_1() && run.code != 0 && count_oom_kills() > run.oom_kills) run.flags |= exit_out_of_memory;
  if (may_serve_many_ && spotless()) run.flags |= exit_spotless;
  const uint32_t exit[2] = {static_cast<uint32_t>(run.code), run.flags};
  event(event_exit, run.id, exit, sizeof exit);
  run = Run{};
}

// Commands and their secrets are not kept either: handle_frames() wipes what it has handled.
bool InitLoop::spotless() const {
  if (unusual_ || !no_children_ || active() != 0 || received_count_ != 0 || input_size_ != 0) return false;
  if (input_capacity_ > read_bytes * 2) return false;  // a large command's memory
  Traits now;
  read_traits(&now);
  return same_traits(traits_, now);
}

void InitLoop::event(uint32_t type, uint32_t id, const void* payload, uint32_t length) {
  if (outbox_bytes - outbox_end_ < sizeof(FrameHeader) + length) end();  // an agent that sends and never reads
  const FrameHeader header{.type = type, .id = id, .length = length};
  memcpy(outbox_ + outbox_end_, &header, sizeof header);
  memcpy(outbox_ + outbox_end_ + sizeof header, payload, length);
  outbox_end_ += static_cast<uint32_t>(sizeof header) + length;
}

void InitLoop::flush() {
  while (outbox_end_ > outbox_begin_) {
    const ssize_t size = write(out_, outbox_ + outbox_begin_, outbox_end_ - outbox_begin_);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && errno == EAGAIN) break;
    if (size <= 0) end();
    outbox_begin_ += static_cast<uint32_t>(size);
  }
  if (outbox_begin_ == outbox_end_) {
    outbox_begin_ = outbox_end_ = 0;
  } else if (outbox_begin_ > outbox_bytes / 2) {
    memmove(outbox_, outbox_ + outbox_begin_, outbox_end_ - outbox_begin_);
    outbox_end_ -= outbox_begin_;
    outbox_begin_ = 0;
  }
}

void InitLoop::end() {
  tree_.end_all();
  _exit(0);
}

Run* InitLoop::find(uint32_t id) {
  for (Run& run : runs_)
    if (id == 0 ? run.state == Run::State::free : run.state != Run::State::free && run.id == id) return &run;
  return nullptr;
}

int InitLoop::active() const {
  int count = 0;
  for (const Run& run : runs_) count += run.state == Run::State::running || run.state == Run::State::ending ? 1 : 0;
  return count;
}

TreeScope InitLoop::scope(const Run& run) {
  if (active() <= 1) return {};
  if (run.own_tree) return {.root = run.root, .is_guard = true};
  TreeScope scope{.except = guards_};
  for (const Run& other : runs_) {
    const bool is_active = other.state == Run::State::running || other.state == Run::State::ending;
    if (&other == &run || !is_active) continue;
    if (!other.own_tree) return {.root = run.root};
    guards_[scope.except_count++] = other.root;
  }
  return scope;
}

bool InitLoop::is_pid_1() const {
  return getpid() == 1;
}

}  // namespace open_cicd::supervisor
