// The wish that a wait ends early, from whoever learns that its outcome is for nobody.
#pragma once

#include <functional>
#include <utility>

namespace open_cicd {

// Between two functions on one serial executor; outlives the wait. Costs less than a coroutine that is cancelled.
class Stop {
 public:
  void request() {
    requested_ = true;
    if (end_) end_();
  }
  bool requested() const { return requested_; }
  // How the wait that now begins is ended; nothing when it is over.
  void ends(std::function<void()> end) { end_ = std::move(end); }

 private:
  bool requested_ = false;
  std::function<void()> end_;
};

}  // namespace open_cicd
