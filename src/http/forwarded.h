// What proxies say of a request's client, in X-Forwarded-For and X-Forwarded-Proto. Only those that the operator named
// are believed: anybody can send such a header.
#pragma once

#include "base/error.h"
#include "http/connection_limits.h"
#include "http/message.h"

#include <string>
#include <string_view>
#include <vector>

namespace open_cicd::http {

class TrustedProxies {
 public:
  TrustedProxies() = default;
  // Addresses and networks with commas between: "10.0.0.0/8, ::1". Error: invalid "bad_proxies", with the entry.
  static Result<TrustedProxies> parse(std::string_view list);

  bool trusts(const PeerAddress::Key& address) const;

 private:
  struct Network {
    PeerAddress::Key address;
    int bits;
  };
  std::vector<Network> networks_;
};

struct Forwarded {
  std::string address;  // of the client, without its port
  bool https = false;   // between the client and the first proxy that says so
};
// Of a request whose peer, at `peer`, is trusted. The client is the last address in the list that is no trusted
// proxy's, as each proxy adds its own peer at the end; what is no address ends the list.
Forwarded forwarded_by(const TrustedProxies& proxies, std::string_view peer, const Request& request);

}  // namespace open_cicd::http
