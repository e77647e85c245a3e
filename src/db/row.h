// Rows read by name into described structs (BOOST_DESCRIBE_STRUCT), as JSON is: a column that moves in a SELECT breaks
// nothing. Each public member is a column of the same name.
//
// Types of members: integers, bool (0 or 1), std::string, Bytes, std::optional<T> (NULL is none), Id<Tag>, an enum with
// `bool parse_name(std::string_view, E&)` beside it, and lists, maps and described structs, which are JSON text.
#pragma once

#include "base/id.h"
#include "base/json.h"
#include "db/db.h"

#include <boost/describe.hpp>
#include <boost/mp11/algorithm.hpp>

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace open_cicd::db {

namespace detail {

template <class T>
struct is_id : std::false_type {};
template <class Tag>
struct is_id<Id<Tag>> : std::true_type {};

[[noreturn]] void bad_cell(std::string_view column, std::string_view expected);

template <class T>
const T& alternative(const Value& cell, std::string_view column, std::string_view expected) {
  const T* value = std::get_if<T>(&cell);
  if (value == nullptr) bad_cell(column, expected);
  return *value;
}

template <class T>
T read_cell(const Value& cell, std::string_view column) {
  if constexpr (json::detail::is_optional<T>::value) {
    if (std::holds_alternative<std::monostate>(cell)) return std::nullopt;
    return read_cell<typename T::value_type>(cell, column);
  } else if constexpr (std::is_same_v<T, bool>) {
    return alternative<std::int64_t>(cell, column, "0 or 1") == 1;
  } else if constexpr (std::is_integral_v<T>) {
    return static_cast<T>(alternative<std::int64_t>(cell, column, "a number"));
  } else if constexpr (std::is_same_v<T, Bytes>) {
    return alternative<Bytes>(cell, column, "bytes");
  } else {
    const std::string& text = alternative<std::string>(cell, column, "a text");
    if constexpr (std::is_same_v<T, std::string>) {
      return text;
    } else if constexpr (is_id<T>::value) {
      auto id = T::parse(text);
      if (!id) bad_cell(column, "an id");
      return *id;
    } else if constexpr (std::is_enum_v<T>) {
      T value{};
      if (!parse_name(text, value)) bad_cell(column, "the name of a state");
      return value;
    } else {
      return json::read_own<T>(text);
    }
  }
}

}  // namespace detail

// Reads the rows of one statement; its names are looked up once, by the constructor. `prefix` is what the columns of T
// begin with, where a join has those of two structs ("attempt_"). The rows outlive this.
template <class T>
class Reader {
 public:
  explicit Reader(const Rows& rows, std::string_view prefix = {}) : rows_(rows), prefix_(prefix) {
    if (rows.empty()) return;
    std::size_t member_index = 0, hint = 0;
    boost::mp11::mp_for_each<Members>([&](auto member) {
      hint = rows.column(prefix_, member.name, hint) + 1;
      columns_[member_index++] = hint - 1;
    });
  }

  T operator[](std::size_t row) const {
    T value{};
    std::size_t member_index = 0;
    boost::mp11::mp_for_each<Members>([&](auto member) {
      using M = std::remove_cvref_t<decltype(value.*member.pointer)>;
      value.*member.pointer = detail::read_cell<M>(rows_.at(row, columns_[member_index++]), member.name);
    });
    return value;
  }

 private:
  using Members = boost::describe::describe_members<T, boost::describe::mod_public>;
  const Rows& rows_;
  std::string_view prefix_;
  std::array<std::size_t, boost::mp11::mp_size<Members>::value> columns_{};
};

namespace detail {

template <class T>
Value write_cell(const T& member) {
  if constexpr (json::detail::is_optional<T>::value)
    return or_null(member);
  else if constexpr (std::is_integral_v<T>)
    return static_cast<std::int64_t>(member);
  else
    return member;
}

}  // namespace detail

// The members of a described struct as $1, $2, …, in their order: integers, texts, and optional ones.
template <class T>
Params params_of(const T& row) {
  Params params;
  boost::mp11::mp_for_each<boost::describe::describe_members<T, boost::describe::mod_public>>(
      [&](auto member) { params.push_back(detail::write_cell(row.*member.pointer)); });
  return params;
}

// One column of a row, beside a struct or where there is no struct.
template <class T>
T read_column(const Rows& rows, std::size_t row, std::string_view name) {
  return detail::read_cell<T>(rows.at(row, rows.column({}, name, 0)), name);
}

// The first row; nothing if there is none.
template <class T>
std::optional<T> read_first(const Rows& rows) {
  if (rows.empty()) return std::nullopt;
  return Reader<T>(rows)[0];
}

template <class T>
std::vector<T> read_all(const Rows& rows) {
  const Reader<T> reader(rows);
  std::vector<T> all;
  all.reserve(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) all.push_back(reader[i]);
  return all;
}

}  // namespace open_cicd::db
