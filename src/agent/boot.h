// Which process of the agent this is, and what the server asks of it.
#pragma once

#include "protocol/messages.h"

#include <string>

namespace open_cicd::agent {

struct Boot {
  std::string id;        // random, one per process
  std::int64_t seq = 0;  // grows with each process of this work folder
};

}  // namespace open_cicd::agent
