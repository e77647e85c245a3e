// What an expression computes with: null, boolean, number, string, list, map. Strings are UTF-8 and compare by bytes.
#pragma once

#include <boost/json/value.hpp>

#include <compare>
#include <cstddef>
#include <string>
#include <string_view>

namespace open_cicd::expressions {

using Value = boost::json::value;

// "null", "boolean", "number", "string", "list", "map".
std::string_view kind_name(const Value& value);

// Without conversion: values of two kinds differ. Numbers compare as numbers: 1 == 1.0. Maps are equal whatever the
// order of their keys.
bool equal(const Value& a, const Value& b);
std::strong_ordering compare_numbers(const Value& a,
                                     const Value& b);  // both must be numbers; exact, whatever their kind

inline constexpr std::size_t weight_of_value = 16;
// What looking at a value costs: weight_of_value for each value in it, and the bytes of strings and keys.
// Stops counting above `max`.
std::size_t weight(const Value& value, std::size_t max);

std::string number_text(const Value& number);  // "1", "-0.5", "1e+30"; a whole number below 2^63 has digits alone
// The JSON of `value` with numbers as number_text writes them, and no spaces; stops when it is longer than `max`.
std::string json_text(const Value& value, std::size_t max);

}  // namespace open_cicd::expressions
