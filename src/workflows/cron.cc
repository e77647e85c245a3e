#include "workflows/triggers.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace open_cicd::workflows {
namespace {

struct CronField {
  std::string_view name;
  int min, max;
  std::string_view names;  // of three letters each, from `min`
};
constexpr std::array<CronField, 5> fields_of_cron = {{{"minute", 0, 59, ""},
                                                      {"hour", 0, 23, ""},
                                                      {"day of month", 1, 31, ""},
                                                      {"month", 1, 12, "janfebmaraprmayjunjulaugsepoctnovdec"},
                                                      {"day of week", 0, 7, "sunmontuewedthufrisat"}}};

std::string_view take_until(std::string_view& text, char separator) {
  const std::size_t at = text.find(separator);
  const std::string_view part = text.substr(0, at);
  text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
  return part;
}

std::optional<int> number_in(std::string_view text, const CronField& field) {
  if (text.size() == 3 && !field.names.empty()) {
    std::string lower(text);
    std::ranges::transform(lower, lower.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    for (std::size_t i = 0; i < field.names.size(); i += 3)
      if (field.names.substr(i, 3) == lower) return field.min + static_cast<int>(i / 3);
  }
  int number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number >= field.min && number <= field.max ? std::optional(number) : std::nullopt;
}

bool is_cron_part(std::string_view part, const CronField& field) {
  const bool has_step = part.contains('/');
  std::string_view range = take_until(part, '/');
  if (has_step) {
    int step = 0;
    const auto [end, failure] = std::from_chars(part.data(), part.data() + part.size(), step);
    if (failure != std::errc() || end != part.data() + part.size() || step < 1 || step > field.max) return false;
  }
  if (range == "*") return true;
  const bool has_end = range.contains('-');
  const auto from = number_in(take_until(range, '-'), field);
  if (!has_end) return from.has_value();
  const auto to = number_in(range, field);
  return from && to && *from <= *to;
}

}  // namespace

std::string wrong_cron(std::string_view text) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const std::string_view part = take_until(text, ' ');
    if (!part.empty()) parts.push_back(part);
  }
  if (parts.size() != fields_of_cron.size())
    return fmt::format("must have five fields, minute, hour, day of month, month and day of week, not {}",
                       parts.size());
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const CronField& field = fields_of_cron[i];
    std::string_view list = parts[i];
    bool fine = !list.ends_with(',');
    while (fine && !list.empty()) fine = is_cron_part(take_until(list, ','), field);
    if (!fine)
      return fmt::format("has a wrong {}: \"{:.50}\" is not of {} to {}", field.name, parts[i], field.min, field.max);
  }
  return "";
}

}  // namespace open_cicd::workflows
