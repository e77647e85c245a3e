// Agents: registration, polls, heartbeats, drain, removal, and the list. Rules of identity:
// docs/reference/agent-protocol.md.
#pragma once

#include "agents/dispatcher.h"
#include "agents/labels.h"
#include "agents/presence.h"
#include "agents/settings.h"
#include "agents/withdrawals.h"
#include "base/asio.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/id.h"
#include "db/db.h"
#include "events/bus.h"
#include "jobs/jobs.h"
#include "protocol/messages.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace open_cicd::agents {

struct Agent {
  AgentId id;
  std::string name, version, os, arch;
  Labels labels;
  std::vector<std::string> executors;
  Withdrawn withdrawn;  // of the executors: lists only
  std::string boot_id;
  std::optional<std::int64_t> boot_seq;
  bool draining = false;
  std::int64_t registered_at = 0;
  std::int64_t last_seen_at = 0;
  std::optional<std::string> current_job;  // lists only
  std::string state;                       // idle, busy, draining, offline; lists only
  std::int64_t revision = 1;               // grows with each change of what is shown, its last_seen_at left out
};
BOOST_DESCRIBE_STRUCT(Agent, (),
                      (id, name, version, os, arch, labels, executors, boot_id, boot_seq, draining, registered_at,
                       last_seen_at))

struct Registration {
  AgentId id;
  std::optional<std::string> token;  // minted; nothing when the agent came with its own
};

struct Poll {
  AgentId agent;
  std::optional<std::string> boot_id;
  std::optional<std::int64_t> boot_seq;
  std::optional<std::int64_t> seen;
  Milliseconds wait{};
  // The agent keeps a poll open at all times on a connection of its own, so the end of that connection means that it
  // may be dead. A connection through a proxy says nothing: it ends for the proxy's reasons.
  bool watch = false;
};

// Thread-safe.
class Agents {
 public:
  Agents(const AgentSettings& settings, db::Session& db, const Clock& clock, jobs::Jobs& jobs, Dispatcher& dispatcher,
         Presence& presence, events::Bus& bus)
      : settings_(settings),
        db_(db),
        clock_(clock),
        jobs_(jobs),
        dispatcher_(dispatcher),
        presence_(presence),
        bus_(bus) {}

  // `self` is the agent when it came with its own token: it keeps its id, and labels that it was not granted are
  // dropped. `token_hash` and `token` belong to the new one otherwise. A new boot frees what the old one held. Errors:
  // invalid, superseded, too_many.
  Task<Result<Registration>> enroll(protocol::RegisterRequest request, std::optional<AgentId> self, std::string token,
                                    std::string token_hash);
  // Nothing when the wait ended without news (204), or because of `stop`. Errors: superseded.
  Task<Result<std::optional<protocol::PollReply>>> poll(Poll poll, Stop& stop);
  // The connection of a pending watched poll ended.
  void poll_dropped(AgentId agent) { presence_.watch_dropped(agent); }
  Task<Result<protocol::HeartbeatReply>> heartbeat(AgentId agent, protocol::HeartbeatRequest beat);
  // Which of these nobody works on any more: the attempt is over, and the process that had it is not heard, so that it
  // cannot clean up after itself. What was never heard of is gone as well.
  Task<std::vector<protocol::HeldLease>> gone(std::vector<protocol::LeftAttempt> left);
  // May this agent claim that job: boot, drain, labels, executor. Errors: superseded, draining, not_found (not in its
  // scope).
  Task<Result<void>> admit_claim(AgentId agent, JobId job, std::string boot_id, std::optional<std::int64_t> boot_seq);
  // What the agent's finish of this lease, its last, may claim besides: what a poll after it would offer, reserved.
  // Nothing when a newer process has taken over.
  Task<std::optional<jobs::NextClaim>> next_claim(AgentId agent, protocol::HeldLease ends, protocol::NextClaim asked);
  void give_back(JobId unclaimed) { dispatcher_.give_back(unclaimed); }
  Task<Result<Agent>> drain(AgentId agent, bool drain);
  Task<Result<void>> remove(AgentId agent);  // its open lease is lost at once
  struct List {
    std::vector<Agent> agents;
    std::optional<std::string> next;
  };
  Task<List> list(int limit, std::optional<std::string> after);
  Task<Result<Agent>> get(AgentId agent);
  // By its id or its name: of several with that name the one that registered last. Those that were removed count, as
  // their history is still there. Error: not_found.
  Task<Result<AgentId>> find(std::string word);
  Task<std::vector<Agent>> some(std::vector<AgentId> ids);  // of these, those that are there, in any order
  Task<std::map<std::string, std::int64_t>> counts();       // by state
  void heard(AgentId agent) { presence_.heard(agent); }

  // Background duties of the server.
  Task<void> save_last_seen();
  Task<void> forget_offline();
  Task<void> tell_presence();  // who went away since the last call, or came back

 private:
  Task<std::optional<Agent>> load(AgentId agent);
  std::vector<Agent> as_shown(const db::Rows& rows, std::size_t most, std::int64_t newest_revision) const;
  Task<bool> holds(AgentId agent, JobId job);
  template <class Row>
  const char* state_of(const Row& agent) const;  // of a row with id, draining and current_job
  struct Found {                                 // by a poll, when it looks
    Candidate candidate;
    protocol::PollReply reply;  // without offers
  };
  Task<Result<std::unique_ptr<Found>>> look(const Poll& poll);
  // Returns nothing when the agent is to wait until its revision changes.
  std::optional<protocol::PollReply> reply_now(Found& found, const Poll& poll);
  Result<void> check_boot(const Agent& agent, const std::optional<std::string>& boot_id,
                          std::optional<std::int64_t> boot_seq) const;
  Task<void> free_other_boots(AgentId agent, std::string boot_id);

  const AgentSettings& settings_;
  db::Session& db_;
  const Clock& clock_;
  jobs::Jobs& jobs_;
  Dispatcher& dispatcher_;
  Presence& presence_;
  events::Bus& bus_;
  Withdrawals withdrawals_;
};

}  // namespace open_cicd::agents
