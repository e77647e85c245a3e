// The refusals of the agent protocol, each named once.
#pragma once

#include "base/error.h"
#include "base/id.h"
#include "jobs/state.h"

#include <fmt/format.h>

#include <expected>
#include <string>

namespace open_cicd::jobs {

inline std::unexpected<Error> job_not_found(JobId id) {
  return not_found("job", id.str());
}
inline std::unexpected<Error> not_lease_holder() {
  return fail(ErrorKind::forbidden, "not_lease_holder",
              "This agent does not hold that attempt of the job. Stop it and forget it.");
}
inline std::unexpected<Error> stale_attempt(int attempt, int current) {
  return std::unexpected(Error(ErrorKind::conflict, "stale_attempt",
                               fmt::format("Attempt {} has ended or was replaced. Stop it and forget it.", attempt))
                             .with_fact("attempt", current));
}
inline std::unexpected<Error> bad_transition(JobState from, std::string_view to) {
  return std::unexpected(
      Error(ErrorKind::conflict, "bad_transition", fmt::format("A job that is {} cannot become {}.", name_of(from), to))
          .with_fact("state", boost::json::string(name_of(from))));
}
inline std::unexpected<Error> not_queued(JobState state) {
  return std::unexpected(
      Error(ErrorKind::conflict, "not_queued", fmt::format("The job is {}; poll for another.", name_of(state)))
          .with_fact("state", boost::json::string(name_of(state))));
}
inline std::unexpected<Error> agent_busy() {
  return fail(ErrorKind::conflict, "agent_busy", "This agent already holds a lease; it runs one job at a time.");
}
inline std::unexpected<Error> claim_used() {
  return fail(ErrorKind::conflict, "claim_used", "This claim_id was used before. Make a new UUID for each claim.");
}
inline std::unexpected<Error> already_terminal(JobState state) {
  return std::unexpected(
      Error(ErrorKind::conflict, "already_terminal", fmt::format("The job has already ended: {}.", name_of(state)))
          .with_fact("state", boost::json::string(name_of(state))));
}

}  // namespace open_cicd::jobs
