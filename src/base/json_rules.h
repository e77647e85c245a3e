// What a member of a described struct must be beside its type. The rules of a struct stand in a specialisation of
// RulesOf; who reads requests checks them (check_rules), and the OpenAPI document says them:
//
//   template <>
//   struct RulesOf<Request> {
//     static constexpr std::array rules{Rule{.member = "name", .min = 1, .max = 200, .form = &line_form}};
//     static constexpr std::array needs{Need{.member = "status", .word = "assigned", .needs = "claim_id"}};
//   };
#pragma once

#include "base/error.h"
#include "base/json.h"

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace open_cicd::json {

// How a text must look. `pattern` says the same as `fits`, as a regular expression of JSON Schema; a test compares
// them.
struct Form {
  bool (*fits)(std::string_view);
  std::string_view must;     // "must be a UUID in lower case"
  std::string_view pattern;  // "" when every text fits that JSON can carry here
  std::string_view format = {};
};

bool is_uuid_text(std::string_view);
bool is_line(std::string_view);
bool is_plain_text(std::string_view);
bool is_word(std::string_view);
bool is_version(std::string_view);
bool is_crc32c_text(std::string_view);
bool is_step_key(std::string_view);

inline constexpr Form uuid_form{is_uuid_text, "must be a UUID in lower case",
                                "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$", "uuid"};
// The characters that escape_for_line leaves as they are.
#define OPEN_CICD_SEEN                                                                                                \
  "[^\\u0000-\\u001f\\u007f-\\u009f\\u00ad\\u061c\\u180e\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff\\ufff9-" \
  "\\ufffb\\U000e0000-\\U000e007f\"\\\\]"
inline constexpr Form line_form{is_line, "must be printable: no control characters, quotes or backslashes",
                                "^" OPEN_CICD_SEEN "*$"};
#undef OPEN_CICD_SEEN
inline constexpr Form text_form{is_plain_text, "must be UTF-8 without NUL", "^[^\\u0000]*$"};
inline constexpr Form word_form{is_word, "must be a word of letters, digits and . _ - /", "^[A-Za-z0-9._/-]+$"};
inline constexpr Form version_form{is_version, "must be MAJOR.MINOR.PATCH", "^[0-9]+\\.[0-9]+\\.[0-9]+$"};
inline constexpr Form crc32c_form{is_crc32c_text, "must be 8 hex digits", "^[0-9a-fA-F]{8}$"};
inline constexpr Form step_key_form{is_step_key, "must be the index of a step, or -1", "^(-1|0|[1-9][0-9]{0,5})$"};

struct Rule {
  std::string_view member;
  // Of a number: its range. Of a text: characters. Of a list or map: entries.
  std::int64_t min = std::numeric_limits<std::int64_t>::min();
  std::int64_t max = std::numeric_limits<std::int64_t>::max();
  // Of a text, or of each text in a list or map; `words` of an enum too.
  const Form* form = nullptr;
  std::span<const std::string_view> words = {};
  std::int64_t item_max = std::numeric_limits<std::int64_t>::max();  // characters
  // Of a map's keys.
  const Form* key_form = nullptr;
  std::int64_t key_max = std::numeric_limits<std::int64_t>::max();
};

// Where `member` is there (and is `word`, if one is given), `needs` must be there too.
struct Need {
  std::string_view member;
  std::string_view word;
  std::string_view needs;
};

namespace detail {

void check_text(const Rule& rule, std::string_view text, std::int64_t min, std::int64_t max, const Place& place,
                std::vector<FieldError>& errors);
void check_count(const Rule& rule, std::size_t count, const Place& place, std::vector<FieldError>& errors);
void check_number(const Rule& rule, std::int64_t number, const Place& place, std::vector<FieldError>& errors);
void check_item(const Rule& rule, std::string_view text, std::size_t index, const Place& place,
                std::vector<FieldError>& errors);
void check_entry(const Rule& rule, std::string_view key, const std::string* value, const Place& place,
                 std::vector<FieldError>& errors);
void report_need(const Need& need, const Place& place, std::vector<FieldError>& errors);

template <class T>
void check_rule(const Rule& rule, const T& value, const Place& place, std::vector<FieldError>& errors) {
  if constexpr (requires { value.has_value(); }) {
    if (value) check_rule(rule, *value, place, errors);
  } else if constexpr (std::is_same_v<T, std::string>) {
    check_text(rule, value, rule.min, rule.max, place, errors);
  } else if constexpr (std::is_enum_v<T>) {
    check_text(rule, name_of(value), rule.min, rule.max, place, errors);
  } else if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) {
    check_number(rule, value, place, errors);
  } else if constexpr (requires { typename T::mapped_type; }) {
    check_count(rule, value.size(), place, errors);
    for (const auto& [key, item] : value) {
      const std::string* text = nullptr;
      if constexpr (std::is_same_v<typename T::mapped_type, std::string>) text = &item;
      check_entry(rule, key, text, place, errors);
    }
  } else if constexpr (requires { value.size(); }) {
    check_count(rule, value.size(), place, errors);
    if constexpr (requires { std::string_view(value.front()); })
      for (std::size_t i = 0; i < value.size(); ++i) check_item(rule, value[i], i, place, errors);
  }
}

// Is the member there, and does it say `word`?
template <class T>
bool says(const T& value, std::string_view word) {
  if constexpr (requires { value.has_value(); })
    return value && (word.empty() || says(*value, word));
  else if constexpr (std::is_same_v<T, std::string>)
    return word.empty() || value == word;
  else if constexpr (std::is_enum_v<T>)
    return word.empty() || name_of(value) == word;
  else
    return word.empty();
}

template <class T>
void check_value(const T& value, const Place& place, std::vector<FieldError>& errors);

template <class T>
void check_members(const T& value, const Place& place, std::vector<FieldError>& errors) {
  using Members = boost::describe::describe_members<T, boost::describe::mod_public>;
  boost::mp11::mp_for_each<Members>([&](auto member) {
    const Place here{.outer = &place, .name = member.name};
    if constexpr (requires { RulesOf<T>::rules; })
      for (const Rule& rule : RulesOf<T>::rules)
        if (rule.member == member.name) check_rule(rule, value.*member.pointer, here, errors);
    check_value(value.*member.pointer, here, errors);
  });
  if constexpr (requires { RulesOf<T>::needs; })
    for (const Need& need : RulesOf<T>::needs) {
      bool asked = false, there = false;
      boost::mp11::mp_for_each<Members>([&](auto member) {
        if (need.member == member.name) asked = says(value.*member.pointer, need.word);
        if (need.needs == member.name) there = says(value.*member.pointer, {});
      });
      if (asked && !there) report_need(need, place, errors);
    }
}

// The structs inside of it.
template <class T>
void check_value(const T& value, const Place& place, std::vector<FieldError>& errors) {
  if constexpr (is_optional<T>::value) {
    if (value) check_value(*value, place, errors);
  } else if constexpr (is_vector<T>::value) {
    if constexpr (Described<typename T::value_type>)
      for (std::size_t i = 0; i < value.size(); ++i)
        check_members(value[i], Place{.outer = &place, .name = {}, .index = i, .is_item = true}, errors);
  } else if constexpr (is_map<T>::value) {
    if constexpr (Described<typename T::mapped_type>)
      for (const auto& [key, item] : value) check_members(item, Place{.outer = &place, .name = key}, errors);
  } else if constexpr (Described<T>) {
    check_members(value, place, errors);
  }
}

}  // namespace detail

// Error: invalid, with every member that breaks a rule.
template <class T>
Result<void> check_rules(const T& value) {
  std::vector<FieldError> errors;
  detail::check_members(value, {}, errors);
  if (!errors.empty()) return invalid_fields(std::move(errors));
  return {};
}

std::size_t count_characters(std::string_view utf8);

}  // namespace open_cicd::json
