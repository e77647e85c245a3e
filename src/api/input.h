// What a route takes, as a described struct: each member's type says where its value stands and what it may be.
// Reading, the field errors and the OpenAPI document come from the same struct.
//
//   struct ListJobs {
//     Query<std::optional<jobs::JobState>> state;
//     Query<Whole<1, 200>, 50> limit;                     // 50 when it is absent
//     Header<std::optional<Text<1, 200>>> idempotency_key;  // "Idempotency-Key"
//   };
//   BOOST_DESCRIBE_STRUCT(ListJobs, (), (state, limit, idempotency_key))
//
// Texts point into the request, which lives until the handler returns: reading allocates nothing. A path segment that
// should be an id and is none is a thing that does not exist (404); every other wrong value, a name in a path too, is
// 422 with the field's name. A query
// parameter that the struct does not have, or that stands twice, is refused: a misspelt filter must not list
// everything.
#pragma once

#include "base/error.h"
#include "base/id.h"
#include "base/json_rules.h"
#include "http/message.h"

#include <boost/describe.hpp>
#include <boost/mp11/algorithm.hpp>

#include <array>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace open_cicd::api {

enum class Source : std::uint8_t { path, query, header, body };

template <Source source, class T, auto... Default>
struct Input {
  static constexpr Source from = source;
  static constexpr bool has_default = sizeof...(Default) > 0;
  using Value = T;
  T value = T(Default...);
  const T& operator*() const { return value; }
  const T* operator->() const { return &value; }
};
template <class Id>
using Path = Input<Source::path, Id>;
template <class T, auto... Default>
using Query = Input<Source::query, T, Default...>;
template <class T>
using Header = Input<Source::header, T>;
template <class T>
using Body = Input<Source::body, T>;

inline constexpr std::int64_t whole_max = std::numeric_limits<std::int64_t>::max();

// A whole number from Min to Max.
template <std::int64_t Min, std::int64_t Max>
struct Whole {
  static constexpr std::int64_t min = Min, max = Max;
  std::int64_t number = Min;
  constexpr Whole() = default;
  constexpr explicit Whole(std::int64_t n) : number(n) {}
  constexpr operator std::int64_t() const { return number; }
};

// From Min to Max characters of UTF-8.
template <std::size_t Min, std::size_t Max>
struct Text {
  static constexpr std::size_t min = Min, max = Max;
  std::string_view text;
};

// "1" or "true", "0" or "false".
struct Flag {
  bool on = false;
};
inline constexpr std::array<std::string_view, 4> flag_words{"1", "true", "0", "false"};

// From Min to Max characters of one form.
template <const json::Form& TheForm, std::size_t Min, std::size_t Max>
struct Formed {
  static constexpr std::size_t min = Min, max = Max;
  std::string_view text;
};

struct Crc32c {
  std::uint32_t sum = 0;
};

// A repository's id or its full name.
using RepositoryWord = Text<1, 600>;

// A query parameter that may stand any number of times.
struct Repeated {
  std::vector<std::string> values;
};
// Query parameters of one prefix, by what follows it: of a member `input`, "input.name=value".
struct Prefixed {
  std::map<std::string, std::string> by_name;
};

// A body of JSON that is read into T; another type is 415, unknown members are 422.
template <class T>
struct Json {
  T document;
};

// The words of an enumeration that a parameter may be; specialised beside its use.
template <class Enum>
struct Words;  // static constexpr std::array<std::string_view, N> all; static std::optional<Enum>
               // parse(std::string_view);

namespace detail {

// Each says nothing, or what the value must be.
using Wrong = std::optional<std::string>;
Wrong read_whole(std::string_view text, std::int64_t min, std::int64_t max, std::int64_t& to);
Wrong read_text(std::string_view text, std::size_t min, std::size_t max, std::string_view& to);
Wrong read_flag(std::string_view text, bool& to);
Wrong read_crc32c(std::string_view text, std::uint32_t& to);

template <std::int64_t Min, std::int64_t Max>
Wrong read_value(std::string_view text, Whole<Min, Max>& to) {
  return read_whole(text, Min, Max, to.number);
}
template <std::size_t Min, std::size_t Max>
Wrong read_value(std::string_view text, Text<Min, Max>& to) {
  return read_text(text, Min, Max, to.text);
}
template <const json::Form& TheForm, std::size_t Min, std::size_t Max>
Wrong read_value(std::string_view text, Formed<TheForm, Min, Max>& to) {
  if (Wrong wrong = read_text(text, Min, Max, to.text)) return wrong;
  return TheForm.fits(text) ? std::nullopt : Wrong(TheForm.must);
}
inline Wrong read_value(std::string_view text, std::string_view& to) {  // whatever it is
  to = text;
  return std::nullopt;
}
inline Wrong read_value(std::string_view text, Flag& to) {
  return read_flag(text, to.on);
}
inline Wrong read_value(std::string_view text, Crc32c& to) {
  return read_crc32c(text, to.sum);
}
template <class Enum>
  requires std::is_enum_v<Enum>
Wrong read_value(std::string_view text, Enum& to) {
  const std::optional<Enum> known = Words<Enum>::parse(text);
  if (!known) return json::must_be_one_of(Words<Enum>::all);
  to = *known;
  return std::nullopt;
}

// "idempotency_key" → "Idempotency-Key"
template <std::size_t N>
struct HeaderName {
  std::array<char, N> name{};
  constexpr explicit HeaderName(const char* member) {
    bool first = true;
    for (std::size_t i = 0; i < N; ++i) {
      const char c = member[i];
      name[i] = c == '_' ? '-' : first && c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
      first = c == '_';
    }
  }
  constexpr operator std::string_view() const { return {name.data(), N}; }
};
template <class Member>
inline constexpr HeaderName<std::char_traits<char>::length(Member::name)> header_name{Member::name};

template <Source source, class T, auto... Default>
void read_one(std::optional<std::string_view> text, std::string_view name, Input<source, T, Default...>& to,
              std::vector<FieldError>& errors) {
  if (!text) {
    if constexpr (!json::detail::is_optional<T>::value && sizeof...(Default) == 0)
      errors.push_back(
          {std::string(name), source == Source::query ? "is required in the query" : "is required as a header"});
    return;
  }
  Wrong wrong;
  if constexpr (json::detail::is_optional<T>::value)
    wrong = read_value(*text, to.value.emplace());
  else
    wrong = read_value(*text, to.value);
  if (wrong) errors.push_back({std::string(name), std::move(*wrong)});
}

struct QueryName {
  std::string_view name;
  bool repeats = false;
  bool is_prefix = false;  // "input" is of every "input.…"
};
// Every parameter must be one of `names`, and stand once unless it repeats.
void check_query(const http::Request& request, std::span<const QueryName> names, std::vector<FieldError>& errors);
void read_repeated(const http::Request& request, std::string_view name, Repeated& to);
void read_prefixed(const http::Request& request, std::string_view name, Prefixed& to);

template <class T>
inline constexpr bool stands_often = std::is_same_v<T, Repeated> || std::is_same_v<T, Prefixed>;

template <class Request>
using MembersOf = boost::describe::describe_members<Request, boost::describe::mod_public>;
template <class Request, class Member>
using InputOf = std::remove_cvref_t<decltype(std::declval<Request&>().*Member::pointer)>;

// A member whose parameter's name is a word of C++ has an underscore at its end.
constexpr std::string_view query_name(std::string_view member) {
  return member.ends_with('_') ? member.substr(0, member.size() - 1) : member;
}

template <class Request>
constexpr auto query_names() {
  constexpr std::size_t count = [] {
    std::size_t n = 0;
    boost::mp11::mp_for_each<MembersOf<Request>>(
        [&](auto member) { n += InputOf<Request, decltype(member)>::from == Source::query; });
    return n;
  }();
  std::array<QueryName, count> names{};
  std::size_t i = 0;
  boost::mp11::mp_for_each<MembersOf<Request>>([&](auto member) {
    using In = InputOf<Request, decltype(member)>;
    if constexpr (In::from == Source::query)
      names[i++] = {query_name(member.name), std::is_same_v<typename In::Value, Repeated>,
                    std::is_same_v<typename In::Value, Prefixed>};
  });
  return names;
}
template <class Request>
inline constexpr auto query_names_of = query_names<Request>();

// Errors: unsupported_media, malformed_json. As JSON Schema has it, a number without a fraction is whole, however it is
// written: 488.0 is 488.
Result<boost::json::value> parse_json(const http::Request& request);

template <class T>
Result<void> read_body(http::Request& request, Json<T>& to) {
  const Result<boost::json::value> value = parse_json(request);
  if (!value) return std::unexpected(value.error());
  Result<T> document = json::read<T>(*value, json::Unknown::reject);
  if (!document) return std::unexpected(std::move(document.error()));
  if (Result<void> fine = json::check_rules(*document); !fine) return fine;
  to.document = std::move(*document);
  return {};
}

template <class T>
inline constexpr bool is_id = false;
template <class Tag>
inline constexpr bool is_id<Id<Tag>> = true;

template <Source source, class Id>
Result<void> read_path(const http::Request& request, std::size_t index, std::string_view what, Input<source, Id>& to) {
  const std::string& text = request.captures.at(index);
  const std::optional<Id> id = Id::parse(text);
  if (!id) return not_found(what, text);
  to.value = *id;
  return {};
}

}  // namespace detail

// What the ids of a path are called where they do not exist.
template <class Id>
inline constexpr std::string_view id_word = "thing";
template <>
inline constexpr std::string_view id_word<JobId> = "job";
template <>
inline constexpr std::string_view id_word<RunId> = "run";
template <>
inline constexpr std::string_view id_word<AgentId> = "agent";
template <>
inline constexpr std::string_view id_word<RepositoryId> = "repository";
template <>
inline constexpr std::string_view id_word<DeliveryId> = "delivery";

// Path first, then all parameters at once, then the body. A body type beside Json has a `read_body` of its own.
template <class Request>
Result<void> read_request(http::Request& from, Request& to) {
  using namespace detail;
  std::vector<FieldError> errors;
  std::optional<Error> refused;
  std::size_t capture = 0;
  if (!from.query.empty()) check_query(from, query_names_of<Request>, errors);
  boost::mp11::mp_for_each<MembersOf<Request>>([&](auto member) {
    auto& input = to.*member.pointer;
    using In = std::remove_reference_t<decltype(input)>;
    if constexpr (In::from == Source::path && !is_id<typename In::Value>) {
      read_one(from.captures.at(capture++), member.name, input, errors);
    } else if constexpr (In::from == Source::path) {
      auto read = read_path(from, capture++, id_word<typename In::Value>, input);
      if (!read && !refused) refused = std::move(read.error());
    } else if constexpr (std::is_same_v<typename In::Value, Repeated>) {
      read_repeated(from, member.name, input.value);
    } else if constexpr (std::is_same_v<typename In::Value, Prefixed>) {
      read_prefixed(from, member.name, input.value);
    } else if constexpr (In::from == Source::query) {
      constexpr std::string_view name = query_name(member.name);
      read_one(from.query.empty() ? std::nullopt : from.query_value(name), name, input, errors);
    } else if constexpr (In::from == Source::header) {
      constexpr std::string_view name = header_name<decltype(member)>;
      read_one(from.header(name), name, input, errors);
    }
  });
  if (refused) return std::unexpected(std::move(*refused));
  if (!errors.empty()) return invalid_fields(std::move(errors));
  boost::mp11::mp_for_each<MembersOf<Request>>([&](auto member) {
    auto& input = to.*member.pointer;
    if constexpr (std::remove_reference_t<decltype(input)>::from == Source::body) {
      auto read = read_body(from, input.value);
      if (!read) refused = std::move(read.error());
    }
  });
  if (refused) return std::unexpected(std::move(*refused));
  return {};
}

bool has_media_type(const http::Request& request, std::string_view type);
inline constexpr std::array<std::string_view, 4> yaml_types{"application/yaml", "application/x-yaml", "text/yaml",
                                                            "text/x-yaml"};
bool has_yaml_type(const http::Request& request);

}  // namespace open_cicd::api
