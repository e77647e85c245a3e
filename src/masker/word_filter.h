// Words of a few bytes, and a set of them that is asked for every few bytes of a log.
#pragma once

#include "masker/limits.h"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

namespace open_cicd::masker {

inline constexpr std::size_t word_bytes_max = 7;
inline constexpr std::size_t word_read_bytes = 8;  // what may_hold() reads, of whatever size a word is

// Of words of `size` bytes. may_hold() says yes to each word that was added, and to some others: with another factor,
// which is odd, to others than those.
class WordFilter {
 public:
  static constexpr std::uint64_t golden = 0x9e3779b97f4a7c15, silver = 0x6a09e667f3bcc909;

  WordFilter(std::size_t words, std::size_t size, std::uint64_t factor = golden)
      : factor_(factor << (8 * (word_read_bytes - size))) {
    constexpr std::size_t bits_of_word = 16;
    const std::size_t bits =
        std::clamp<std::size_t>(std::bit_ceil(words * bits_of_word), 64, limits::filter_bytes_max * 8);
    bits_.resize(bits / 64);
    shift_ = 64 - std::countr_zero(bits);
  }
  void add(std::string_view word) {
    char bytes[word_read_bytes] = {};
    std::memcpy(bytes, word.data(), std::min(word.size(), sizeof bytes));
    const std::uint64_t bit = bit_of(bytes);
    bits_[bit / 64] |= std::uint64_t{1} << (bit % 64);
  }
  // As a number, 0 or 1: for several without a branch for each. Reads word_read_bytes.
  std::uint64_t may_hold(const char* word) const {
    const std::uint64_t bit = bit_of(word);
    return bits_[bit / 64] >> (bit % 64) & 1;
  }

 private:
  // Multiplicative hashing; the factor pushes out what lies behind the word.
  std::uint64_t bit_of(const char* word) const {
    std::uint64_t number = 0;
    std::memcpy(&number, word, sizeof number);
    return number * factor_ >> shift_;
  }
  std::vector<std::uint64_t> bits_;
  std::uint64_t factor_;
  int shift_;
};

}  // namespace open_cicd::masker
