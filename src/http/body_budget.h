// What the bodies of all requests may take of memory together, while they are received and handled.
#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace open_cicd::http {

// Thread-safe. A body's first free_bytes are not counted: heartbeats and nearly all reports pass however many large
// bodies there are. One asker (Identity::name) gets an eighth, so that who holds on to its part keeps nobody else out.
class BodyBudget {
  using Askers = std::map<std::string, std::size_t, std::less<>>;  // bytes that each holds

 public:
  static constexpr std::size_t free_bytes = 64 * 1024;
  static constexpr std::size_t asker_bytes_min = 4 << 20;  // of a small budget's eighth: a body of any route fits

  explicit BodyBudget(std::size_t max);

  // What one request holds; given back when it is destroyed.
  class Share {
   public:
    explicit Share(BodyBudget& budget) : budget_(budget) {}
    Share(const Share&) = delete;
    ~Share() { give_back(); }

    // False: there is no room for a body of `bytes` now; what was held before stays held. `asker` is the same until
    // give_back().
    bool grow_to(std::size_t bytes, std::string_view asker);
    void give_back();

   private:
    BodyBudget& budget_;
    std::size_t held_ = 0;
    Askers::iterator asker_;  // when held_ > 0
  };

 private:
  const std::size_t max_;
  const std::size_t asker_max_;
  std::mutex mutex_;
  std::size_t held_ = 0;
  Askers askers_;
};

}  // namespace open_cicd::http
