#include "expressions/parser.h"

#include "base/one_line.h"
#include "expressions/limits.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace open_cicd::expressions {
namespace {

// A tree and how deep it is.
struct Tree {
  Node node;
  std::size_t depth = 1;
};

constexpr auto comparisons = std::to_array<std::pair<std::string_view, NodeKind>>({
    {"==", NodeKind::equal},
    {"!=", NodeKind::unequal},
    {"<", NodeKind::less},
    {"<=", NodeKind::less_equal},
    {">", NodeKind::greater},
    {">=", NodeKind::greater_equal},
});

std::optional<NodeKind> comparison(const Token& token) {
  for (const auto& [sign, kind] : comparisons)
    if (token.is(sign)) return kind;
  return std::nullopt;
}

// Recursive descent. The first error is kept, and from then on there are no more tokens: so every rule comes to its end
// by itself.
class Parser {
 public:
  Parser(std::string_view text, std::size_t begin, Ends ends)
      : text_(text), begin_(begin), ends_(ends), lexer_(text, begin, ends) {
    advance();
  }

  Outcome<Parsed> run() {
    if (token_.kind == TokenKind::end && !error_) fail(token_.offset, "there is no expression", "");
    Tree tree = either();
    if (token_.kind != TokenKind::end) unexpected();
    if (!error_ && ends_ == Ends::with_braces && token_.offset == text_.size())
      fail(token_.offset, "the expression is not closed", "Write }} where it ends.");
    if (error_) return std::unexpected(std::move(*error_));
    return Parsed{.root = std::move(tree.node), .end = token_.offset};
  }

 private:
  void fail(std::size_t offset, std::string message, std::string hint, Fault fault = Fault::syntax) {
    if (!error_) error_ = {.fault = fault, .offset = offset, .message = std::move(message), .hint = std::move(hint)};
    token_ = Token{.kind = TokenKind::end, .offset = text_.size(), .text = {}, .value = {}};
  }

  void advance() {
    if (error_) return;
    before_ = token_.text;
    Outcome<Token> next = lexer_.next();
    if (next && next->offset + next->text.size() - begin_ > limits::text_bytes_max)
      return fail(begin_, fmt::format("the expression is longer than {} bytes", limits::text_bytes_max), "",
                  Fault::limit);
    if (next)
      token_ = std::move(*next);
    else
      fail(next.error().offset, std::move(next.error().message), std::move(next.error().hint));
  }

  void unexpected() {
    if (token_.kind == TokenKind::end) return fail(token_.offset, "the expression ends too early", "");
    std::string hint;
    if (token_.text == "and") hint = "Write && for \"and\".";
    if (token_.text == "or") hint = "Write || for \"or\".";
    if (token_.text == "in") hint = "Write contains(list, value).";
    if (before_ == "not") hint = "Write ! for \"not\".";
    if (token_.is("(")) hint = "A function's name stands alone: contains(text, part).";
    if (token_.is("[")) hint = "There are no lists to write here: write from_json('[1, 2]').";
    if (comparison(token_)) hint = "Comparisons do not chain: write a < b && b < c.";
    if (token_.kind == TokenKind::number && token_.text.starts_with('-'))
      hint = "There is no arithmetic: compute it in a step, and read it as an output.";
    const std::string shown = to_one_line(token_.text);
    fail(token_.offset,
         token_.kind == TokenKind::string ? fmt::format("the string {} is not expected here", shown)
                                          : fmt::format("\"{}\" is not expected here", shown),
         std::move(hint));
  }

  bool accept(std::string_view sign) {
    if (!token_.is(sign)) return false;
    advance();
    return true;
  }

  void expect_closing(std::string_view closing, std::string_view opening, std::size_t opened_at) {
    if (accept(closing)) return;
    if (token_.kind == TokenKind::end)
      fail(opened_at, fmt::format("the {} that begins here is not closed", opening),
           fmt::format("Write {} where it ends.", closing));
    else
      unexpected();
  }

  // Between two brackets: the only place where this parser calls itself.
  template <class Read>
  void nested(std::size_t offset, Read read) {
    if (++brackets_ > limits::depth_max) return too_deep(offset);
    read();
    --brackets_;
  }

  void too_deep(std::size_t offset) {
    fail(offset, fmt::format("the expression is more than {} levels deep", limits::depth_max), "", Fault::limit);
  }

  Tree grow(NodeKind kind, std::size_t offset, std::vector<Tree> parts, std::string name = {}) {
    Tree tree{.node = {.kind = kind, .offset = offset, .value = {}, .name = std::move(name), .children = {}}};
    for (Tree& part : parts) {
      tree.depth = std::max(tree.depth, part.depth + 1);
      tree.node.children.push_back(std::move(part.node));
    }
    if (tree.depth > limits::depth_max) too_deep(offset);
    return tree;
  }

  static std::vector<Tree> list_of(Tree one, Tree other) {
    std::vector<Tree> list;
    list.push_back(std::move(one));
    list.push_back(std::move(other));
    return list;
  }

  Tree leaf(NodeKind kind) {
    Tree tree{.node = {.kind = kind, .offset = token_.offset, .value = token_.value, .name = {}, .children = {}}};
    if (token_.kind == TokenKind::name && kind == NodeKind::root) tree.node.name = token_.text;
    advance();
    return tree;
  }

  template <class Operand>
  Tree chain(std::string_view sign, NodeKind kind, Operand operand) {
    Tree first = operand();
    if (!token_.is(sign)) return first;
    const std::size_t offset = first.node.offset;
    std::vector<Tree> parts;
    parts.push_back(std::move(first));
    while (accept(sign)) parts.push_back(operand());
    return grow(kind, offset, std::move(parts));
  }

  Tree either() {
    return chain("||", NodeKind::either, [this] { return both(); });
  }
  Tree both() {
    return chain("&&", NodeKind::both, [this] { return compare(); });
  }

  Tree compare() {
    Tree left = unary();
    const std::optional<NodeKind> kind = comparison(token_);
    if (!kind) return left;
    advance();
    Tree right = unary();
    const std::size_t offset = left.node.offset;
    return grow(*kind, offset, list_of(std::move(left), std::move(right)));
  }

  Tree unary() {
    std::vector<std::size_t> offsets;
    while (token_.is("!")) {
      offsets.push_back(token_.offset);
      advance();
    }
    Tree tree = postfix();
    for (; !offsets.empty() && !error_; offsets.pop_back()) {
      std::vector<Tree> operand;
      operand.push_back(std::move(tree));
      tree = grow(NodeKind::negate, offsets.back(), std::move(operand));
    }
    return tree;
  }

  Tree postfix() {
    Tree tree = primary();
    while (!error_) {
      const std::size_t offset = token_.offset;
      Tree key;
      if (accept(".")) {
        if (token_.kind != TokenKind::name) {
          field_expected();
          break;
        }
        key.node.offset = token_.offset;
        key.node.value = token_.text;
        advance();
      } else if (accept("[")) {
        nested(offset, [&] { key = either(); });
        expect_closing("]", "[", offset);
      } else {
        break;
      }
      const std::size_t begins = tree.node.offset;
      tree = grow(NodeKind::index, begins, list_of(std::move(tree), std::move(key)));
    }
    return tree;
  }

  void field_expected() {
    if (token_.kind == TokenKind::number)
      fail(token_.offset, "a name is expected after the dot",
           fmt::format("Write [{}] for an item of a list.", token_.text));
    else
      fail(token_.offset, "a name is expected after the dot", "Write ['a name'] for a key with other characters.");
  }

  Tree primary() {
    if (token_.kind == TokenKind::number || token_.kind == TokenKind::string) return leaf(NodeKind::literal);
    if (token_.kind == TokenKind::name) return named();
    const std::size_t offset = token_.offset;
    Tree tree;
    if (accept("(")) {
      nested(offset, [&] { tree = either(); });
      expect_closing(")", "(", offset);
    } else {
      unexpected();
    }
    return tree;
  }

  Tree named() {
    if (is_keyword(token_.text)) {
      if (token_.text != "null") token_.value = token_.text == "true";
      return leaf(NodeKind::literal);
    }
    const std::size_t offset = token_.offset;
    Tree tree = leaf(NodeKind::root);
    const std::size_t opened_at = token_.offset;
    if (!accept("(")) return tree;
    std::vector<Tree> arguments;
    if (!token_.is(")"))
      nested(opened_at, [&] {
        do arguments.push_back(either());
        while (accept(","));
      });
    expect_closing(")", "(", opened_at);
    return grow(NodeKind::call, offset, std::move(arguments), std::move(tree.node.name));
  }

  std::string_view text_;
  std::size_t begin_;
  Ends ends_;
  Lexer lexer_;
  Token token_;
  std::string_view before_;  // the token before it
  std::size_t brackets_ = 0;
  std::optional<ExpressionError> error_;
};

}  // namespace

Outcome<Parsed> parse_at(std::string_view text, std::size_t begin, Ends ends) {
  return Parser(text, begin, ends).run();
}

Outcome<Expression> parse(std::string_view text) {
  if (text.size() > limits::text_bytes_max)
    return std::unexpected(
        ExpressionError{.fault = Fault::limit,
                        .message = fmt::format("the expression is longer than {} bytes", limits::text_bytes_max),
                        .hint = {}});
  Outcome<Parsed> parsed = parse_at(text, 0, Ends::with_text);
  if (!parsed) return std::unexpected(std::move(parsed.error()));
  return Expression(std::move(parsed->root));
}

}  // namespace open_cicd::expressions
