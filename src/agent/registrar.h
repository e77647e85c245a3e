// Makes the agent known to the server: with its own token if it has one, else with the registration token.
#pragma once

#include "agent/api_client.h"
#include "agent/backoff.h"
#include "agent/lifecycle.h"
#include "agent/server_watch.h"
#include "agent/wakeup.h"
#include "agent/work_dir.h"

namespace open_cicd::agent {

struct RegistrarSettings {
  std::string server;
  Secret registration_token;  // may be empty
  std::string token_file;     // may be empty; else what it holds now counts, once this process has been registered
  BackoffSettings backoff;
};

// Single-threaded, one call at a time.
class Registrar {
 public:
  Registrar(const asio::any_io_executor& executor, ApiClient& api, const WorkDir& folder, Lifecycle& lifecycle,
            ServerWatch& watch, RegistrarSettings settings);

  // Loads the identity that an earlier process left, if any, so that its journal can be replayed.
  bool assume_identity();
  // Tries until the server has answered. Nothing when it refuses: the lifecycle then has its exit code. A process that
  // was registered before has jobs to run again as soon as its token file holds a good token, so it waits for that.
  Task<std::optional<protocol::RegisterReply>> register_agent(protocol::RegisterRequest request);
  // The own token was refused.
  void forget_identity() { identity_.reset(); }

 private:
  enum class Next : std::uint8_t { now, later, never };
  Next after(const Error& error);
  Next refused(const Error& error);
  Next no_token(std::string_view why);
  Secret token() const;
  void registered(const protocol::RegisterReply& reply, const protocol::RegisterRequest& request);
  Result<void> keep(const protocol::RegisterReply& reply);

  ApiClient& api_;
  const WorkDir& folder_;
  Lifecycle& lifecycle_;
  ServerWatch& watch_;
  RegistrarSettings settings_;
  Wakeup wakeup_;
  std::optional<Identity> identity_;
  bool was_registered_ = false;  // in this process
  bool said_ = false;            // that there is no good token
};

}  // namespace open_cicd::agent
