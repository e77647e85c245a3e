// A pipeline file and what a plan is made for, as a body and a query.
#pragma once

#include "api/input.h"
#include "api/openapi.h"
#include "workflows/event.h"
#include "workflows/words.h"

#include <algorithm>

namespace open_cicd::api {

// A pipeline file. JSON is YAML, so it is taken, too.
struct PipelineBody {
  std::string_view text;
};
Result<void> read_body(http::Request& request, PipelineBody& to);
void describe_body(SchemaBook& book, bj::object& operation, std::type_identity<PipelineBody>);

enum class EventName : std::uint8_t { push, pull_request, tag, schedule, manual, api };
template <>
struct Words<EventName> {
  static constexpr auto all = workflows::event_words;
  static std::optional<EventName> parse(std::string_view word) {
    const auto found = std::ranges::find(all, word);
    return found == all.end() ? std::nullopt : std::optional(static_cast<EventName>(found - all.begin()));
  }
};

// The plan as the command line prints it, byte for byte.
struct PlanJson {
  std::string text;
};
http::Response to_response(PlanJson&& plan);
template <>
struct Answers<PlanJson> {
  static void add(SchemaBook& book, bj::object& operation);
};

inline constexpr std::size_t pipeline_body_max = 1 << 20;
inline constexpr std::size_t pipeline_name_max = 255;
using PipelineName = std::optional<Text<1, pipeline_name_max>>;

}  // namespace open_cicd::api
