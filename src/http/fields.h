// The grammar of header fields (RFC 9110, section 5), shared by requests, responses and trailers.
#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace open_cicd::http {

struct Field {
  std::string_view name;
  std::string_view value;      // trimmed
  std::string_view raw_value;  // all that followed the colon
};

// One line without its CRLF. Nothing when the name is not a token directly before a colon, or the value holds CR, LF,
// NUL or another control.
std::optional<Field> parse_field(std::string_view line);

bool is_token(std::string_view text);
bool is_field_value(std::string_view text);
bool equals_ignoring_case(std::string_view a, std::string_view b);
bool has_list_member(std::string_view list, std::string_view token);  // "keep-alive, Upgrade" has "upgrade"
std::string_view trim(std::string_view text);                         // spaces and tabs

namespace detail {
constexpr std::array<bool, 256> make_token_chars() {
  std::array<bool, 256> table{};
  for (unsigned c = '0'; c <= '9'; ++c) table[c] = true;
  for (unsigned c = 'a'; c <= 'z'; ++c) table[c] = table[c - 32] = true;
  for (const char c : std::string_view("!#$%&'*+-.^_`|~")) table[static_cast<unsigned char>(c)] = true;
  return table;
}
inline constexpr std::array<bool, 256> token_chars = make_token_chars();
}  // namespace detail

inline bool is_token_char(char c) {
  return detail::token_chars[static_cast<unsigned char>(c)];
}
inline bool is_field_value_char(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte >= 0x20 && byte != 0x7f) || byte == '\t';
}
inline int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace open_cicd::http
