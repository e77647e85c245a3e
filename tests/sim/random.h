// The only source of chance in a run: the same seed gives the same numbers on every machine.
#pragma once

#include <cstdint>
#include <string>

namespace open_cicd::sim {

// SplitMix64 (Steele, Lea and Flood, 2014). Not thread-safe.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed * 0x9e3779b97f4a7c15u + 0x632be59bd9b4e019u) {}

  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  std::int64_t between(std::int64_t low, std::int64_t high) {  // both included
    return low + static_cast<std::int64_t>(next() % static_cast<std::uint64_t>(high - low + 1));
  }
  bool chance(double probability) { return static_cast<double>(next() >> 11) * 0x1p-53 < probability; }
  template <class Range>
  auto& pick(Range& range) {
    return range[static_cast<std::size_t>(between(0, static_cast<std::int64_t>(range.size()) - 1))];
  }
  std::string letters(std::size_t count) {
    std::string text(count, ' ');
    for (char& c : text) c = "abcdefghijklmnopqrstuvwxyz0123456789 \n"[next() % 38];
    return text;
  }
  std::uint64_t state() const { return state_; }

 private:
  std::uint64_t state_;
};

}  // namespace open_cicd::sim
