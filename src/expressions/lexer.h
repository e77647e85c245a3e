// The tokens of expressions. Internal to this folder.
#pragma once

#include "expressions/error.h"
#include "expressions/value.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace open_cicd::expressions {

enum class TokenKind : std::uint8_t {
  end,     // of the text; of an expression in a template: its }}
  number,  // value
  string,  // value
  name,
  sign,  // an operator or a bracket
};

struct Token {
  TokenKind kind = TokenKind::end;
  std::size_t offset = 0;
  std::string_view text;  // as it is written
  Value value;

  bool is(std::string_view sign) const { return kind == TokenKind::sign && text == sign; }
};

enum class Ends : std::uint8_t { with_text, with_braces };

class Lexer {
 public:
  Lexer(std::string_view text, std::size_t begin, Ends ends) : text_(text), at_(begin), ends_(ends) {}

  // The next token; after the end, the end again. Errors: Fault::syntax, with a hint for what other languages write.
  Outcome<Token> next();

 private:
  Token take(TokenKind kind, std::size_t size);
  Outcome<Token> number();
  Outcome<Token> string();
  ExpressionError unknown() const;

  std::string_view text_;
  std::size_t at_;
  Ends ends_;
};

bool is_name(std::string_view text);     // what may follow a dot
bool is_keyword(std::string_view text);  // true, false, null
// The character that begins at `at`, to be shown in a message.
std::string shown_character(std::string_view text, std::size_t at);

}  // namespace open_cicd::expressions
