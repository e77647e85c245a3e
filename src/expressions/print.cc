#include "expressions/expression.h"
#include "expressions/lexer.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace open_cicd::expressions {
namespace {

// How tightly a node holds together; an operand that holds less than its place asks for stands in parentheses.
enum class Bond : std::uint8_t { either, both, compare, unary, postfix };

Bond bond_of(NodeKind kind) {
  switch (kind) {
    case NodeKind::either:
      return Bond::either;
    case NodeKind::both:
      return Bond::both;
    case NodeKind::equal:
    case NodeKind::unequal:
    case NodeKind::less:
    case NodeKind::less_equal:
    case NodeKind::greater:
    case NodeKind::greater_equal:
      return Bond::compare;
    case NodeKind::negate:
      return Bond::unary;
    case NodeKind::literal:
    case NodeKind::root:
    case NodeKind::index:
    case NodeKind::call:
      return Bond::postfix;
  }
  return Bond::postfix;
}

std::string_view sign_of(NodeKind kind) {
  switch (kind) {
    case NodeKind::equal:
      return " == ";
    case NodeKind::unequal:
      return " != ";
    case NodeKind::less:
      return " < ";
    case NodeKind::less_equal:
      return " <= ";
    case NodeKind::greater:
      return " > ";
    case NodeKind::greater_equal:
      return " >= ";
    case NodeKind::both:
      return " && ";
    case NodeKind::either:
      return " || ";
    default:
      return ", ";
  }
}

void append_node(std::string& out, const Node& node, Bond needed);

void append_joined(std::string& out, const Node& node, Bond needed) {
  for (const Node& child : node.children) {
    if (&child != node.children.data()) out += sign_of(node.kind);
    append_node(out, child, needed);
  }
}

void append_index(std::string& out, const Node& node) {
  const Node& target = node.children[0];
  const Node& key = node.children[1];
  append_node(out, target, Bond::postfix);
  const auto* name = key.kind == NodeKind::literal ? key.value.if_string() : nullptr;
  // After a number a dot would begin its fraction.
  if (name != nullptr && is_name(*name) && !(target.kind == NodeKind::literal && target.value.is_number())) {
    out += '.';
    out += std::string_view(*name);
  } else {
    out += '[';
    append_node(out, key, Bond::either);
    out += ']';
  }
}

void append_bare(std::string& out, const Node& node) {
  switch (node.kind) {
    case NodeKind::literal:
      out += node.value.is_string() ? quote(node.value.get_string()) : json_text(node.value, std::string::npos);
      return;
    case NodeKind::root:
      out += node.name;
      return;
    case NodeKind::index:
      return append_index(out, node);
    case NodeKind::call:
      out += node.name + '(';
      append_joined(out, node, Bond::either);
      out += ')';
      return;
    case NodeKind::negate:
      out += '!';
      return append_node(out, node.children[0], Bond::unary);
    case NodeKind::both:
      return append_joined(out, node, Bond::compare);
    case NodeKind::either:
      return append_joined(out, node, Bond::both);
    default:  // comparisons, which do not chain
      return append_joined(out, node, Bond::unary);
  }
}

void append_node(std::string& out, const Node& node, Bond needed) {
  const bool loose = bond_of(node.kind) < needed;
  if (loose) out += '(';
  append_bare(out, node);
  if (loose) out += ')';
}

}  // namespace

bool operator==(const Node& a, const Node& b) {
  return a.kind == b.kind && a.name == b.name && a.value.kind() == b.value.kind() && equal(a.value, b.value) &&
         a.children == b.children;
}

std::string quote(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out.append(c == '\'' ? 2 : 1, c);
  return out + '\'';
}

std::string print(const Node& node) {
  std::string out;
  append_node(out, node, Bond::either);
  return out;
}

std::string print(const Expression& expression) {
  return print(expression.root());
}

}  // namespace open_cicd::expressions
