// `inputs`: what whoever starts a run, or uses a template, may give. Pure.
#pragma once

#include "expressions/type.h"
#include "expressions/value.h"
#include "pipelines/decode.h"
#include "workflows/event.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace open_cicd::workflows {

struct InputDefinition {
  std::string name;
  std::string type = "string";
  std::vector<std::string> options;
  std::optional<expressions::Value> fallback;
  bool required = false;
  std::string pattern;
  std::string description;
};
using Inputs = std::vector<InputDefinition>;  // in the order of the file

void read_inputs(const pipelines::Field& field, Inputs& to, pipelines::Problems& problems);

// The type of `inputs`. An input without a default is null when nothing is given, unless `always_given`.
expressions::Type type_of_inputs(const Inputs& inputs, bool always_given);

// Nothing, or what is wrong with a value for this input.
std::string wrong_input(const InputDefinition& input, const expressions::Value& value);

// All inputs from texts; what is wrong goes to `problems` by path ("inputs.target"). `must_give`: someone was asked for
// them, so a required one may not be absent.
boost::json::object resolve_inputs(const Inputs& inputs, const InputTexts& given, bool must_give,
                                   pipelines::Problems& problems);

// The value that a node holds; nothing for lists, maps and null.
std::optional<expressions::Value> scalar_value(const pipelines::Node& node);

}  // namespace open_cicd::workflows
