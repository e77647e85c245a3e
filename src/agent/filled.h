// What a claim hands over beside the stored spec of a job, put into that spec.
#pragma once

#include "base/error.h"
#include "protocol/messages.h"

#include <boost/json/value.hpp>

namespace open_cicd::agent {

// The spec of the claim with the values of `filled` at their paths, and with `run` among its contexts. Paths are
// "env.NAME", "steps[2].env.NAME", "steps[2].with.NAME", and "contexts.NAME", whose value is JSON. Error: invalid
// "unknown_path" for any other.
Result<boost::json::value> complete_spec(const protocol::ClaimReply& claim);

}  // namespace open_cicd::agent
