#include "base/units.h"

#include <fmt/format.h>

#include <array>
#include <charconv>

namespace open_cicd {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t milliseconds;
};
constexpr std::array<Unit, 5> units = {{{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}}};
constexpr std::int64_t duration_max_ms = 10'000 * units[0].milliseconds;
constexpr std::int64_t size_max_bytes = std::int64_t{1} << 53;

// Takes the digits at the front of `text`; nothing when there are none or more than 15.
std::optional<std::int64_t> take_digits(std::string_view& text) {
  std::int64_t number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  const auto used = static_cast<std::size_t>(end - text.data());
  if (failure != std::errc() || used == 0 || used > 15 || text.front() == '-') return std::nullopt;
  text.remove_prefix(used);
  return number;
}

}  // namespace

std::optional<std::int64_t> parse_duration_ms(std::string_view text) {
  if (text.empty()) return std::nullopt;
  std::int64_t total = 0;
  std::size_t next_unit = 0;
  while (!text.empty()) {
    const auto number = take_digits(text);
    if (!number) return std::nullopt;
    const std::string_view name = text.substr(0, text.find_first_of("0123456789"));
    while (next_unit < units.size() && units[next_unit].name != name) ++next_unit;
    if (next_unit == units.size() || *number > duration_max_ms / units[next_unit].milliseconds) return std::nullopt;
    total += *number * units[next_unit++].milliseconds;
    text.remove_prefix(name.size());
  }
  return total <= duration_max_ms ? std::optional(total) : std::nullopt;
}

std::string format_duration(std::int64_t milliseconds) {
  std::string text;
  for (const Unit& unit : units) {
    if (milliseconds < unit.milliseconds) continue;
    text += fmt::format("{}{}", milliseconds / unit.milliseconds, unit.name);
    milliseconds %= unit.milliseconds;
  }
  return text.empty() ? "0s" : text;
}

std::optional<std::int64_t> parse_size_bytes(std::string_view text) {
  const auto number = take_digits(text);
  if (!number) return std::nullopt;
  int shift = 0;
  if (!text.empty()) {
    const char unit = static_cast<char>(text.front() | 0x20);
    const auto power = std::string_view("kmgt").find(unit);
    if (power == std::string_view::npos) return std::nullopt;
    shift = 10 * (static_cast<int>(power) + 1);
    text.remove_prefix(1);
    if (!text.empty() && (text.front() == 'i' || text.front() == 'I')) text.remove_prefix(1);
    if (!text.empty() && (text.front() == 'b' || text.front() == 'B')) text.remove_prefix(1);
    if (!text.empty()) return std::nullopt;
  }
  return *number < size_max_bytes >> shift ? std::optional(*number << shift) : std::nullopt;
}

}  // namespace open_cicd
