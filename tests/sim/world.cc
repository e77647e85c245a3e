#include "sim/world.h"

#include "base/log.h"

#include <cstdio>
#include <cstdlib>

namespace open_cicd::sim {
namespace {

thread_local World* the_world = nullptr;

constexpr std::uint64_t boot_ns = 1'000'000'000'000;           // a machine that has been up for a while
constexpr std::uint64_t epoch_ns = 1'800'000'000'000'000'000;  // January 2027

// The product's log becomes lines of the trace.
void keep_log(LogLevel, std::string_view sentence, LogFields fields) {
  World* world = World::current();
  if (world == nullptr || !world->tracing()) return;
  std::string values;
  for (const LogField& field : fields) values += fmt::format(" {}={}", field.name, world->name_of(field.value));
  world->trace("  log: {}{}", sentence, values);
}

}  // namespace

World* World::current() {
  return the_world;
}

World::World(std::uint64_t seed, bool tracing) : random(seed), tracing_(tracing), work_(context_.get_executor()) {
  the_world = this;
  set_log_sink(keep_log);
}

World::~World() {
  events_.clear();
  the_world = nullptr;
}

std::uint64_t World::monotonic_ns() const {
  return boot_ns + static_cast<std::uint64_t>(now_.count()) * 1000;
}

std::uint64_t World::wall_ns() const {
  return epoch_ns + static_cast<std::uint64_t>(now_.count()) * 1000 +
         static_cast<std::uint64_t>(wall_offset_ms * 1'000'000);
}

void World::let_pass(Time time) {
  now_ = std::min(now_ + time, horizon_);
}

void World::at(Time time, std::function<void()> event) {
  events_.emplace(std::pair(std::max(time, now_), ++sequence_), std::move(event));
}

void World::settle() {
  while (context_.poll() + (sleeper_ != nullptr ? sleeper_->poll() : 0) > 0) {
  }
}

void World::run(Time end, const std::function<bool()>& done) {
  while (stopped_.empty()) {
    settle();
    if (done()) return;
    const Time next = events_.empty() ? end : std::min(end, events_.begin()->first.first);
    if (now_ < next) {
      horizon_ = next;
      if (sleeper_ != nullptr)
        sleeper_->sleep_until(next);
      else
        now_ = next;
      continue;
    }
    if (now_ >= end) return;
    auto event = events_.extract(events_.begin());
    ++events_run_;
    event.mapped()();
  }
}

void World::stop(std::string why) {
  trace("VIOLATION {}", why);
  if (stopped_.empty()) stopped_ = std::move(why);
}

std::string World::name_of(std::string_view id) const {
  const auto found = names_.find(id);
  return found == names_.end() ? std::string(id) : found->second;
}

void World::add_trace(std::string text) {
  lines_.push_back(fmt::format("{:>12.6f}  {}", std::chrono::duration<double>(now_).count(), text));
}

void Signal::notify() {
  auto waiting = std::move(waiting_);
  waiting_.clear();
  for (const auto& [process, ticket] : waiting)
    if (const auto alive = process.lock()) alive->wake(ticket);
}

std::shared_ptr<Process> Process::start(World& world, std::string name) {
  return std::make_shared<Process>(world, std::move(name));
}

void Process::spawn(Task<void> task) {
  asio::co_spawn(world_.context(), std::move(task), [name = name_](std::exception_ptr failure) {
    if (!failure) return;
    try {
      std::rethrow_exception(failure);
    } catch (const std::exception& e) {  // nothing that a simulated program does may throw
      fmt::print(stderr, "sim: {} failed: {}\n", name, e.what());
      std::abort();
    }
  });
}

void Process::kill() {
  alive_ = false;
  // A frame that is destroyed may destroy others that wait.
  while (!waiting_.empty()) {
    auto gone = std::move(waiting_);
    waiting_.clear();
  }
  deferred_.clear();
}

void Process::pause(bool paused) {
  paused_ = paused;
  if (paused) return;
  for (const std::uint64_t ticket : std::exchange(deferred_, {})) wake(ticket);
}

Task<void> Process::suspend(std::function<void(std::uint64_t)> start) {
  auto initiate = [this](auto handler, std::function<void(std::uint64_t)> begin) {
    const std::uint64_t ticket = ++tickets_;
    waiting_[ticket] = [h = std::move(handler)]() mutable { std::move(h)(); };
    begin(ticket);
  };
  co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(std::move(initiate), asio::use_awaitable,
                                                                       std::move(start));
}

void Process::wake(std::uint64_t ticket) {
  if (!waiting_.contains(ticket)) return;
  if (paused_) return deferred_.push_back(ticket);
  asio::post(world_.context(), std::move(waiting_.extract(ticket).mapped()));
}

Task<void> Process::sleep(Time time) {
  co_await suspend([this, time](std::uint64_t ticket) {
    world_.after(time, [self = weak_from_this(), ticket] {
      if (const auto alive = self.lock()) alive->wake(ticket);
    });
  });
}

Task<void> Process::wait(Signal& signal, Time longest) {
  co_await suspend([this, &signal, longest](std::uint64_t ticket) {
    signal.waiting_.emplace_back(weak_from_this(), ticket);
    world_.after(longest, [self = weak_from_this(), ticket] {
      if (const auto alive = self.lock()) alive->wake(ticket);
    });
  });
}

}  // namespace open_cicd::sim
