// The composition root of `open-cicd server`: builds the graph once, runs the background loops, and takes it down in
// order.
#pragma once

#include "auth/auth.h"
#include "base/error.h"
#include "server/settings.h"

#include <filesystem>
#include <memory>
#include <string>

namespace open_cicd::server {

class ControlPlane {
 public:
  // Locks the folder, opens and migrates the database, leaves the first tokens, binds the port. Errors are for the
  // operator, with what to do.
  static Result<std::unique_ptr<ControlPlane>> open(ServerConfig config);
  virtual ~ControlPlane() = default;

  virtual std::string url() const = 0;
  virtual void start() = 0;
  virtual void stop() = 0;  // graceful; returns when every thread has ended
  // Another server took the database while this one could not reach it. The process has been sent SIGTERM.
  virtual bool overtaken() const = 0;
};

// Whether this program was built with the pages for browsers.
bool has_web_pages();

// The variable that may hold the keys of the secrets. To be taken from the environment, before there are threads.
inline constexpr const char* secret_keys_variable = "OPEN_CICD_SECRET_KEYS";

// `open-cicd server`: open, start, wait for SIGTERM or SIGINT, stop. Returns the exit code. `keys`: instead of those of
// the file.
int run_server(const Settings& settings, std::optional<secrets::Keys> keys);

// `open-cicd migrate`: returns how many migrations ran.
Result<int> migrate_database(const ServerConfig& config);

// `open-cicd token reset`: the new token's file. The server may be running.
Result<std::filesystem::path> reset_token(const ServerConfig& config, auth::TokenKind kind);

}  // namespace open_cicd::server
