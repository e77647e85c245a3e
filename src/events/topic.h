// What a client follows, and what changes: a topic is told of some kinds of entities.
#pragma once

#include "base/error.h"
#include "base/id.h"

#include <compare>
#include <string>
#include <string_view>

namespace open_cicd::events {

struct Topic {
  enum class Kind : unsigned char { runs, run, queue, agents };
  Kind kind = Kind::runs;
  RunId run = {};  // of `run`
  auto operator<=>(const Topic&) const = default;
};
std::string text_of(const Topic& topic);  // "runs", "run:<id>", "queue", "agents"
// Error: invalid, and it names the topic.
Result<Topic> parse_topic(std::string_view text);

struct Entity {
  enum class Kind : unsigned char { job, run, agent, queue };  // in which they are told: a run after its jobs
  Kind kind = Kind::job;
  Uuid id{};       // none of the queue, of which there is one
  RunId run = {};  // of a job
  auto operator<=>(const Entity&) const = default;
};
std::string_view name_of(Entity::Kind kind);

// Whether the topic is told of the entity.
bool tells_of(const Topic& topic, const Entity& entity);

}  // namespace open_cicd::events
