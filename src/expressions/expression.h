// An expression as a tree, from text and back to text. Pure; safe from any thread.
//
//   or      = and { "||" and }                 literals: null, true, false, 12, -0.5, 1e3, 'it''s'
//   and     = compare { "&&" compare }         names: letters, digits, "_" and "-", first a letter or "_"
//   compare = unary [ ("==" | "!=" | "<" | "<=" | ">" | ">=") unary ]
//   unary   = "!" unary | postfix
//   postfix = primary { "." name | "[" or "]" }
//   primary = literal | name | name "(" [ or { "," or } ] ")" | "(" or ")"
#pragma once

#include "expressions/error.h"
#include "expressions/value.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace open_cicd::expressions {

enum class NodeKind : std::uint8_t {
  literal,  // `value`; a number that is whole and below 2^63 is an int64
  root,     // `name`: a context
  index,    // children: what is indexed, the key; a.b is a['b']
  call,     // `name`, children: the arguments
  negate,   // one child
  equal,    // two children, as the following
  unequal,
  less,
  less_equal,
  greater,
  greater_equal,
  both,    // &&, two children or more
  either,  // ||, two children or more
};

struct Node {
  NodeKind kind = NodeKind::literal;
  std::size_t offset = 0;  // where its text begins; of a key, where the key does
  Value value;
  std::string name;
  std::vector<Node> children;

  // The same tree, wherever it stands.
  friend bool operator==(const Node& a, const Node& b);
};

// Immutable; copies share the tree.
class Expression {
 public:
  // For parse() and tests: the tree must be one that parse() could have made.
  explicit Expression(Node root) : root_(std::make_shared<const Node>(std::move(root))) {}

  const Node& root() const { return *root_; }
  friend bool operator==(const Expression& a, const Expression& b) { return a.root() == b.root(); }

 private:
  std::shared_ptr<const Node> root_;
};

// Errors: Fault::syntax and Fault::limit. `text` is valid UTF-8 without ${{ }} around it; for what stands in a key of a
// file see template.h.
Outcome<Expression> parse(std::string_view text);

// Text with single spaces and no needless parentheses that parses to the same expression (if it is within
// limits::text_bytes_max: spaces may make it longer).
std::string print(const Expression& expression);
std::string print(const Node& node);

std::string quote(std::string_view text);  // 'it''s'

}  // namespace open_cicd::expressions
