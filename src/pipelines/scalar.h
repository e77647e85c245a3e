// The YAML 1.2 core schema (section 10.3.2): which plain scalars are null, booleans, integers and numbers. All others
// are strings, among them `on`, `yes`, `1_000` and dates; `012` is twelve and `1e3` is a number.
#pragma once

#include "pipelines/node.h"

#include <string_view>

namespace open_cicd::pipelines {

// Sets kind and value from `node.text`.
void resolve_core_scalar(Node& node);

// The same by an explicit core tag: "str", "null", "bool", "int", "float". False when the tag is another or the text
// does not fit.
bool resolve_tagged_scalar(Node& node, std::string_view tag);

}  // namespace open_cicd::pipelines
