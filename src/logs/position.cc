#include "logs/position.h"

#include <fmt/format.h>

#include <charconv>

namespace open_cicd::logs {
namespace {

// Takes a decimal number without a sign or leading zeros from the front; nothing if there is none or it does not fit.
template <class T>
std::optional<T> take_number(std::string_view& text) {
  T number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  const auto length = static_cast<std::size_t>(end - text.data());
  if (failure != std::errc() || text[0] == '-' || (length > 1 && text[0] == '0')) return std::nullopt;
  text.remove_prefix(length);
  return number;
}

bool take_dot(std::string_view& text) {
  if (!text.starts_with('.')) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

std::string Position::str() const {
  return fmt::format("{}.{}.{}", attempt, step, offset);
}

std::optional<Position> Position::parse(std::string_view text) {
  const auto attempt = take_number<int>(text);
  if (!attempt || *attempt == 0 || !take_dot(text)) return std::nullopt;
  std::optional<int> step = -1;
  if (text.starts_with("-1."))
    text.remove_prefix(2);
  else
    step = take_number<int>(text);
  if (!step || !take_dot(text)) return std::nullopt;
  const auto offset = take_number<std::int64_t>(text);
  if (!offset || !text.empty()) return std::nullopt;
  return Position{*attempt, *step, *offset};
}

}  // namespace open_cicd::logs
