// JSON for described structs (BOOST_DESCRIBE_STRUCT): a strict reader that names each failing field, and a writer.
//
// Reading. Members that are std::optional may be absent or null; all others are required unless the struct gives
// defaults and lists them in `static constexpr auto json_optional = std::array<std::string_view, N>{…}`. A member named
// `ext` of type boost::json::value takes anything. Unknown members are errors (requests) or ignored (replies of a newer
// peer), by `Unknown`. Supported members: bool, integers (range-checked), double, std::string, std::optional<T>,
// std::vector<T>, std::map<std::string, T>, boost::json::value, boost::json::object, other described structs.
#pragma once

#include "base/error.h"

#include <boost/describe.hpp>
#include <boost/json/value.hpp>
#include <boost/mp11/algorithm.hpp>
#include <fmt/format.h>

#include <array>
#include <concepts>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace open_cicd::json {

namespace bj = boost::json;

enum class Unknown : unsigned char { reject, ignore };

// Depth at most 64, duplicate keys refused, invalid UTF-8 refused. Error: ErrorKind::malformed, code "malformed_json".
Result<bj::value> parse(std::string_view text);

template <class T>
concept Described = boost::describe::has_describe_members<T>::value && !std::is_union_v<T>;

namespace detail {

template <class T>
struct is_optional : std::false_type {};
template <class T>
struct is_optional<std::optional<T>> : std::true_type {};
template <class T>
struct is_vector : std::false_type {};
template <class T>
struct is_vector<std::vector<T>> : std::true_type {};
template <class T>
struct is_map : std::false_type {};
template <class T>
struct is_map<std::map<std::string, T>> : std::true_type {};

std::string_view kind_name(const bj::value&);  // "a string", "a list", …

inline void mistyped(std::vector<FieldError>& errors, const std::string& path, std::string_view expected,
                     const bj::value& found) {
  errors.push_back({path, fmt::format("expected {}, found {}", expected, kind_name(found))});
}
inline std::string member_path(const std::string& path, std::string_view name) {
  return path.empty() ? std::string(name) : fmt::format("{}.{}", path, name);
}

template <class T>
constexpr bool is_listed_optional(std::string_view name) {
  if constexpr (requires { T::json_optional; }) {
    for (const std::string_view listed : T::json_optional)
      if (listed == name) return true;
  }
  return false;
}

}  // namespace detail

// Reads `from` into `to`; adds what is wrong to `errors` and goes on, so that all errors are reported at once.
template <class T>
void read_into(const bj::value& from, T& to, const std::string& path, Unknown unknown,
               std::vector<FieldError>& errors) {
  using namespace detail;
  if constexpr (std::is_same_v<T, bj::value>) {
    to = from;
  } else if constexpr (std::is_same_v<T, bj::object>) {
    if (from.is_object())
      to = from.get_object();
    else
      mistyped(errors, path, "an object", from);
  } else if constexpr (std::is_same_v<T, bool>) {
    if (from.is_bool())
      to = from.get_bool();
    else
      mistyped(errors, path, "true or false", from);
  } else if constexpr (std::is_integral_v<T>) {
    boost::system::error_code ec;
    const T number = from.is_number() && !from.is_double() ? from.to_number<T>(ec) : T{};
    if (!from.is_number() || from.is_double())
      mistyped(errors, path, "a whole number", from);
    else if (ec)
      errors.push_back({path, fmt::format("must be between {} and {}", std::numeric_limits<T>::min(),
                                          std::numeric_limits<T>::max())});
    else
      to = number;
  } else if constexpr (std::is_floating_point_v<T>) {
    if (from.is_number())
      to = from.to_number<T>();
    else
      mistyped(errors, path, "a number", from);
  } else if constexpr (std::is_same_v<T, std::string>) {
    if (from.is_string())
      to = std::string(from.get_string());
    else
      mistyped(errors, path, "a string", from);
  } else if constexpr (is_optional<T>::value) {
    if (from.is_null())
      to.reset();
    else
      read_into(from, to.emplace(), path, unknown, errors);
  } else if constexpr (is_vector<T>::value) {
    if (!from.is_array()) return mistyped(errors, path, "a list", from);
    to.clear();
    for (const bj::value& item : from.get_array()) {
      const std::string item_path = fmt::format("{}[{}]", path, to.size());
      read_into(item, to.emplace_back(), item_path, unknown, errors);
    }
  } else if constexpr (is_map<T>::value) {
    if (!from.is_object()) return mistyped(errors, path, "an object", from);
    for (const auto& [key, item] : from.get_object()) {
      read_into(item, to[std::string(key)], member_path(path, key), unknown, errors);
    }
  } else {
    static_assert(Described<T>, "json::read_into: the type is not described");
    if (!from.is_object()) return mistyped(errors, path, "an object", from);
    const bj::object& object = from.get_object();
    using Members = boost::describe::describe_members<T, boost::describe::mod_public>;
    boost::mp11::mp_for_each<Members>([&](auto member) {
      using M = std::remove_cvref_t<decltype(to.*member.pointer)>;
      const bj::value* found = object.if_contains(member.name);
      if (found != nullptr)
        read_into(*found, to.*member.pointer, member_path(path, member.name), unknown, errors);
      else if (!is_optional<M>::value && !is_listed_optional<T>(member.name))
        errors.push_back({member_path(path, member.name), "is required"});
    });
    if (unknown == Unknown::ignore) return;
    for (const auto& [key, item] : object) {
      bool known = key == "ext";
      boost::mp11::mp_for_each<Members>([&](auto member) { known = known || key == member.name; });
      if (!known) errors.push_back({member_path(path, key), "is not a known field"});
    }
  }
}

template <class T>
Result<T> read(const bj::value& from, Unknown unknown) {
  T to{};
  std::vector<FieldError> errors;
  read_into(from, to, "", unknown, errors);
  if (!errors.empty()) return invalid_fields(std::move(errors));
  return to;
}

// Parses and reads a request or reply body. Errors: malformed_json, or ErrorKind::invalid with every wrong field.
template <class T>
Result<T> read_text(std::string_view text, Unknown unknown) {
  Result<bj::value> value = parse(text);
  if (!value) return std::unexpected(std::move(value.error()));
  return read<T>(*value, unknown);
}

// Absent optionals are left out.
template <class T>
bj::value write(const T& from) {
  using namespace detail;
  if constexpr (is_optional<T>::value) {
    return from ? write(*from) : bj::value(nullptr);
  } else if constexpr (is_vector<T>::value) {
    bj::array array;
    array.reserve(from.size());
    for (const auto& item : from) array.push_back(write(item));
    return array;
  } else if constexpr (is_map<T>::value) {
    bj::object object;
    for (const auto& [key, item] : from) object.emplace(key, write(item));
    return object;
  } else if constexpr (Described<T>) {
    bj::object object;
    boost::mp11::mp_for_each<boost::describe::describe_members<T, boost::describe::mod_public>>([&](auto member) {
      const auto& value = from.*member.pointer;
      if constexpr (is_optional<std::remove_cvref_t<decltype(value)>>::value) {
        if (!value) return;
      }
      object.emplace(member.name, write(value));
    });
    return object;
  } else {
    return bj::value(from);
  }
}

std::string serialize(const bj::value&);  // invalid UTF-8 in strings becomes U+FFFD
template <class T>
std::string write_text(const T& from) {
  return json::serialize(write(from));
}

}  // namespace open_cicd::json
