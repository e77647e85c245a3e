// Virtual time: one thread, one queue of events, and nothing that happens at the same time. A program of the simulation
// is a Process whose coroutines wait only for what the world gives them, so it can be killed or stopped at any point.
#pragma once

#include "base/asio.h"
#include "sim/random.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace open_cicd::sim {

using Time = std::chrono::microseconds;  // since the beginning of the run
using namespace std::chrono_literals;

// What has timers of its own that the world must not jump over: the server's io_context.
class Sleeper {
 public:
  virtual ~Sleeper() = default;
  virtual std::size_t poll() = 0;          // runs what is ready
  virtual void sleep_until(Time end) = 0;  // lets time pass until its next timer, at most until `end`
};

// While it lives, this thread's clocks, randomness and waits are the world's (system_calls.cc). Not thread-safe.
class World {
 public:
  World(std::uint64_t seed, bool tracing);
  ~World();
  World(const World&) = delete;
  static World* current();  // this thread's, or null

  Random random;
  std::int64_t wall_offset_ms = 0;                // moved by jumps of the wall clock
  bool disk_full = false;                         // for log files, while writing_logs
  bool writing_logs = false;                      // the pool works: SQLite also writes by offset
  bool flushes_lie = false;                       // a mutant: fdatasync does nothing
  std::map<std::uint64_t, std::int64_t> flushed;  // by inode: bytes that a loss of power leaves
  std::map<std::string, std::int64_t> counts;     // what really happened, by name

  Time now() const { return now_; }
  std::uint64_t monotonic_ns() const;
  std::uint64_t wall_ns() const;
  void let_pass(Time time);  // called by the waits that the world replaces

  void at(Time time, std::function<void()> event);
  void after(Time delay, std::function<void()> event) { at(now_ + delay, std::move(event)); }
  asio::io_context& context() { return context_; }
  void set_sleeper(Sleeper* sleeper) { sleeper_ = sleeper; }

  // Until `end`, or until `done` says so after an event.
  void run(Time end, const std::function<bool()>& done);
  void stop(std::string why);  // ends the run: a rule was broken
  const std::string& stopped() const { return stopped_; }

  void name(const std::string& id, std::string called) { names_[id] = std::move(called); }
  std::string name_of(std::string_view id) const;
  void count(std::string_view what) { ++counts[std::string(what)]; }
  template <class... Args>
  void trace(fmt::format_string<Args...> text, Args&&... args) {
    if (tracing_) add_trace(fmt::format(text, std::forward<Args>(args)...));
  }
  bool tracing() const { return tracing_; }
  const std::vector<std::string>& lines() const { return lines_; }
  std::uint64_t digest() const { return random.state() ^ events_run_ * 0x9e3779b97f4a7c15u ^ now_.count(); }

 private:
  void settle();
  void add_trace(std::string text);

  bool tracing_;
  Time now_{0};
  Time horizon_{Time::max()};  // let_pass() goes no further
  std::uint64_t sequence_ = 0, events_run_ = 0;
  std::map<std::pair<Time, std::uint64_t>, std::function<void()>> events_;
  asio::io_context context_;
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  Sleeper* sleeper_ = nullptr;
  std::string stopped_;
  std::map<std::string, std::string, std::less<>> names_;
  std::vector<std::string> lines_;
};

class Process;

// Something that several coroutines of one process may wait for.
class Signal {
 public:
  void notify();

 private:
  friend class Process;
  std::vector<std::pair<std::weak_ptr<Process>, std::uint64_t>> waiting_;
};

// A program of the simulation. kill() ends it between two of its steps: its coroutines are destroyed where they wait.
class Process : public std::enable_shared_from_this<Process> {
 public:
  static std::shared_ptr<Process> start(World& world, std::string name);
  explicit Process(World& world, std::string name) : world_(world), name_(std::move(name)) {}
  ~Process() { kill(); }
  Process(const Process&) = delete;

  void spawn(Task<void> task);
  void kill();
  void pause(bool paused);  // SIGSTOP and SIGCONT
  bool alive() const { return alive_; }
  bool paused() const { return paused_; }
  const std::string& name() const { return name_; }

  Task<void> sleep(Time time);
  Task<void> wait(Signal& signal, Time longest = 24h);
  // Suspends until wake(ticket) is called with the number that `start` gets; never wakes if the process is killed.
  Task<void> suspend(std::function<void(std::uint64_t)> start);
  void wake(std::uint64_t ticket);  // a ticket that was used, or of another life, changes nothing

 private:
  World& world_;
  const std::string name_;
  bool alive_ = true, paused_ = false;
  std::map<std::uint64_t, std::move_only_function<void()>> waiting_;
  std::vector<std::uint64_t> deferred_;
  std::uint64_t tickets_ = 0;
};

}  // namespace open_cicd::sim
