// The text of a log stream's events, as docs/reference/agent-protocol.md defines them.
#pragma once

#include "jobs/snapshot.h"
#include "logs/position.h"

#include <string>
#include <string_view>

namespace open_cicd::logs {

// {"attempt", "agent"}: the log begins anew; its id is the attempt's first position.
std::string attempt_event(const jobs::JobSnapshot& job, Position first);
// {"step", "offset", "size", "data"}: `raw` begins at `from`. Offset and size count raw bytes; data is valid UTF-8.
std::string log_event(Position from, std::string_view raw);
// The same with an id that says more than where this event ends.
std::string log_event(Position from, std::string_view raw, std::string_view id);
// Only an id, for a client that comes back: no event.
std::string place_mark(const Place& place);
// The steps and the status that differ from `before`, all of them without it or when the attempt changed. Maybe empty.
// step {"step", "name", "state", "exit_code"}, status {"state", "reason"}; no id: they are sent again whole after a
// resume.
std::string state_events(const jobs::JobSnapshot* before, const jobs::JobSnapshot& now);
// The same of the attempt's steps before any of them had begun, so that their logs can be told apart by name.
std::string step_names(const jobs::JobSnapshot& job);
// The step events of those in [first, last) that have ended.
std::string step_ends(const jobs::JobSnapshot& job, int first, int last);
// {"step", "from", "to"}: live events of these bytes were missed; the log goes on from the store, without a gap.
std::string lagged_event(Position from, std::int64_t to);
std::string end_event(const jobs::JobSnapshot& job);  // {"state", "reason"}

}  // namespace open_cicd::logs
