// The agent's own /healthz and /metrics, for Docker's HEALTHCHECK and for Prometheus.
#pragma once

#include "agent/metrics.h"
#include "agent/server_watch.h"
#include "base/error.h"

#include <memory>
#include <string>

namespace open_cicd::http {
class Server;
}

namespace open_cicd::agent {

// Has a thread of its own, so that it answers while the agent is busy. No tokens, so it exists only where the operator
// has chosen an address: jobs that use the machine's network can read it on loopback too. It tells counts only.
class StatusPage {
 public:
  // `listen` is host:port, port 0 for any. `watch` outlives the page. Healthy means that the server answered within
  // `ttl`.
  static Result<std::unique_ptr<StatusPage>> start(const std::string& listen, const ServerWatch& watch,
                                                   const Metrics& metrics, Milliseconds ttl);
  ~StatusPage();
  const std::string& url() const { return url_; }

 private:
  StatusPage() = default;
  std::unique_ptr<http::Server> server_;
  std::string url_;
};

}  // namespace open_cicd::agent
