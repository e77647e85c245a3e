#include "expressions/format_pattern.h"

#include <fmt/format.h>

#include <charconv>

namespace open_cicd::expressions {
namespace {

std::optional<std::size_t> whole_number(std::string_view text) {
  std::size_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
  return number;
}

std::string counted(std::size_t arguments) {
  return arguments == 1 ? "1 value follows" : fmt::format("{} values follow", arguments);
}

}  // namespace

std::expected<std::vector<FormatPiece>, std::string> parse_format(std::string_view pattern, std::size_t arguments) {
  std::vector<FormatPiece> pieces;
  std::vector<bool> used(arguments);
  std::string text;
  for (std::size_t at = 0; at < pattern.size(); ++at) {
    const char c = pattern[at];
    if (c != '{' && c != '}') {
      text += c;
      continue;
    }
    if (pattern.substr(at + 1).starts_with(c)) {  // doubled
      text += c;
      ++at;
      continue;
    }
    if (c == '}') return std::unexpected("the pattern has a } without its {; }} stands for a brace");
    const std::size_t end = pattern.find('}', at);
    if (end == std::string_view::npos)
      return std::unexpected("the pattern has a { without its }; {{ stands for a brace");
    const auto argument = whole_number(pattern.substr(at + 1, end - at - 1));
    if (!argument)
      return std::unexpected("between { and } stands the number of a value, from 0; {{ stands for a brace");
    if (*argument >= arguments)
      return std::unexpected(fmt::format("the pattern asks for value {{{}}}, but {}", *argument, counted(arguments)));
    used[*argument] = true;
    if (!text.empty()) pieces.push_back({.text = std::move(text), .argument = std::nullopt});
    text.clear();
    pieces.push_back({.text = {}, .argument = argument});
    at = end;
  }
  if (!text.empty()) pieces.push_back({.text = std::move(text), .argument = std::nullopt});
  for (std::size_t i = 0; i < arguments; ++i)
    if (!used[i]) return std::unexpected(fmt::format("the pattern does not use value {{{}}}", i));
  return pieces;
}

}  // namespace open_cicd::expressions
