// The first argument of format(): "{0} of {1}", with {{ and }} for braces. Internal to this folder.
#pragma once

#include <cstddef>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace open_cicd::expressions {

struct FormatPiece {
  std::string text;                     // when there is no argument
  std::optional<std::size_t> argument;  // counted from 0
};

// Each of the `arguments` must be used. The error is a sentence without a full stop.
std::expected<std::vector<FormatPiece>, std::string> parse_format(std::string_view pattern, std::size_t arguments);

}  // namespace open_cicd::expressions
