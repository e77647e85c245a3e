// Delivers the finish that an earlier process of this agent had complete in its journal.
#pragma once

#include "agent/api_client.h"
#include "agent/finish.h"
#include "agent/journal.h"
#include "agent/server_watch.h"

#include <filesystem>

namespace open_cicd::agent {

struct ReplayTools {
  ApiClient& api;
  Journal& journal;
  WorkerPool& workers;
  std::filesystem::path work_dir;
  ShipperSettings shipper;
  BackoffSettings backoff;
};

// Called before the agent registers, because registering a new boot ends the old one's lease. Tries until the server
// has answered; a server that no longer wants it (the job was given to another agent) is an answer. Clears the journal.
Task<void> replay_journal(asio::any_io_executor executor, ReplayTools tools);

}  // namespace open_cicd::agent
