// What the bodies of all requests may take of memory together, while they are received and handled.
#pragma once

#include <atomic>
#include <cstddef>

namespace open_cicd::http {

// Thread-safe. A body's first free_bytes are not counted: heartbeats and status reports pass however many large bodies
// there are.
class BodyBudget {
 public:
  static constexpr std::size_t free_bytes = 64 * 1024;

  explicit BodyBudget(std::size_t max) : max_(max) {}

  // What one request holds; given back when it is destroyed.
  class Share {
   public:
    explicit Share(BodyBudget& budget) : budget_(budget) {}
    Share(const Share&) = delete;
    ~Share() { give_back(); }

    // False: there is no room for a body of `bytes` now; what was held before stays held.
    bool grow_to(std::size_t bytes) {
      const std::size_t counted = bytes > free_bytes ? bytes - free_bytes : 0;
      if (counted <= held_) return true;
      const std::size_t more = counted - held_;
      if (budget_.held_.fetch_add(more, std::memory_order_relaxed) + more > budget_.max_) {
        budget_.held_.fetch_sub(more, std::memory_order_relaxed);
        return false;
      }
      held_ = counted;
      return true;
    }
    void give_back() {
      if (held_ > 0) budget_.held_.fetch_sub(held_, std::memory_order_relaxed);
      held_ = 0;
    }

   private:
    BodyBudget& budget_;
    std::size_t held_ = 0;
  };

 private:
  const std::size_t max_;
  std::atomic<std::size_t> held_{0};
};

}  // namespace open_cicd::http
