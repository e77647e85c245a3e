// What the jobs that a job needs have come to: what its condition and its late expressions see of them.
#pragma once

#include "base/asio.h"
#include "base/id.h"
#include "db/db.h"
#include "jobs/state.h"

#include <boost/json/object.hpp>

#include <optional>
#include <string>

namespace open_cicd::runs {

// Whether `allow_failure` (workflows::AllowFailure as JSON, or nothing) covers how a job ended.
bool is_allowed(const std::optional<std::string>& allow_failure, jobs::JobState state, std::optional<int> exit_code);

// "succeeded", "failed", "cancelled" or "skipped": timed_out and lost read as failed.
std::string_view result_of(jobs::JobState end);

// Of all needs of a job together, where it asks for them: it carries a copy.
inline constexpr std::size_t needs_outputs_bytes_max = 1 << 20;

struct NeedsView {
  // `needs` of expressions: {"build": {"result", "outputs"}}, null for an absent one. The outputs are not looked up.
  boost::json::object values;
  bool open = false;              // one has not ended: then the rest says nothing
  bool too_long = false;          // the outputs are more than a job may carry
  bool success = true;            // each ended as its `results` ask
  bool failure = false;           // one failed, in any distance, and that was not allowed
  std::string unmet, its_result;  // the first that keeps success() from being true
};

Task<NeedsView> look_at_needs(db::Transaction& tx, JobId job);
// Of a need whose legs have all ended: what the last leg that succeeded wrote; declared and not written is null.
Task<boost::json::object> outputs_of_need(db::Transaction& tx, RunId run, std::string need);

}  // namespace open_cicd::runs
