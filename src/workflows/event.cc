#include "workflows/event.h"

#include <fmt/format.h>

namespace open_cicd::workflows {
namespace {

constexpr std::string_view some_branch = "main";
constexpr std::string_view some_tag = "v1.0.0";
constexpr std::string_view some_sha = "0000000000000000000000000000000000000000";

Change claimed_change(const std::string& into) {
  return {.number = 1, .title = "A change", .source_branch = "change", .target_branch = into};
}

}  // namespace

Event claimed_event(const Claim& claim) {
  Event event{.name = claim.event.empty() ? "api" : claim.event,
              .own_trigger = claim.event.empty(),
              .actor = "someone",
              .sha = std::string(some_sha),
              .message = "A commit",
              .author = "someone",
              .default_branch = std::string(some_branch),
              .changed = claim.changed,
              .repository = "owner/name"};
  const std::string branch = claim.branch.value_or(std::string(some_branch));
  if (event.name == "pull_request") {
    event.action = "opened";
    event.change = claimed_change(branch);
    event.ref = "refs/pull/1/head";
  } else if (event.name == "tag" || (event.own_trigger && claim.tag)) {
    event.tag = claim.tag.value_or(std::string(some_tag));
    event.ref = "refs/tags/" + *event.tag;
  } else {
    event.branch = branch;
    event.ref = "refs/heads/" + branch;
  }
  return event;
}

}  // namespace open_cicd::workflows
