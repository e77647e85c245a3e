// Patterns of branches, tags and paths: `*` is any characters but "/", `**` any at all, `?` one character but "/",
// `[a-z]` and `[!a-z]` one of some, `\` takes the next one as it is. "**/" at the front of a part is any number of
// folders, none too. Pure; time is bounded by text × pattern ÷ 64, whatever they are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace open_cicd {

inline constexpr std::size_t glob_bytes_max = 1024;  // of a pattern

// Immutable; a pattern as sets of places, one bit each, that move along the text together.
class Glob {
 public:
  // The error is what is wrong with the pattern, to follow its path.
  static std::expected<Glob, std::string> parse(std::string_view pattern);
  bool matches(std::string_view text) const;

 private:
  friend class GlobParser;
  using Bits = std::vector<std::uint64_t>;
  void advance(const Bits& from, unsigned char c, Bits& to, Bits& entered) const;
  void close(Bits& places, const Bits& entered) const;

  std::size_t places_ = 1;      // one before each token, and the last
  std::size_t words_ = 1;       // that hold them
  Bits taken_by_, kept_by_;     // by byte, words_ for each: places whose token takes it and is behind, or stays
  Bits skips_one_, skips_two_;  // repetitions, and the optional "**/", which may take nothing
};

// A list in which the last pattern that matches decides; "!" before one negates it. A list of negated ones alone begins
// with everything.
class Filter {
 public:
  static std::expected<Filter, std::string> parse(const std::vector<std::string>& patterns);
  bool passes(std::string_view text) const;

 private:
  struct Line {
    bool negated;
    Glob glob;
  };
  std::vector<Line> lines_;
};

// Nothing, or what is wrong with one pattern of such a list.
std::string wrong_pattern(std::string_view pattern);

}  // namespace open_cicd
