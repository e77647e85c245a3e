#include "expressions/lexer.h"

#include "base/one_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <optional>

namespace open_cicd::expressions {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool begins_name(char c) {
  const char lower = static_cast<char>(c | 0x20);
  return (lower >= 'a' && lower <= 'z') || c == '_';
}
bool continues_name(char c) {
  return begins_name(c) || is_digit(c) || c == '-';
}
bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

std::size_t digits(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::find_if_not(text, is_digit) - text.begin());
}

// The longer ones first.
constexpr auto signs =
    std::to_array<std::string_view>({"==", "!=", "<=", ">=", "&&", "||", "<", ">", "!", "(", ")", "[", "]", ".", ","});

struct Foreign {
  std::string_view text;  // that other languages have here
  std::string_view message;
  std::string_view hint;
};

constexpr std::string_view no_arithmetic = "there is no arithmetic in expressions";
constexpr std::string_view compute_in_step = "Compute it in a step, and read it as an output.";
constexpr std::string_view single_quotes = "Write 'text'; a quote in it is doubled: 'it''s'.";

constexpr auto foreign_signs = std::to_array<Foreign>({
    {"=~", "there is no operator =~", "Write matches(text, 'pattern')."},
    {"=", "a single = does not compare", "Write ==."},
    {"&", "a single & is no operator", "Write &&."},
    {"|", "a single | is no operator", "Write ||."},
    {"+", "there is no operator +", "Write format('{0}{1}', a, b), or join(list, ', ')."},
    {"-", no_arithmetic, compute_in_step},
    {"*", no_arithmetic, compute_in_step},
    {"/", no_arithmetic, compute_in_step},
    {"%", no_arithmetic, compute_in_step},
    {"?", "there is no operator ?",
     "Write default(value, fallback) where a value may be null; else use two steps with `if`."},
    {"\"", "strings stand in single quotes", single_quotes},
    {"\u2018", "strings stand in straight single quotes", single_quotes},
    {"\u2019", "strings stand in straight single quotes", single_quotes},
    {"\u201c", "strings stand in straight single quotes", single_quotes},
    {"`", "strings stand in single quotes", single_quotes},
    {"${{", "an expression has no ${{ inside", "Write the name alone, such as git.branch."},
    {"$", "there are no variables of the shell here", "Write env.NAME for what stands in `env` of the file."},
    {"{", "there are no maps to write here", "Write from_json('{\"key\": 1}')."},
    {"}}", "}} closes nothing", ""},
});

// Whole numbers are int64, so that 1, 1.0 and 1e0 are one literal.
std::optional<Value> number_value(std::string_view text) {
  const char* const end = text.data() + text.size();
  std::int64_t whole = 0;
  if (const auto read = std::from_chars(text.data(), end, whole); read.ptr == end) {
    if (read.ec != std::errc()) return std::nullopt;
    return Value(whole);
  }
  double fraction = 0;
  if (std::from_chars(text.data(), end, fraction).ec != std::errc()) return std::nullopt;
  if (std::trunc(fraction) == fraction && std::abs(fraction) < 0x1p63)
    return Value(static_cast<std::int64_t>(fraction));
  return Value(fraction);
}

// Of what looks like a number: the sign and digits, then a fraction and an exponent.
std::size_t number_size(std::string_view text) {
  std::size_t size = text.starts_with('-') ? 1 : 0;
  size += digits(text.substr(size));
  if (size + 1 < text.size() && text[size] == '.' && is_digit(text[size + 1]))
    size += 1 + digits(text.substr(size + 1));
  if (size < text.size() && (text[size] == 'e' || text[size] == 'E')) {
    std::size_t exponent = size + 1;
    if (exponent < text.size() && (text[exponent] == '+' || text[exponent] == '-')) ++exponent;
    if (const std::size_t n = digits(text.substr(exponent)); n > 0) size = exponent + n;
  }
  return size;
}

}  // namespace

bool is_name(std::string_view text) {
  return !text.empty() && begins_name(text.front()) && std::ranges::all_of(text, continues_name);
}

bool is_keyword(std::string_view text) {
  return text == "true" || text == "false" || text == "null";
}

std::string shown_character(std::string_view text, std::size_t at) {
  std::size_t size = 1;
  while (at + size < text.size() && (static_cast<unsigned char>(text[at + size]) & 0xc0) == 0x80) ++size;
  return to_one_line(text.substr(at, size));
}

Token Lexer::take(TokenKind kind, std::size_t size) {
  Token token{.kind = kind, .offset = at_, .text = text_.substr(at_, size), .value = {}};
  at_ += size;
  return token;
}

Outcome<Token> Lexer::next() {
  while (at_ < text_.size() && is_space(text_[at_])) ++at_;
  const std::string_view rest = text_.substr(at_);
  if (rest.empty() || (ends_ == Ends::with_braces && rest.starts_with("}}"))) return take(TokenKind::end, 0);
  if (rest.front() == '\'') return string();
  if (is_digit(rest.front()) || (rest.front() == '-' && rest.size() > 1 && is_digit(rest[1]))) return number();
  if (begins_name(rest.front()))
    return take(TokenKind::name,
                static_cast<std::size_t>(std::ranges::find_if_not(rest, continues_name) - rest.begin()));
  for (const std::string_view sign : signs) {
    if (!rest.starts_with(sign)) continue;
    if (sign.ends_with('=') && rest.substr(sign.size()).starts_with('='))
      return std::unexpected(ExpressionError{.offset = at_,
                                             .message = fmt::format("there is no operator {}=", sign),
                                             .hint = fmt::format("Write {}.", sign)});
    return take(TokenKind::sign, sign.size());
  }
  return std::unexpected(unknown());
}

Outcome<Token> Lexer::number() {
  const std::string_view rest = text_.substr(at_);
  const std::size_t size = number_size(rest);
  const std::string_view text = rest.substr(0, size);
  const auto wrong = [&](std::string message, std::string hint) {
    return std::unexpected(ExpressionError{.offset = at_, .message = std::move(message), .hint = std::move(hint)});
  };
  if (size < rest.size() && continues_name(rest[size])) {
    const auto word =
        rest.substr(0, size + static_cast<std::size_t>(std::ranges::find_if_not(rest.substr(size), continues_name) -
                                                       rest.substr(size).begin()));
    return wrong(fmt::format("{} is not a number", word), fmt::format("Write '{}' for a string.", word));
  }
  const std::string_view unsigned_text = text.starts_with('-') ? text.substr(1) : text;
  if (unsigned_text.size() > 1 && unsigned_text[0] == '0' && is_digit(unsigned_text[1]))
    return wrong(fmt::format("{} begins with 0", text), "Write a number without it, or a string in single quotes.");
  std::optional<Value> value = number_value(text);
  if (!value)
    return wrong("the number is out of range", "Whole numbers have at most 18 digits, others an exponent up to 300.");
  Token token = take(TokenKind::number, size);
  token.value = std::move(*value);
  return token;
}

Outcome<Token> Lexer::string() {
  std::string value;
  std::size_t end = at_ + 1;
  while (true) {
    const std::size_t quote = text_.find('\'', end);
    if (quote == std::string_view::npos)
      return std::unexpected(ExpressionError{.offset = at_,
                                             .message = "the string that begins here has no closing quote",
                                             .hint = std::string(single_quotes)});
    value += text_.substr(end, quote - end);
    end = quote + 1;
    if (!text_.substr(end).starts_with('\'')) break;
    value += '\'';
    ++end;
  }
  Token token = take(TokenKind::string, end - at_);
  token.value = value;
  return token;
}

ExpressionError Lexer::unknown() const {
  const std::string_view rest = text_.substr(at_);
  for (const Foreign& foreign : foreign_signs)
    if (rest.starts_with(foreign.text))
      return {.offset = at_, .message = std::string(foreign.message), .hint = std::string(foreign.hint)};
  return {.offset = at_, .message = fmt::format("\"{}\" means nothing here", shown_character(text_, at_)), .hint = {}};
}

}  // namespace open_cicd::expressions
