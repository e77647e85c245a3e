// Where the checkout of a containerised job may connect to. Its git runs beside the agent, so the agent's own machine
// must be out of reach as it is for the job's containers.
#pragma once

#include "base/asio.h"
#include "base/error.h"

#include <boost/asio/ip/address.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace open_cicd::docker {

struct GitHost {
  std::string name;  // or an address, an IPv6 one without brackets
  std::uint16_t port = 0;
  bool is_http = false;
};

// Of a URL that runner::plan_checkout() took; user names are skipped. Error: forbidden "exit" for a file:// and for
// what two parsers could read differently.
Result<GitHost> git_host_of(std::string_view url);

// Loopback, link-local (with the metadata addresses of clouds), unspecified, multicast; also as IPv4 in IPv6.
bool is_of_this_machine(const boost::asio::ip::address& address);

// Looks the name up. Returns what pins curl to the addresses that were looked at, "name:port:address,…", or "" for
// other transports than http. Errors: forbidden "exit" when one of the addresses is of this machine, unavailable
// "exit" when there is none.
Task<Result<std::string>> check_git_host(GitHost host);

}  // namespace open_cicd::docker
