#include "cli/hidden_input.h"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <poll.h>
#include <termios.h>
#include <unistd.h>

namespace open_cicd::cli {
namespace {

constexpr std::array<int, 7> ending{SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGALRM, SIGUSR1, SIGUSR2};
constexpr std::array<int, 1> stopping{SIGTSTP};

volatile std::sig_atomic_t caught = 0;

void note(int signal) {
  caught = signal;
}

// While it lives, signals that would end or stop the program are only noted, and only where the waiter lets them in.
class Signals {
 public:
  Signals() {
    caught = 0;
    struct sigaction noting{};
    noting.sa_handler = note;
    sigset_t held;
    sigemptyset(&held);
    sigaddset(&held, SIGTTOU);  // of changing a terminal from the background
    each([&](int signal, struct sigaction& before) {
      ::sigaction(signal, &noting, &before);
      sigaddset(&held, signal);
    });
    ::pthread_sigmask(SIG_BLOCK, &held, &mask_);
  }
  Signals(const Signals&) = delete;
  ~Signals() {
    each([](int signal, struct sigaction& before) { ::sigaction(signal, &before, nullptr); });
    ::pthread_sigmask(SIG_SETMASK, &mask_, nullptr);
  }
  // False when a signal came first.
  bool wait(int terminal) const {
    pollfd readable{.fd = terminal, .events = POLLIN, .revents = 0};
    while (::ppoll(&readable, 1, nullptr, &mask_) < 0)
      if (caught != 0 || errno != EINTR) return caught == 0;
    return true;
  }

 private:
  void each(auto what) {
    std::size_t at = 0;
    for (const int signal : ending) what(signal, before_[at++]);
    for (const int signal : stopping) what(signal, before_[at++]);
  }
  std::array<struct sigaction, ending.size() + stopping.size()> before_{};
  sigset_t mask_{};
};

// The terminal shows nothing while it lives.
class NoEcho {
 public:
  explicit NoEcho(int terminal) : terminal_(terminal), works_(::tcgetattr(terminal, &before_) == 0) {
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    silent.c_lflag |= ECHONL;
    works_ = works_ && ::tcsetattr(terminal, TCSAFLUSH, &silent) == 0;
  }
  NoEcho(const NoEcho&) = delete;
  ~NoEcho() {
    if (works_) ::tcsetattr(terminal_, TCSAFLUSH, &before_);
  }
  bool works() const { return works_; }

 private:
  int terminal_;
  termios before_{};
  bool works_;
};

// Without its line break; nothing when a signal came, or at the end of the input.
std::optional<Secret> read_line(int terminal, const Signals& signals) {
  WipedText text;
  std::array<char, 512> piece{};
  while (signals.wait(terminal)) {
    const ssize_t got = ::read(terminal, piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    text.append(piece.data(), static_cast<std::size_t>(got));
    ::explicit_bzero(piece.data(), piece.size());
    if (!text.ends_with('\n')) continue;
    text.pop_back();
    return Secret(std::string(text));
  }
  return std::nullopt;
}

bool stops(int signal) {
  return std::ranges::find(stopping, signal) != stopping.end();
}

}  // namespace

Result<Secret> read_hidden_line(int terminal, std::string_view prompt, std::ostream& out) {
  for (;;) {
    std::optional<Secret> line;
    {
      const Signals signals;
      const NoEcho silence(terminal);
      if (!silence.works())
        return fail(ErrorKind::unavailable, "terminal",
                    fmt::format("The terminal cannot hide what is typed: {}.", std::strerror(errno)));
      out << prompt << std::flush;
      line = read_line(terminal, signals);
    }
    // Now that the terminal is as it was: what the signal would have done.
    const int signal = caught;
    if (signal != 0) ::kill(::getpid(), signal);
    if (signal != 0 && stops(signal)) continue;  // and goes on
    if (!line) return fail(ErrorKind::invalid, "no_value", "Nothing was typed.");
    return std::move(*line);
  }
}

}  // namespace open_cicd::cli
