#include "api/input.h"

#include "base/crypto.h"
#include "base/suggest.h"
#include "base/text.h"
#include "http/fields.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace open_cicd::api {

bool has_media_type(const http::Request& request, std::string_view type) {
  const auto header = request.header("Content-Type");
  return header && http::equals_ignoring_case(http::trim(header->substr(0, header->find(';'))), type);
}

bool has_yaml_type(const http::Request& request) {
  return std::ranges::any_of(yaml_types, [&](std::string_view type) { return has_media_type(request, type); });
}

namespace {

void make_whole(boost::json::value& value) {
  constexpr double exact_max = 9007199254740992;  // 2^53: beyond it not every whole number is a double
  if (double* number = value.if_double()) {
    if (std::trunc(*number) == *number && std::abs(*number) <= exact_max) value = static_cast<std::int64_t>(*number);
  } else if (auto* list = value.if_array()) {
    for (boost::json::value& item : *list) make_whole(item);
  } else if (auto* object = value.if_object()) {
    for (auto& member : *object) make_whole(member.value());
  }
}

}  // namespace

namespace detail {

Wrong read_whole(std::string_view text, std::int64_t min, std::int64_t max, std::int64_t& to) {
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), to);
  if (problem == std::errc() && end == text.data() + text.size() && to >= min && to <= max) return std::nullopt;
  return fmt::format("must be a whole number from {} to {}", min, max);
}

Wrong read_text(std::string_view text, std::size_t min, std::size_t max, std::string_view& to) {
  to = text;
  if (!is_valid_utf8(text)) return "must be UTF-8";
  const std::size_t characters = json::count_characters(text);
  if (characters >= min && characters <= max) return std::nullopt;
  return fmt::format("must have {} to {} characters", min, max);
}

Wrong read_flag(std::string_view text, bool& to) {
  to = text == flag_words[0] || text == flag_words[1];
  if (to || text == flag_words[2] || text == flag_words[3]) return std::nullopt;
  return json::must_be_one_of(flag_words);
}

Wrong read_crc32c(std::string_view text, std::uint32_t& to) {
  const std::optional<std::uint32_t> crc = parse_crc32c(text);
  if (!crc) return "must be 8 hex digits";
  to = *crc;
  return std::nullopt;
}

void check_query(const http::Request& request, std::span<const QueryName> names, std::vector<FieldError>& errors) {
  constexpr std::size_t shown_max = 100;
  for (auto field = request.query.begin(); field != request.query.end(); ++field) {
    const std::string& name = field->first;
    const auto is_it = [&](const auto& other) { return other.first == name; };
    std::string shown = escape_for_line(std::string_view(name).substr(0, shown_max));
    const auto known = std::ranges::find_if(names, [&](const QueryName& query) {
      return query.is_prefix ? name.starts_with(std::string(query.name) + ".") : query.name == name;
    });
    if (known == names.end()) {
      std::vector<std::string_view> words;
      for (const QueryName& query : names) words.push_back(query.name);
      errors.push_back({std::move(shown), "is not a parameter of this request" + did_you_mean(name, words)});
    } else if (!known->repeats && std::any_of(request.query.begin(), field, is_it)) {
      errors.push_back({std::move(shown), "stands twice in the query"});
    }
  }
}

void read_repeated(const http::Request& request, std::string_view name, Repeated& to) {
  for (const auto& [other, value] : request.query)
    if (other == name) to.values.push_back(value);
}

void read_prefixed(const http::Request& request, std::string_view name, Prefixed& to) {
  const std::string prefix = std::string(name) + ".";
  for (const auto& [other, value] : request.query)
    if (other.starts_with(prefix)) to.by_name[other.substr(prefix.size())] = value;
}

Result<boost::json::value> parse_json(const http::Request& request) {
  if (!has_media_type(request, "application/json"))
    return fail(ErrorKind::unsupported_media, "unsupported_media",
                "Send JSON with the header Content-Type: application/json.");
  Result<boost::json::value> value = json::parse(request.body);
  if (value) make_whole(*value);
  return value;
}

}  // namespace detail
}  // namespace open_cicd::api
