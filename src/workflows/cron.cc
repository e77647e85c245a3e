#include "workflows/cron.h"

#include "base/crypto.h"
#include "base/take_until.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <vector>

namespace open_cicd::workflows {
namespace {

struct CronField {
  std::string_view name;
  int min, max;
  int hashed_max;          // of what H may choose: each month has a 28th, and Sunday is 0 alone
  std::string_view names;  // of three letters each, from `min`
};
constexpr std::array<CronField, 5> fields_of_cron = {{{"minute", 0, 59, 59, ""},
                                                      {"hour", 0, 23, 23, ""},
                                                      {"day of month", 1, 31, 28, ""},
                                                      {"month", 1, 12, 12, "janfebmaraprmayjunjulaugsepoctnovdec"},
                                                      {"day of week", 0, 7, 6, "sunmontuewedthufrisat"}}};

struct CronWord {
  std::string_view word, fields;
};
constexpr std::array<CronWord, 7> cron_words{{{"@hourly", "0 * * * *"},
                                              {"@daily", "0 0 * * *"},
                                              {"@midnight", "0 0 * * *"},
                                              {"@weekly", "0 0 * * 0"},
                                              {"@monthly", "0 0 1 * *"},
                                              {"@yearly", "0 0 1 1 *"},
                                              {"@annually", "0 0 1 1 *"}}};

struct CronRange {
  int from, to;
};

std::optional<int> whole_number(std::string_view text) {
  int number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<int> number_in(std::string_view text, const CronField& field) {
  if (text.size() == 3 && !field.names.empty()) {
    std::string lower(text);
    std::ranges::transform(lower, lower.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    for (std::size_t i = 0; i < field.names.size(); i += 3)
      if (field.names.substr(i, 3) == lower) return field.min + static_cast<int>(i / 3);
  }
  const auto number = whole_number(text);
  return number && *number >= field.min && *number <= field.max ? number : std::nullopt;
}

std::optional<CronRange> range_in(std::string_view text, const CronField& field) {
  const auto from = number_in(take_until(text, '-'), field), to = number_in(text, field);
  if (!from || !to || *from > *to) return std::nullopt;
  return CronRange{*from, *to};
}

// A number that looks drawn, and is the same for the same seed and field everywhere.
std::uint32_t drawn_number(std::string_view seed, const CronField& field) {
  const std::string digits = sha256_hex(fmt::format("{}\n{}", field.name, seed)).substr(0, 8);
  std::uint32_t number = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), number, 16);
  return number;
}

std::uint64_t set_of(CronRange range, int step) {
  std::uint64_t set = 0;
  for (int i = range.from; i <= range.to; i += step) set |= std::uint64_t{1} << i;
  return set;
}

// "H" or "H(a-b)", with a step or without one, which is 0.
std::optional<std::uint64_t> hashed_set(std::string_view text, int step, const CronField& field,
                                        std::string_view seed) {
  CronRange range{field.min, field.hashed_max};
  if (text != "H") {
    if (!text.starts_with("H(") || !text.ends_with(')')) return std::nullopt;
    const auto named = range_in(text.substr(2, text.size() - 3), field);
    if (!named) return std::nullopt;
    range = *named;
  }
  const auto choices = static_cast<std::uint32_t>(range.to - range.from + 1);
  const std::uint32_t drawn = drawn_number(seed, field);
  if (step == 0) return std::uint64_t{1} << (range.from + static_cast<int>(drawn % choices));
  range.from += static_cast<int>(drawn % std::min(choices, static_cast<std::uint32_t>(step)));
  return set_of(range, step);
}

std::optional<std::uint64_t> part_set(std::string_view part, const CronField& field, std::string_view seed) {
  int step = 0;
  const bool has_step = part.contains('/');
  const std::string_view range = take_until(part, '/');
  if (has_step) {
    step = whole_number(part).value_or(0);
    if (step < 1 || step > field.max) return std::nullopt;
  }
  if (range.starts_with('H')) return hashed_set(range, step, field, seed);
  if (range == "*") return set_of({field.min, field.max}, std::max(step, 1));
  if (range.contains('-')) {
    const auto named = range_in(range, field);
    return named ? std::optional(set_of(*named, std::max(step, 1))) : std::nullopt;
  }
  const auto from = number_in(range, field);
  if (!from) return std::nullopt;
  return set_of({*from, has_step ? field.max : *from}, std::max(step, 1));
}

std::optional<std::uint64_t> field_set(std::string_view list, const CronField& field, std::string_view seed) {
  if (list.ends_with(',')) return std::nullopt;
  std::uint64_t set = 0;
  while (!list.empty()) {
    const auto part = part_set(take_until(list, ','), field, seed);
    if (!part) return std::nullopt;
    set |= *part;
  }
  return set;
}

std::vector<std::string_view> split_fields(std::string_view text) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const std::string_view part = take_until(text, ' ');
    if (!part.empty()) parts.push_back(part);
  }
  return parts;
}

}  // namespace

bool Cron::has_day(unsigned month, unsigned day, unsigned weekday) const {
  if ((months >> month & 1) == 0) return false;
  const bool is_day = (days >> day & 1) != 0, is_weekday = (weekdays >> weekday & 1) != 0;
  return either_day ? is_day || is_weekday : is_day && is_weekday;
}

std::expected<Cron, std::string> parse_cron(std::string_view text, std::string_view seed) {
  if (text.starts_with('@')) {
    const auto word = std::ranges::find(cron_words, text, &CronWord::word);
    if (word == cron_words.end())
      return std::unexpected("must be five fields, or @hourly, @daily, @weekly, @monthly or @yearly");
    text = word->fields;
  }
  const auto parts = split_fields(text);
  if (parts.size() != fields_of_cron.size())
    return std::unexpected(
        fmt::format("must have five fields, minute, hour, day of month, month and day of week, not {}", parts.size()));
  std::array<std::uint64_t, 5> sets{};
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const CronField& field = fields_of_cron[i];
    const auto set = field_set(parts[i], field, seed);
    if (!set)
      return std::unexpected(
          fmt::format("has a wrong {}: \"{:.50}\" is not of {} to {}", field.name, parts[i], field.min, field.max));
    sets[i] = *set;
  }
  constexpr std::uint64_t sunday_as_7 = 1 << 7;
  if ((sets[4] & sunday_as_7) != 0) sets[4] |= 1;
  return Cron{.minutes = sets[0],
              .hours = static_cast<std::uint32_t>(sets[1]),
              .days = static_cast<std::uint32_t>(sets[2]),
              .months = static_cast<std::uint32_t>(sets[3]),
              .weekdays = static_cast<std::uint32_t>(sets[4] & ~sunday_as_7),
              .every_hour = parts[1].starts_with('*'),
              .either_day = !parts[2].starts_with('*') && !parts[4].starts_with('*')};
}

std::string wrong_cron(std::string_view text) {
  const auto cron = parse_cron(text, "");
  return cron ? "" : cron.error();
}

}  // namespace open_cicd::workflows
