#include "http/deadline_wheel.h"

#include <algorithm>

namespace open_cicd::http {

void DeadlineWheel::set(Timed& timed, std::chrono::milliseconds from_now) {
  // One more tick: the current one has already begun.
  timed.deadline_ = now_ + 1 + static_cast<std::uint64_t>((from_now + tick - std::chrono::milliseconds(1)) / tick);
  if (!timed.is_linked() || timed.filed_ > timed.deadline_) file(timed);
}

void DeadlineWheel::file(Timed& timed) {
  timed.unlink();
  timed.filed_ = std::min(timed.deadline_, now_ + slots - 1);
  slots_[timed.filed_ % slots].push_back(timed);
}

void DeadlineWheel::advance() {
  ++now_;
  Slot due;
  due.swap(slots_[now_ % slots]);
  while (!due.empty()) {
    Timed& timed = due.front();
    due.pop_front();
    if (timed.deadline_ > now_) {
      if (timed.deadline_ != Timed::never) file(timed);
    } else {
      timed.deadline_ = Timed::never;
      timed.on_deadline();
    }
  }
}

}  // namespace open_cicd::http
