// What an agent does about an answer that is not a success: the protocol's table, in one place.
#pragma once

#include "base/error.h"

#include <cstdint>

namespace open_cicd::agent {

enum class Decision : std::uint8_t {
  retry,           // network error, 408, 425, 429, 5xx: again, after a back-off
  poll_again,      // the offer is no longer there
  follow_job,      // the job is in another state than we thought: read it
  forget_attempt,  // the attempt is no longer ours: kill it and say nothing more of it
  register_again,  // our own token is refused
  superseded,      // a newer process of this agent exists: exit 78
  give_up,         // any other 4xx: the same request would fail again
};

Decision decide(const Error& error);
// An answer that our server does not give: something on the way (a proxy that restarts, a page for maintenance)
// answered in its place. It says nothing of tokens, jobs or leases, so nothing ends because of it.
bool is_foreign(const Error& error);

}  // namespace open_cicd::agent
