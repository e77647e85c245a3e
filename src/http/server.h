// The HTTP/1.1 server: one io_context per core, each with its own acceptor (SO_REUSEPORT); a connection lives on one
// core.
#pragma once

#include "base/asio.h"
#include "base/error.h"
#include "http/forwarded.h"
#include "http/router.h"

#include <prometheus/registry.h>

#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace open_cicd::http {

// Limits; names say the unit. Numbers come from docs/guides/security: sections F5, F6.
struct ServerSettings {
  std::string host = "127.0.0.1";
  std::uint16_t port = 8080;    // 0: any free one, see Server::port()
  unsigned cores = 0;           // 0: as many as the machine has
  std::string base_path = {};   // "/ci": paths below it are found as if it were not there, beside those without it
  TrustedProxies proxies = {};  // whose X-Forwarded-For and X-Forwarded-Proto count
  std::size_t header_bytes_max = 32 * 1024;       // over it: 431
  std::size_t header_fields_max = 100;            // 431
  std::size_t target_bytes_max = 8 * 1024;        // 414
  std::size_t connections_max = 30'000;           // over it: accept waits
  std::size_t connections_per_address_max = 256;  // over it: closed at once
  std::size_t connections_per_loopback_address_max = 25'000;
  std::size_t bodies_bytes_max = 256 << 20;          // of all large bodies at once (see BodyBudget); over it: 503
  std::chrono::milliseconds header_timeout{10'000};  // from the first byte to the end of the header section
  std::chrono::milliseconds idle_timeout{60'000};    // between requests
  std::chrono::milliseconds body_grace{10'000};      // then at least body_min_bytes_per_s
  std::size_t body_min_bytes_per_s = 1024;
  std::chrono::milliseconds write_timeout{30'000};   // a peer that takes nothing for this long is closed
  std::chrono::milliseconds shutdown_grace{10'000};  // then connections are cut
};

// Makes the answer to an exception that left a handler or gate, and logs it. Called on any core. Without one: logged,
// 500 "internal".
using ExceptionMapper = std::function<Response(std::exception_ptr failure, std::string_view request_id)>;

class Server {
 public:
  // Binds at once: Error "address_in_use", "address_not_available", "address_denied" with what to do.
  static Result<std::unique_ptr<Server>> bind(ServerSettings settings, std::shared_ptr<const Router> router,
                                              std::shared_ptr<prometheus::Registry> metrics,
                                              ExceptionMapper on_exception = {});
  virtual ~Server() = default;

  virtual std::uint16_t port() const = 0;
  // The io_context of core i; run by the server's own threads. Background loops of the product may live there.
  virtual asio::any_io_executor executor(std::size_t core = 0) = 0;
  virtual void start() = 0;
  // Stops accepting, marks requests shutting_down(), lets running ones finish within shutdown_grace, then cuts. Blocks
  // until threads ended: never call it on a core. Loops of the product on executor() must have been stopped before.
  virtual void stop() = 0;
};

}  // namespace open_cicd::http
