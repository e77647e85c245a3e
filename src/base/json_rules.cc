#include "base/json_rules.h"

#include "base/crypto.h"
#include "base/id.h"
#include "base/text.h"

#include <algorithm>
#include <cctype>

namespace open_cicd::json {

std::size_t count_characters(std::string_view utf8) {
  return static_cast<std::size_t>(
      std::ranges::count_if(utf8, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

bool is_uuid_text(std::string_view text) {
  return parse_uuid(text).has_value();
}

bool is_line(std::string_view text) {
  return escape_for_line(text) == text;
}

bool is_plain_text(std::string_view text) {
  return is_valid_utf8(text) && !text.contains('\0');
}

bool is_word(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](unsigned char c) {
    return std::isalnum(c) || c == '.' || c == '_' || c == '-' || c == '/';
  });
}

bool is_version(std::string_view text) {
  int dots = 0;
  bool digit = false;
  for (const char c : text) {
    if (c == '.' && digit) {
      ++dots;
      digit = false;
    } else if (c >= '0' && c <= '9') {
      digit = true;
    } else {
      return false;
    }
  }
  return dots == 2 && digit;
}

bool is_crc32c_text(std::string_view text) {
  return parse_crc32c(text).has_value();
}

bool is_step_key(std::string_view text) {
  constexpr std::size_t digits_max = 6;
  if (text == "-1" || text == "0") return true;
  return !text.empty() && text.front() != '0' && text.size() <= digits_max &&
         std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

namespace detail {
namespace {

std::string bounds(std::int64_t min, std::int64_t max, std::string_view what) {
  if (max == std::numeric_limits<std::int64_t>::max()) return fmt::format("must have {} {} or more", min, what);
  if (min <= 0) return fmt::format("must have {} {} at most", max, what);
  return fmt::format("must have {} to {} {}", min, max, what);
}

bool is_within(std::int64_t number, std::int64_t min, std::int64_t max) {
  return number >= min && number <= max;
}

}  // namespace

void check_text(const Rule& rule, std::string_view text, std::int64_t min, std::int64_t max, const Place& place,
                std::vector<FieldError>& errors) {
  const auto wrong = [&](std::string message) { errors.push_back({place.path(), std::move(message)}); };
  if (!rule.words.empty() && std::ranges::find(rule.words, text) == rule.words.end())
    return wrong(must_be_one_of(rule.words));
  if (!is_within(static_cast<std::int64_t>(count_characters(text)), min, max))
    return wrong(bounds(min, max, "characters"));
  if (rule.form != nullptr && !rule.form->fits(text)) wrong(std::string(rule.form->must));
}

void check_count(const Rule& rule, std::size_t count, const Place& place, std::vector<FieldError>& errors) {
  if (!is_within(static_cast<std::int64_t>(count), rule.min, rule.max))
    errors.push_back({place.path(), bounds(rule.min, rule.max, "entries")});
}

void check_number(const Rule& rule, std::int64_t number, const Place& place, std::vector<FieldError>& errors) {
  if (is_within(number, rule.min, rule.max)) return;
  const bool open_end = rule.max == std::numeric_limits<std::int64_t>::max();
  errors.push_back({place.path(), open_end ? fmt::format("must be {} or more", rule.min)
                                           : fmt::format("must be between {} and {}", rule.min, rule.max)});
}

void check_item(const Rule& rule, std::string_view text, std::size_t index, const Place& place,
                std::vector<FieldError>& errors) {
  check_text(rule, text, 0, rule.item_max, Place{.outer = &place, .name = {}, .index = index, .is_item = true}, errors);
}

void check_entry(const Rule& rule, std::string_view key, const std::string* value, const Place& place,
                 std::vector<FieldError>& errors) {
  constexpr std::size_t errors_max = 20;  // of one map: its keys are the caller's
  if (errors.size() > errors_max) return;
  const Place here{.outer = &place, .name = key};
  if (!is_within(static_cast<std::int64_t>(count_characters(key)), 0, rule.key_max))
    errors.push_back({here.path(), fmt::format("a key {}", bounds(0, rule.key_max, "characters"))});
  else if (rule.key_form != nullptr && !rule.key_form->fits(key))
    errors.push_back({here.path(), fmt::format("a key {}", rule.key_form->must)});
  else if (value != nullptr)
    check_text(rule, *value, 0, rule.item_max, here, errors);
}

void report_need(const Need& need, const Place& place, std::vector<FieldError>& errors) {
  const Place missing{.outer = &place, .name = need.needs};
  errors.push_back({missing.path(), need.word.empty()
                                        ? fmt::format("is required beside {}", need.member)
                                        : fmt::format("is required when {} is {}", need.member, need.word)});
}

}  // namespace detail
}  // namespace open_cicd::json
