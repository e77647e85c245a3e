// Regular expressions in the syntax of RE2: linear in the text, bounded in memory, never backtracking. For matches()
// and for the `pattern` of an input.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace open_cicd::expressions {

// What is wrong with it, to follow "the pattern": nothing when it is fine. At most limits::pattern_bytes_max long, and
// compiled within limits::pattern_memory_bytes_max.
std::optional<std::string> check_pattern(std::string_view pattern);

// Whether the pattern is found anywhere in `text`; ^ and $ bind it to the ends. The error is that of check_pattern().
std::expected<bool, std::string> matches_pattern(std::string_view text, std::string_view pattern);

}  // namespace open_cicd::expressions
