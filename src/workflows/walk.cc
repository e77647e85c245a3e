#include "workflows/walk.h"

#include "pipelines/limits.h"

#include <fmt/format.h>

#include <algorithm>

namespace open_cicd::workflows {
namespace {

using pipelines::Node;
using pipelines::NodePtr;

bool is_expression(const Node& node) {
  return node.kind == Node::Kind::string && node.text.contains("${{");
}

// Copies a node when its first child changes, and never otherwise.
class Rewriting {
 public:
  explicit Rewriting(const NodePtr& node) : node_(node) {}
  void member(std::size_t i, NodePtr value) {
    if (value != node_->members[i].value) own().members[i].value = std::move(value);
  }
  void item(std::size_t i, NodePtr value) {
    if (value != node_->items[i]) own().items[i] = std::move(value);
  }
  NodePtr result() { return own_ ? NodePtr(std::move(own_)) : node_; }

 private:
  Node& own() {
    if (!own_) own_ = std::make_shared<Node>(*node_);
    return *own_;
  }
  const NodePtr& node_;
  std::shared_ptr<Node> own_;
};

const Shape* shape_of_member(const Shape& shape, std::string_view name) {
  if (const Key* key = find_key(shape.keys, name)) return &key->shape;
  return shape.item;
}

}  // namespace

std::string Place::path() const {
  if (name.empty()) return fmt::format("{}[{}]", outer == nullptr ? "" : outer->path(), index);
  const std::string before = outer == nullptr ? "" : outer->path();
  return before.empty() ? std::string(name) : fmt::format("{}.{}", before, name);
}

NodePtr Walker::walk(const NodePtr& node, const Shape& outer_shape, const Place& place) {
  const bool is_map = node->kind == Node::Kind::map, is_list = node->kind == Node::Kind::list;
  const Shape& shape = form_for(outer_shape, {.is_map = is_map, .is_list = is_list});
  if (shape.form == Form::condition) return expression(node, shape, place);
  if (is_list) {
    if (shape.form != Form::list) return node;
    Rewriting list(node);
    for (std::size_t i = 0; i < node->items.size(); ++i)
      list.item(i, walk(node->items[i], *shape.item, {.outer = &place, .index = i}));
    return list.result();
  }
  if (is_map) {
    // One entry of a list may stand without brackets.
    if (shape.form == Form::list) return walk(node, *shape.item, place);
    if (shape.form != Form::object && shape.form != Form::map) return node;
    Rewriting map(node);
    for (std::size_t i = 0; i < node->members.size(); ++i) {
      const auto& [key, at, value] = node->members[i];
      if (const Shape* of_member = shape_of_member(shape, key))
        map.member(i, walk(value, *of_member, {.outer = &place, .name = key}));
    }
    return map.result();
  }
  if (!is_expression(*node)) return node;
  const bool as_item = shape.form == Form::list && shape.allowed == Allowed::nothing;
  return as_item ? walk(node, *shape.item, place) : expression(node, shape, place);
}

NodePtr Walker::walk_env(const NodePtr& node, const Shape& shape, const Place& place) {
  // One that is too long is refused by its reader, whatever stands in it.
  if (node->kind != Node::Kind::map || node->members.size() > pipelines::limits::env_variables_max) return node;
  Rewriting map(node);
  for (std::size_t i = 0; i < node->members.size(); ++i) {
    const auto& [key, at, value] = node->members[i];
    NodePtr now = walk(value, *shape.item, {.outer = &place, .name = key});
    define(key, *now);
    map.member(i, std::move(now));
  }
  return map.result();
}

NodePtr Walker::walk_steps(const NodePtr& node, const Shape& shape, const Place& place) {
  if (node->kind == Node::Kind::map) return walk_step(node, *shape.item, place);
  if (node->kind != Node::Kind::list) return node;
  Rewriting list(node);
  for (std::size_t i = 0; i < node->items.size(); ++i)
    list.item(i, walk_step(node->items[i], *shape.item, {.outer = &place, .index = i}));
  return list.result();
}

NodePtr Walker::walk_step(const NodePtr& node, const Shape& shape, const Place& place) {
  if (node->kind != Node::Kind::map) return node;
  begin_step(*node);
  Rewriting map(node);
  const auto one = [&](std::size_t i, bool is_env) {
    const auto& [key, at, value] = node->members[i];
    const Key* known = find_key(shape.keys, key);
    if (known == nullptr || (key == "env") != is_env) return;
    const Place here{.outer = &place, .name = key};
    map.member(i, is_env ? walk_env(value, known->shape, here) : walk(value, known->shape, here));
  };
  for (std::size_t i = 0; i < node->members.size(); ++i) one(i, true);
  for (std::size_t i = 0; i < node->members.size(); ++i) one(i, false);
  end_step(*node);
  return map.result();
}

bool has_any_expression(const Node& node) {
  if (is_expression(node)) return true;
  return std::ranges::any_of(node.items, [](const NodePtr& item) { return has_any_expression(*item); }) ||
         std::ranges::any_of(node.members, [](const pipelines::Member& m) { return has_any_expression(*m.value); });
}

}  // namespace open_cicd::workflows
