// JSON for described structs (BOOST_DESCRIBE_STRUCT): a strict reader that names each failing field, and a writer.
//
// Reading. Members that are std::optional may be absent or null; all others are required unless the struct gives
// defaults and lists them in `static constexpr auto json_optional = std::array<std::string_view, N>{…}`. A member named
// `ext` of type boost::json::value takes anything. Unknown members are errors (requests) or ignored (replies of a newer
// peer), by `Unknown`. Supported members: bool, integers (range-checked), double, std::string, std::optional<T>,
// std::vector<T>, std::map<std::string, T>, boost::json::value, boost::json::object, other described structs; and enums
// that have `name_of(E)` and `bool parse_name(std::string_view, E&)` beside them, with a rule of the struct (RulesOf)
// that says which of the names the member may have.
//
// Writing. The same members, straight into text; a member that is json::Text is JSON already.
#pragma once

#include "base/error.h"

#include <boost/describe.hpp>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/value.hpp>
#include <boost/mp11/algorithm.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <concepts>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace open_cicd::json {

namespace bj = boost::json;

enum class Unknown : unsigned char { reject, ignore };

// Depth at most 64, duplicate keys refused, invalid UTF-8 refused. Error: ErrorKind::malformed, code "malformed_json".
Result<bj::value> parse(std::string_view text);

// The rules of a struct's members; see json_rules.h.
template <class T>
struct RulesOf {};

// JSON that is text already, such as a stored column: written as it stands, so it must be valid.
struct Text {
  std::string text = "null";
};

template <class T>
concept Described = boost::describe::has_describe_members<T>::value && !std::is_union_v<T>;

std::string must_be_one_of(std::span<const std::string_view> words);  // "must be a, b or c"

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

template <class T>
inline constexpr bool is_word = std::is_enum_v<T>;
template <class T>
inline constexpr bool is_word<std::optional<T>> = std::is_enum_v<T>;

bj::value parse_own(std::string_view text, bj::storage_ptr memory);

// Where a value stands in the document; becomes text only for an error.
struct Place {
  const Place* outer = nullptr;
  std::string_view name;  // of a member,
  std::size_t index = 0;  // or of a list's item
  bool is_item = false;
  std::string path() const;  // "steps[2].name"
};

void mistyped(std::vector<FieldError>& errors, const Place& place, std::string_view expected, const bj::value& found);

template <class T>
constexpr bool is_listed_optional(std::string_view name) {
  if constexpr (requires { T::json_optional; }) {
    for (const std::string_view listed : T::json_optional)
      if (listed == name) return true;
  }
  return false;
}

// What the rules of T let this member say.
template <class T>
constexpr std::span<const std::string_view> words_of(std::string_view member) {
  if constexpr (requires { RulesOf<T>::rules; }) {
    for (const auto& rule : RulesOf<T>::rules)
      if (rule.member == member) return rule.words;
  }
  return {};
}

template <class E>
void read_word(const bj::value& from, E& to, const Place& place, std::span<const std::string_view> words,
               std::vector<FieldError>& errors) {
  if constexpr (is_optional<E>::value) {
    if (from.is_null())
      to.reset();
    else
      read_word(from, to.emplace(), place, words, errors);
  } else {
    if (!from.is_string()) return mistyped(errors, place, "a string", from);
    const std::string_view text = from.get_string();
    if (std::ranges::find(words, text) == words.end() || !parse_name(text, to))
      errors.push_back({place.path(), must_be_one_of(words)});
  }
}

}  // namespace detail

// Reads `from` into `to`; adds what is wrong to `errors` and goes on, so that all errors are reported at once.
template <class T>
void read_into(const bj::value& from, T& to, const detail::Place& place, Unknown unknown,
               std::vector<FieldError>& errors) {
  using namespace detail;
  if constexpr (std::is_same_v<T, bj::value>) {
    to = from;
  } else if constexpr (std::is_same_v<T, bj::object>) {
    if (from.is_object())
      to = from.get_object();
    else
      mistyped(errors, place, "an object", from);
  } else if constexpr (std::is_same_v<T, bool>) {
    if (from.is_bool())
      to = from.get_bool();
    else
      mistyped(errors, place, "true or false", from);
  } else if constexpr (std::is_integral_v<T>) {
    boost::system::error_code ec;
    const T number = from.is_number() ? from.to_number<T>(ec) : T{};
    // JSON has one kind of number: 7.0 is as whole as 7.
    if (!from.is_number() || (from.is_double() && from.get_double() != std::trunc(from.get_double())))
      mistyped(errors, place, "a whole number", from);
    else if (ec)
      errors.push_back({place.path(), fmt::format("must be between {} and {}", std::numeric_limits<T>::min(),
                                                  std::numeric_limits<T>::max())});
    else
      to = number;
  } else if constexpr (std::is_floating_point_v<T>) {
    if (from.is_number())
      to = from.to_number<T>();
    else
      mistyped(errors, place, "a number", from);
  } else if constexpr (std::is_same_v<T, std::string>) {
    if (from.is_string())
      to = std::string(from.get_string());
    else
      mistyped(errors, place, "a string", from);
  } else if constexpr (is_optional<T>::value) {
    if (from.is_null())
      to.reset();
    else
      read_into(from, to.emplace(), place, unknown, errors);
  } else if constexpr (is_vector<T>::value) {
    if (!from.is_array()) return mistyped(errors, place, "a list", from);
    to.clear();
    for (const bj::value& item : from.get_array()) {
      const Place here{.outer = &place, .name = {}, .index = to.size(), .is_item = true};
      read_into(item, to.emplace_back(), here, unknown, errors);
    }
  } else if constexpr (is_map<T>::value) {
    if (!from.is_object()) return mistyped(errors, place, "an object", from);
    for (const auto& [key, item] : from.get_object()) {
      read_into(item, to[std::string(key)], Place{.outer = &place, .name = key}, unknown, errors);
    }
  } else {
    static_assert(Described<T>, "json::read_into: the type is not described");
    if (!from.is_object()) return mistyped(errors, place, "an object", from);
    const bj::object& object = from.get_object();
    using Members = boost::describe::describe_members<T, boost::describe::mod_public>;
    boost::mp11::mp_for_each<Members>([&](auto member) {
      using M = std::remove_cvref_t<decltype(to.*member.pointer)>;
      const bj::value* found = object.if_contains(member.name);
      const Place here{.outer = &place, .name = member.name};
      if constexpr (is_word<M>)
        static_assert(!words_of<T>(decltype(member)::name).empty(), "no rule in sight says what the enum may be");
      if (found != nullptr) {
        if constexpr (is_word<M>)
          read_word(*found, to.*member.pointer, here, words_of<T>(member.name), errors);
        else
          read_into(*found, to.*member.pointer, here, unknown, errors);
      } else if (!is_optional<M>::value && !is_listed_optional<T>(member.name)) {
        errors.push_back({here.path(), "is required"});
      }
    });
    if (unknown == Unknown::ignore) return;
    for (const auto& [key, item] : object) {
      bool known = key == "ext";
      boost::mp11::mp_for_each<Members>([&](auto member) { known = known || key == member.name; });
      if (!known) errors.push_back({Place{.outer = &place, .name = key}.path(), "is not a known field"});
    }
  }
}

template <class T>
Result<T> read(const bj::value& from, Unknown unknown) {
  T to{};
  std::vector<FieldError> errors;
  read_into(from, to, {}, unknown, errors);
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

// What this program wrote itself, such as a stored column; a peer's text goes through read_text. Throws
// std::runtime_error when it cannot be read.
template <class T>
T read_own(std::string_view text) {
  alignas(std::max_align_t) std::array<unsigned char, 4096> room;
  bj::monotonic_resource memory(room.data(), room.size());
  Result<T> own = read<T>(detail::parse_own(text, &memory), Unknown::ignore);
  if (!own) throw std::runtime_error(fmt::format("what was stored cannot be read: {}", own.error().message()));
  return std::move(*own);
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
  } else if constexpr (std::is_enum_v<T>) {
    return bj::value(name_of(from));
  } else {
    return bj::value(from);
  }
}

std::string serialize(const bj::value&);  // invalid UTF-8 in strings becomes U+FFFD

namespace detail {
void append_string(std::string& out, std::string_view text);
void append_value(std::string& out, const bj::value& value);

inline void close(std::string& out, char bracket) {  // what was written last may be an item and its comma
  if (out.back() == ',') out.pop_back();
  out += bracket;
}

template <class T>
void append_text(std::string& out, const T& from);

template <class T>
void append_member(std::string& out, std::string_view name, const T& value) {
  append_string(out, name);
  out += ':';
  append_text(out, value);
  out += ',';
}

template <class T>
void append_text(std::string& out, const T& from) {
  if constexpr (std::is_same_v<T, Text>) {
    out += from.text;
  } else if constexpr (std::is_same_v<T, bool>) {
    out += from ? "true" : "false";
  } else if constexpr (std::is_integral_v<T>) {
    out += fmt::format_int(from).c_str();
  } else if constexpr (std::is_convertible_v<const T&, std::string_view>) {
    append_string(out, from);
  } else if constexpr (is_optional<T>::value) {
    if (from)
      append_text(out, *from);
    else
      out += "null";
  } else if constexpr (is_vector<T>::value) {
    out += '[';
    for (const auto& item : from) {
      append_text(out, item);
      out += ',';
    }
    close(out, ']');
  } else if constexpr (is_map<T>::value) {
    out += '{';
    for (const auto& [key, item] : from) append_member(out, key, item);
    close(out, '}');
  } else if constexpr (Described<T>) {
    out += '{';
    boost::mp11::mp_for_each<boost::describe::describe_members<T, boost::describe::mod_public>>([&](auto member) {
      const auto& value = from.*member.pointer;
      if constexpr (is_optional<std::remove_cvref_t<decltype(value)>>::value) {
        if (!value) return;
      }
      append_member(out, member.name, value);
    });
    close(out, '}');
  } else if constexpr (std::is_enum_v<T>) {
    append_string(out, name_of(from));
  } else {
    append_value(out, bj::value(from));
  }
}
}  // namespace detail

template <class T>
std::string write_text(const T& from) {
  std::string text;
  detail::append_text(text, from);
  return text;
}

}  // namespace open_cicd::json
