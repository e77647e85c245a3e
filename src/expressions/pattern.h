// Regular expressions in the syntax of RE2: linear in the text, bounded in memory, never backtracking. For matches()
// and for the `pattern` of an input.
#pragma once

#include <cstddef>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace re2 {
class RE2;
}

namespace open_cicd::expressions {

// Immutable once compiled; safe from any thread.
class Pattern {
 public:
  // The error follows "the pattern": "has an unexpected )". A pattern is at most limits::pattern_bytes_max long and
  // takes at most limits::pattern_memory_bytes_max compiled.
  static std::expected<Pattern, std::string> compile(std::string_view pattern);

  // Whether it is found anywhere in `text`; ^ and $ bind it to the ends.
  bool found_in(std::string_view text) const;
  std::size_t size() const;  // in instructions: a search takes at most as many steps for each byte

 private:
  explicit Pattern(std::shared_ptr<const re2::RE2> compiled);

  std::shared_ptr<const re2::RE2> compiled_;
};

// How many classes of Unicode (\pL, \P{Greek}) it has: they are what takes long to compile.
std::size_t unicode_classes_of(std::string_view pattern);

// What is wrong with a pattern, to follow "the pattern"; nothing when it is fine.
std::optional<std::string> check_pattern(std::string_view pattern);

// One search with a pattern that is used once. The error is that of check_pattern().
std::expected<bool, std::string> matches_pattern(std::string_view text, std::string_view pattern);

}  // namespace open_cicd::expressions
