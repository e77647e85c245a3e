#include "expressions/value.h"

#include "base/json.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace open_cicd::expressions {
namespace {

__extension__ using Wide = __int128;  // holds every int64 and every uint64

constexpr double two_to_63 = 9223372036854775808.0;
constexpr double two_to_100 = 1267650600228229401496703205376.0;

Wide wide(const Value& whole) {
  return whole.is_int64() ? Wide(whole.get_int64()) : Wide(whole.get_uint64());
}

template <class T>
std::strong_ordering order(T a, T b) {
  return a < b ? std::strong_ordering::less : b < a ? std::strong_ordering::greater : std::strong_ordering::equal;
}

// NaN equals itself and is greater than all other numbers, so that there is one order of all.
std::strong_ordering compare_doubles(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return order(std::isnan(a), std::isnan(b));
  return order(a, b);
}

std::strong_ordering compare_whole_with(Wide whole, double number) {
  if (std::isnan(number) || number >= two_to_100) return std::strong_ordering::less;
  if (number <= -two_to_100) return std::strong_ordering::greater;
  const double cut = std::trunc(number);
  const std::strong_ordering by_cut = order(whole, static_cast<Wide>(cut));
  return by_cut != 0 ? by_cut : order(cut, number);
}

void add_weight(const Value& value, std::size_t max, std::size_t& sum) {
  sum += weight_of_value;
  if (sum > max) return;
  if (const auto* string = value.if_string()) {
    sum += string->size();
  } else if (const auto* list = value.if_array()) {
    for (const Value& item : *list) {
      add_weight(item, max, sum);
      if (sum > max) return;
    }
  } else if (const auto* map = value.if_object()) {
    for (const auto& [key, item] : *map) {
      sum += key.size();
      add_weight(item, max, sum);
      if (sum > max) return;
    }
  }
}

void append_json(std::string& out, const Value& value, std::size_t max) {
  if (out.size() > max) return;
  if (value.is_null()) {
    out += "null";
  } else if (const bool* boolean = value.if_bool()) {
    out += *boolean ? "true" : "false";
  } else if (const auto* string = value.if_string()) {
    out += json::write_text(std::string_view(*string));
  } else if (const auto* list = value.if_array()) {
    out += '[';
    for (const Value& item : *list) {
      if (&item != list->data()) out += ',';
      append_json(out, item, max);
      if (out.size() > max) return;
    }
    out += ']';
  } else if (const auto* map = value.if_object()) {
    out += '{';
    for (const auto& member : *map) {
      if (&member != &*map->begin()) out += ',';
      out += json::write_text(std::string_view(member.key()));
      out += ':';
      append_json(out, member.value(), max);
      if (out.size() > max) return;
    }
    out += '}';
  } else {
    // JSON has no words for infinity and NaN, which YAML has.
    out += value.is_double() && !std::isfinite(value.get_double()) ? "null" : number_text(value);
  }
}

}  // namespace

std::string_view kind_name(const Value& value) {
  switch (value.kind()) {
    case boost::json::kind::null:
      return "null";
    case boost::json::kind::bool_:
      return "boolean";
    case boost::json::kind::int64:
    case boost::json::kind::uint64:
    case boost::json::kind::double_:
      return "number";
    case boost::json::kind::string:
      return "string";
    case boost::json::kind::array:
      return "list";
    case boost::json::kind::object:
      return "map";
  }
  return "null";
}

bool equal(const Value& a, const Value& b) {
  if (a.is_number() && b.is_number()) return compare_numbers(a, b) == 0;
  if (a.kind() != b.kind()) return false;
  if (a.is_bool()) return a.get_bool() == b.get_bool();
  if (a.is_string()) return a.get_string() == b.get_string();
  if (a.is_array()) return std::ranges::equal(a.get_array(), b.get_array(), equal);
  if (!a.is_object()) return true;  // null
  if (a.get_object().size() != b.get_object().size()) return false;
  return std::ranges::all_of(a.get_object(), [&](const auto& member) {
    const Value* other = b.get_object().if_contains(member.key());
    return other != nullptr && equal(member.value(), *other);
  });
}

std::strong_ordering compare_numbers(const Value& a, const Value& b) {
  if (a.is_double() && b.is_double()) return compare_doubles(a.get_double(), b.get_double());
  if (b.is_double()) return compare_whole_with(wide(a), b.get_double());
  if (a.is_double()) return 0 <=> compare_whole_with(wide(b), a.get_double());
  return order(wide(a), wide(b));
}

std::size_t weight(const Value& value, std::size_t max) {
  std::size_t sum = 0;
  add_weight(value, max, sum);
  return sum;
}

std::string number_text(const Value& number) {
  if (number.is_int64()) return fmt::format("{}", number.get_int64());
  if (number.is_uint64()) return fmt::format("{}", number.get_uint64());
  const double value = number.get_double();
  if (std::trunc(value) == value && std::abs(value) < two_to_63)
    return fmt::format("{}", static_cast<std::int64_t>(value));
  return fmt::format("{}", value);
}

std::string json_text(const Value& value, std::size_t max) {
  std::string out;
  append_json(out, value, max);
  return out;
}

}  // namespace open_cicd::expressions
