// What a job that no agent has taken waits for: it is compared with the agents that there are.
#pragma once

#include "base/asio.h"
#include "cli/api.h"
#include "cli/job_view.h"

#include <string>
#include <vector>

namespace open_cicd::cli {

// "no agent has executor docker (2 agents have: sandbox). …" The rule is the server's: an agent fits that has the
// executor and every label.
std::string why_it_waits(const JobView& job, const std::vector<AgentView>& agents);

// Why a job is offered to no agent yet, whatever agents there are: its group, a lost agent that may still run it, the
// pause before a retry. "" for a job that may be offered.
std::string why_it_is_held_back(const JobView& job, std::int64_t now_unix_ms);

// "waiting: …" for a job that is queued or blocked; "" for any other, and when the agents cannot be read.
Task<std::string> waiting_sentence(Api& api, JobView job);

}  // namespace open_cicd::cli
