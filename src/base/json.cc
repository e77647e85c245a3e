#include "base/json.h"

#include "base/text.h"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_stack.hpp>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <set>

namespace open_cicd::json {
namespace {

constexpr std::size_t depth_max = 64;

// Boost.JSON's parser keeps the last of duplicate keys; two readers that disagree about which one counts are an attack,
// so refuse them. An object's size tells: the value stack drops duplicates, so fewer members than keys were seen.
class StrictHandler {
 public:
  static constexpr std::size_t max_object_size = std::size_t(-1), max_array_size = std::size_t(-1),
                               max_key_size = std::size_t(-1), max_string_size = std::size_t(-1);
  bool on_document_begin(boost::system::error_code&) { return true; }
  bool on_document_end(boost::system::error_code&) { return true; }
  bool on_object_begin(boost::system::error_code&) {
    keys_.emplace_back();
    return true;
  }
  bool on_object_end(std::size_t, boost::system::error_code&) {
    keys_.pop_back();
    return true;
  }
  bool on_array_begin(boost::system::error_code&) { return true; }
  bool on_array_end(std::size_t, boost::system::error_code&) { return true; }
  bool on_key_part(std::string_view s, std::size_t, boost::system::error_code&) {
    key_ += s;
    return true;
  }
  bool on_key(std::string_view s, std::size_t, boost::system::error_code& ec) {
    key_ += s;
    if (!keys_.back().insert(key_).second) {
      duplicate = key_;
      ec = boost::json::make_error_code(boost::json::error::syntax);
      return false;
    }
    key_.clear();
    return true;
  }
  bool on_string_part(std::string_view, std::size_t, boost::system::error_code&) { return true; }
  bool on_string(std::string_view, std::size_t, boost::system::error_code&) { return true; }
  bool on_number_part(std::string_view, boost::system::error_code&) { return true; }
  bool on_int64(std::int64_t, std::string_view, boost::system::error_code&) { return true; }
  bool on_uint64(std::uint64_t, std::string_view, boost::system::error_code&) { return true; }
  // Infinity has no form in JSON: what was taken could not be written again.
  bool on_double(double number, std::string_view, boost::system::error_code& ec) {
    if (!std::isfinite(number)) ec = boost::json::make_error_code(boost::json::error::exponent_overflow);
    return !ec;
  }
  bool on_bool(bool, boost::system::error_code&) { return true; }
  bool on_null(boost::system::error_code&) { return true; }
  bool on_comment_part(std::string_view, boost::system::error_code&) { return true; }
  bool on_comment(std::string_view, boost::system::error_code&) { return true; }

  std::string duplicate;

 private:
  std::vector<std::set<std::string, std::less<>>> keys_;
  std::string key_;
};

std::string_view kind_name(const bj::value& value) {
  switch (value.kind()) {
    case bj::kind::null:
      return "null";
    case bj::kind::bool_:
      return "true or false";
    case bj::kind::int64:
    case bj::kind::uint64:
    case bj::kind::double_:
      return "a number";
    case bj::kind::string:
      return "a string";
    case bj::kind::array:
      return "a list";
    case bj::kind::object:
      return "an object";
  }
  return "something else";
}

// The characters that JSON escapes; 0 for the others, 'u' for those that have no short form.
constexpr std::array<char, 256> escapes = [] {
  std::array<char, 256> table{};
  for (int c = 0; c < 0x20; ++c) table[c] = 'u';
  table['\b'] = 'b';
  table['\f'] = 'f';
  table['\n'] = 'n';
  table['\r'] = 'r';
  table['\t'] = 't';
  table['"'] = '"';
  table['\\'] = '\\';
  return table;
}();

}  // namespace

Result<bj::value> parse(std::string_view text) {
  bj::parse_options options;
  options.max_depth = depth_max;
  bj::basic_parser<StrictHandler> checker(options);
  boost::system::error_code ec;
  checker.write_some(false, text.data(), text.size(), ec);
  if (!checker.handler().duplicate.empty())
    return fail(ErrorKind::malformed, "malformed_json",
                fmt::format("The key \"{:.100}\" stands twice in one JSON object.",
                            escape_for_line(checker.handler().duplicate)));
  bj::value value;
  if (!ec) value = bj::parse(text, ec, {}, options);
  if (ec)
    return fail(ErrorKind::malformed, "malformed_json", fmt::format("The body is not valid JSON: {}.", ec.message()));
  return value;
}

bj::value detail::parse_own(std::string_view text, bj::storage_ptr memory) {
  return bj::parse(text, std::move(memory));
}

std::string must_be_one_of(std::span<const std::string_view> words) {
  return fmt::format("must be {} or {}", fmt::join(words.first(words.size() - 1), ", "), words.back());
}

std::string detail::Place::path() const {
  const std::string before = outer ? outer->path() : std::string();
  if (is_item) return fmt::format("{}[{}]", before, index);
  return before.empty() ? std::string(name) : fmt::format("{}.{}", before, name);
}

void detail::mistyped(std::vector<FieldError>& errors, const Place& place, std::string_view expected,
                      const bj::value& found) {
  errors.push_back({place.path(), fmt::format("expected {}, found {}", expected, kind_name(found))});
}

std::string serialize(const bj::value& value) {
  std::string text = bj::serialize(value);
  return is_valid_utf8(text) ? text : to_valid_utf8(text);
}

void detail::append_string(std::string& out, std::string_view text) {
  std::string mended;
  if (!is_valid_utf8(text)) text = mended = to_valid_utf8(text);
  out += '"';
  while (!text.empty()) {
    const auto plain = std::ranges::find_if(text, [](unsigned char c) { return escapes[c] != 0; });
    out.append(text.begin(), plain);
    text.remove_prefix(plain - text.begin());
    if (text.empty()) break;
    const auto c = static_cast<unsigned char>(text.front());
    if (escapes[c] == 'u')
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", c);
    else
      out.append({'\\', escapes[c]});
    text.remove_prefix(1);
  }
  out += '"';
}

void detail::append_value(std::string& out, const bj::value& value) {
  out += json::serialize(value);
}

}  // namespace open_cicd::json
