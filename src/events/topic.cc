#include "events/topic.h"

#include <fmt/format.h>

namespace open_cicd::events {

std::string text_of(const Topic& topic) {
  switch (topic.kind) {
    case Topic::Kind::runs:
      return "runs";
    case Topic::Kind::run:
      return "run:" + topic.run.str();
    case Topic::Kind::queue:
      return "queue";
    case Topic::Kind::agents:
      return "agents";
  }
  return {};
}

Result<Topic> parse_topic(std::string_view text) {
  if (text == "runs") return Topic{Topic::Kind::runs};
  if (text == "queue") return Topic{Topic::Kind::queue};
  if (text == "agents") return Topic{Topic::Kind::agents};
  constexpr std::string_view of_run = "run:";
  if (text.starts_with(of_run))
    if (const auto id = RunId::parse(text.substr(of_run.size()))) return Topic{Topic::Kind::run, *id};
  return invalid_fields(
      {{"topics", fmt::format("\"{}\" is no topic: there are runs, run:<id>, queue and agents", text.substr(0, 80))}});
}

std::string_view name_of(Entity::Kind kind) {
  switch (kind) {
    case Entity::Kind::run:
      return "run";
    case Entity::Kind::job:
      return "job";
    case Entity::Kind::agent:
      return "agent";
    case Entity::Kind::queue:
      return "queue";
  }
  return {};
}

bool tells_of(const Topic& topic, const Entity& entity) {
  switch (topic.kind) {
    case Topic::Kind::runs:
      return entity.kind == Entity::Kind::run;
    case Topic::Kind::run:
      return (entity.kind == Entity::Kind::run && entity.id == topic.run.uuid()) ||
             (entity.kind == Entity::Kind::job && entity.run == topic.run);
    case Topic::Kind::queue:
      return entity.kind == Entity::Kind::queue;
    case Topic::Kind::agents:
      return entity.kind == Entity::Kind::agent;
  }
  return false;
}

}  // namespace open_cicd::events
