// Why a job waits. Every gate between a job and its offer to an agent is asked here and nowhere else: its concurrency
// group has a slot, no lost attempt may still hold that slot, the pause before its retry is over.
#pragma once

#include "jobs/records.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace open_cicd::jobs {

struct Gate {
  JobState state = JobState::queued;  // or blocked: it holds no slot yet
  bool offered = true;                // agents may be offered it, perhaps after its `not_before`
  std::string reason;                 // of the first gate that is closed; else that it waits for an agent
  std::int64_t position = 0;          // among those that wait for a slot of its group; 1 is next
};

// `job` is locked, or about to be inserted. One that is blocked asks for a slot: its group must be locked before it.
Task<Gate> ask_gates(db::Transaction& tx, const JobRow& job, std::int64_t now);

// The name that a group has in its file: what jobs of runs are grouped by begins with their scope and a line break,
// which no name holds.
std::string_view shown_group(std::string_view group);
bool is_of_runs(std::string_view group);

// Nothing is written when the pause before a retry is over: from then on a reader is told what the job waits for now.
void tell_end_of_pause(Job& job, std::int64_t now);

}  // namespace open_cicd::jobs
