// The protocol's times. All are settings in milliseconds, so that a test can run at a tenth of the scale.
#pragma once

#include "base/clock.h"

namespace open_cicd::agents {

struct AgentSettings {
  Milliseconds heartbeat{10'000};  // told to agents at registration
  Milliseconds lease_ttl{60'000};  // no renewal for this long: the lease is lost
  Milliseconds poll_wait{25'000};  // the longest a poll is held
  Milliseconds reaper_tick{500};
  Milliseconds start_timeout{30'000};      // assigned, but not running: the lease is lost
  Milliseconds watch_silence{4'000};       // a watched poll's connection ended and nothing was heard since
  Milliseconds watch_mass_window{10'000};  // many silent within this: the network's fault, only the TTL counts
  Milliseconds watch_grace{30'000};        // after a start or a stall of the server
  Milliseconds cancel_silence{60'000};     // cancelling and no renewal
  Milliseconds cancel_total{300'000};      // cancelling in all
  Milliseconds deadline_slack{60'000};     // beyond the job's own time-out
  Milliseconds offer_time{1'000};          // an offer is one agent's for this long
  Milliseconds release_pause{
      60'000};  // a job that an agent gave back or could not run is not offered to it again for this long
  Milliseconds forget_offline{86'400'000};  // an agent not heard for this long is removed
  std::int64_t max_chunk = 1 << 20;         // bytes of one log append after decoding
  std::size_t agents_max = 100'000;         // registered at once
};

}  // namespace open_cicd::agents
