// What the operator of an agent says about the git that makes its jobs' checkouts.
#pragma once

#include "base/clock.h"
#include "base/secret.h"

#include <optional>
#include <string>

namespace open_cicd::runner {

struct GitSettings {
  Secret proxy;                       // http://[user:password@]host:port for http(s) remotes; empty: none
  std::string no_proxy;               // hosts that are reached without it, as curl reads the variable of that name
  Milliseconds silence_max{600'000};  // a fetch of which nothing is heard for this long is ended
  // How long a fetch is repeated while its server cannot be reached, or breaks off: the agent's own server, which may
  // be starting again, and any other.
  Milliseconds server_patience{300'000}, patience{10'000};
  Milliseconds retry_first{500}, retry_max{8'000};  // the waits between, each twice the one before
};

// How git reaches the repository of one job: by the agent's server.
struct GitRoute {
  std::string url;      // takes the place of the checkout's url in requests, and only there
  Secret token;         // of the header "Authorization: Bearer …" of requests below it
  std::string ca = {};  // certificates, as PEM, of who signed the server's; empty: the machine's
};

}  // namespace open_cicd::runner
