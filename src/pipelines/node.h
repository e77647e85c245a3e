// A composed document: what YAML and JSON have in common, with the place of everything in the text.
#pragma once

#include "base/error.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace open_cicd::pipelines {

struct Position {  // counted from 1; 0 when unknown (JSON)
  int line = 0;
  int column = 0;
  int file = 0;  // of several that are read together; 0 for the first
};

struct Node;
using NodePtr = std::shared_ptr<const Node>;

struct Member {
  std::string key;
  Position key_at;
  NodePtr value;
};

// Immutable once composed. An alias shares its anchor's node, so a document is a graph without cycles; `nodes` and
// `bytes` are those of the expanded tree and are within limits.h, so that walking it is bounded.
struct Node {
  enum class Kind : std::uint8_t { null, boolean, integer, number, string, list, map };
  Kind kind = Kind::null;
  Position at;
  std::string text;   // scalars: as written
  bool hole = false;  // a value that is known later only: readers take it unseen and leave what they read into as it is
  bool evaluated = false;  // an expression made the text: what looks like one in it is none
  bool boolean = false;
  std::int64_t integer = 0;
  double number = 0;  // of an integer too
  std::vector<NodePtr> items;
  std::vector<Member> members;  // in order, keys unique
  int depth = 0;                // of lists and maps; 0 for a scalar
  std::size_t nodes = 1;
  std::size_t bytes = 0;

  bool is_scalar() const { return kind != Kind::list && kind != Kind::map; }
  const Member* find(std::string_view key) const;
};

std::string_view name_of(Node::Kind);  // "a string", "a list", …

// What stands in the place of `node` while its value is not known.
NodePtr hole_for(const Node& node);

// One wrong place makes a document unusable: ErrorKind::malformed with that place in its fields.
std::unexpected<Error> malformed(std::string_view code, Position at, std::string message);

// Errors of both: malformed "malformed_yaml" or "malformed_json", with the place (YAML) in fields.
Result<NodePtr> compose_yaml(std::string_view text, int file = 0);
Result<NodePtr> compose_json(std::string_view text);

}  // namespace open_cicd::pipelines
