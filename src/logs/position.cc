#include "logs/position.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace open_cicd::logs {
namespace {

constexpr std::size_t beside_max = 1000;  // more than a job has steps

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

std::string Place::str() const {
  std::string text = at.str();
  for (const auto& [step, offset] : beside) text += fmt::format("+{}.{}", step, offset);
  return text;
}

std::optional<Place> Place::parse(std::string_view text) {
  const std::size_t plus = std::min(text.find('+'), text.size());
  const auto at = Position::parse(text.substr(0, plus));
  if (!at) return std::nullopt;
  Place place{.at = *at};
  text.remove_prefix(plus);
  while (!text.empty()) {
    text.remove_prefix(1);
    const auto step = take_number<int>(text);
    if (!step || !take_dot(text)) return std::nullopt;
    const auto offset = take_number<std::int64_t>(text);
    if (!offset || !(text.empty() || text.front() == '+')) return std::nullopt;
    if (!place.beside.emplace(*step, *offset).second || place.beside.size() > beside_max) return std::nullopt;
  }
  return place;
}

}  // namespace open_cicd::logs
