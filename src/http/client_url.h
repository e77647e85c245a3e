// Where a client connects.
#pragma once

#include "base/error.h"

#include <string>
#include <string_view>

namespace open_cicd::http {

struct ServerAddress {
  std::string base;  // as given
  std::string host;  // without brackets; empty for a unix socket
  std::string port;
  std::string host_header;
  std::string prefix;  // of every target: "" or "/v1.41"
  std::string unix_path;
  bool tls = false;
};

// Error: invalid "bad_url".
Result<ServerAddress> parse_server_address(std::string_view base);

// Whether what is sent there stays on this machine: a unix socket, an address of the loopback network, or "localhost".
bool is_loopback(const ServerAddress& address);

}  // namespace open_cicd::http
