#include "pipelines/scalar.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

namespace open_cicd::pipelines {
namespace {

bool is_any_of(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::ranges::find(words, text) != words.end();
}

std::size_t digits_at(std::string_view text, std::size_t from) {
  std::size_t at = from;
  while (at < text.size() && text[at] >= '0' && text[at] <= '9') ++at;
  return at - from;
}

bool is_signed(std::string_view text) {
  return text.starts_with('-') || text.starts_with('+');
}

// [-+]? [0-9]+ | 0o [0-7]+ | 0x [0-9a-fA-F]+. A value beyond 64 bits is left to be a number.
std::optional<std::int64_t> parse_integer(std::string_view text) {
  int base = 10;
  const bool plus = text.starts_with('+');
  if (text.starts_with("0o"))
    base = 8;
  else if (text.starts_with("0x"))
    base = 16;
  if (base != 10) {
    text.remove_prefix(2);
  } else if (text.starts_with('+')) {
    text.remove_prefix(1);
  }
  // from_chars takes a '-', which may stand alone before decimal digits only.
  const bool negative = base == 10 && text.starts_with('-') && !plus;
  if (text.empty() || (text.starts_with('-') && !negative)) return std::nullopt;
  std::int64_t value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (failure != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?
bool is_number(std::string_view text) {
  std::size_t at = is_signed(text) ? 1 : 0;
  const std::size_t whole = digits_at(text, at);
  at += whole;
  if (at < text.size() && text[at] == '.') {
    const std::size_t fraction = digits_at(text, at + 1);
    if (whole == 0 && fraction == 0) return false;
    at += 1 + fraction;
  } else if (whole == 0) {
    return false;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
    const std::size_t exponent = digits_at(text, at);
    if (exponent == 0) return false;
    at += exponent;
  }
  return at == text.size();
}

std::optional<double> parse_number(std::string_view text) {
  const bool negative = text.starts_with('-');
  const std::string_view bare = is_signed(text) ? text.substr(1) : text;
  if (is_any_of(bare, {".inf", ".Inf", ".INF"}))
    return negative ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::infinity();
  if (is_any_of(text, {".nan", ".NaN", ".NAN"})) return std::numeric_limits<double>::quiet_NaN();
  if (!is_number(text)) return std::nullopt;
  double value = 0;
  const auto parsed = std::from_chars(bare.data(), bare.data() + bare.size(), value);
  if (parsed.ec == std::errc::result_out_of_range) value = std::numeric_limits<double>::infinity();
  return negative ? -value : value;
}

bool as_null(Node& node) {
  if (!is_any_of(node.text, {"", "~", "null", "Null", "NULL"})) return false;
  node.kind = Node::Kind::null;
  return true;
}

bool as_boolean(Node& node) {
  node.boolean = is_any_of(node.text, {"true", "True", "TRUE"});
  if (!node.boolean && !is_any_of(node.text, {"false", "False", "FALSE"})) return false;
  node.kind = Node::Kind::boolean;
  return true;
}

bool as_integer(Node& node) {
  const auto value = parse_integer(node.text);
  if (!value) return false;
  node.kind = Node::Kind::integer;
  node.integer = *value;
  node.number = static_cast<double>(*value);
  return true;
}

bool as_number(Node& node) {
  const auto value = parse_number(node.text);
  if (!value) return false;
  node.kind = Node::Kind::number;
  node.number = *value;
  return true;
}

}  // namespace

void resolve_core_scalar(Node& node) {
  if (!as_null(node) && !as_boolean(node) && !as_integer(node) && !as_number(node)) node.kind = Node::Kind::string;
}

bool resolve_tagged_scalar(Node& node, std::string_view tag) {
  if (tag == "null") return as_null(node);
  if (tag == "bool") return as_boolean(node);
  if (tag == "int") return as_integer(node);
  if (tag == "float") return as_number(node);
  node.kind = Node::Kind::string;
  return tag == "str";
}

}  // namespace open_cicd::pipelines
