#include "pipelines/node.h"

#include "base/json.h"
#include "pipelines/limits.h"

#include <boost/json/value.hpp>
#include <fmt/format.h>

namespace open_cicd::pipelines {
namespace {

namespace bj = boost::json;

class JsonComposer {
 public:
  NodePtr compose(const bj::value& from) {
    auto node = std::make_shared<Node>();
    if (++nodes_ > limits::nodes_max) return node;
    switch (from.kind()) {
      case bj::kind::null:
        break;
      case bj::kind::bool_:
        node->kind = Node::Kind::boolean;
        node->boolean = from.get_bool();
        node->text = node->boolean ? "true" : "false";
        break;
      case bj::kind::int64:
        node->kind = Node::Kind::integer;
        node->integer = from.get_int64();
        node->number = static_cast<double>(node->integer);
        node->text = fmt::to_string(node->integer);
        break;
      case bj::kind::uint64:  // above 2^63: no field takes so much
      case bj::kind::double_:
        node->kind = Node::Kind::number;
        node->number = from.is_double() ? from.get_double() : static_cast<double>(from.get_uint64());
        node->text = fmt::to_string(node->number);
        break;
      case bj::kind::string:
        node->kind = Node::Kind::string;
        node->text = std::string(from.get_string());
        break;
      case bj::kind::array:
        node->kind = Node::Kind::list;
        for (const bj::value& item : from.get_array()) node->items.push_back(compose(item));
        break;
      case bj::kind::object:
        node->kind = Node::Kind::map;
        for (const auto& [key, value] : from.get_object())
          node->members.push_back({std::string(key), {}, compose(value)});
        break;
    }
    return node;
  }
  bool too_many() const { return nodes_ > limits::nodes_max; }

 private:
  std::size_t nodes_ = 0;
};

}  // namespace

const Member* Node::find(std::string_view key) const {
  for (const Member& member : members)
    if (member.key == key) return &member;
  return nullptr;
}

NodePtr hole_for(const Node& node) {
  auto hole = std::make_shared<Node>();
  hole->kind = Node::Kind::string;
  hole->at = node.at;
  hole->hole = true;
  return hole;
}

std::string_view name_of(Node::Kind kind) {
  switch (kind) {
    case Node::Kind::null:
      return "nothing";
    case Node::Kind::boolean:
      return "true or false";
    case Node::Kind::integer:
      return "a whole number";
    case Node::Kind::number:
      return "a number";
    case Node::Kind::string:
      return "a string";
    case Node::Kind::list:
      return "a list";
    case Node::Kind::map:
      return "a map";
  }
  return "something else";
}

std::unexpected<Error> malformed(std::string_view code, Position at, std::string message) {
  std::string sentence = at.line > 0 ? fmt::format("line {}, column {}: {}", at.line, at.column, message) : message;
  std::vector<FieldError> fields;
  fields.push_back({"", std::move(message), at.line, at.column});
  return std::unexpected(Error(ErrorKind::malformed, code, std::move(sentence)).with_fields(std::move(fields)));
}

Result<NodePtr> compose_json(std::string_view text) {
  if (text.size() > limits::text_bytes_max)
    return malformed("malformed_json", {},
                     fmt::format("The document is larger than {} bytes.", limits::text_bytes_max));
  Result<bj::value> value = json::parse(text);
  if (!value) return std::unexpected(std::move(value.error()));
  JsonComposer composer;
  NodePtr root = composer.compose(*value);
  if (composer.too_many())
    return malformed("malformed_json", {}, fmt::format("The document has more than {} values.", limits::nodes_max));
  return root;
}

}  // namespace open_cicd::pipelines
