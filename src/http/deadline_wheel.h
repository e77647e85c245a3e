// Coarse deadlines of many connections: setting one later costs a store, so that a request does not touch a timer
// queue.
#pragma once

#include <boost/intrusive/list.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace open_cicd::http {

class DeadlineWheel;

// Something with at most one deadline. Leaves its wheel when it is destroyed.
class Timed : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  virtual ~Timed() = default;

 protected:
  virtual void on_deadline() = 0;  // the deadline is cleared before

 private:
  friend class DeadlineWheel;
  std::uint64_t deadline_ = never;  // in ticks
  std::uint64_t filed_ = never;     // the tick at which the wheel looks at it
  static constexpr std::uint64_t never = UINT64_MAX;
};

// Hashed timing wheel with lazy re-filing. One thread. Precision: one tick, never early.
class DeadlineWheel {
 public:
  static constexpr std::chrono::milliseconds tick{50};

  void set(Timed& timed, std::chrono::milliseconds from_now);
  void clear(Timed& timed) { timed.deadline_ = Timed::never; }  // it stays filed until the wheel comes by
  void advance();                                               // one tick has passed

 private:
  static constexpr std::size_t slots = 256;
  using Slot = boost::intrusive::list<Timed, boost::intrusive::constant_time_size<false>>;
  void file(Timed& timed);

  std::uint64_t now_ = 0;
  std::array<Slot, slots> slots_;
};

}  // namespace open_cicd::http
