#include "agent/leftovers.h"

#include "base/log.h"
#include "protocol/message_rules.h"

#include <algorithm>

namespace open_cicd::agent {

Leftovers::Leftovers(const asio::any_io_executor& executor, ApiClient& api, const JobSlot& slot,
                     const ExecutorsByName& executors, Boot boot, Milliseconds interval)
    : api_(api),
      slot_(slot),
      executors_(executors),
      boot_(std::move(boot)),
      interval_(interval),
      timer_(executor),
      random_(std::random_device{}()) {}

Task<void> Leftovers::run() {
  const std::int64_t fifth = interval_.count() / 5;
  for (;;) {
    for (const auto& [name, where] : executors_) {
      co_await sweep(*where);
      co_await where->tidy_up();
    }
    timer_.expires_after(
        Milliseconds(interval_.count() + std::uniform_int_distribution<std::int64_t>(-fifth, fifth)(random_)));
    co_await timer_.async_wait(asio::use_awaitable);
  }
}

bool Leftovers::is_own(const protocol::LeftAttempt& left) const {
  return left.agent_id == api_.agent_id() && left.boot_id == boot_.id;
}

bool Leftovers::is_held(const protocol::LeftAttempt& left) const {
  return std::ranges::any_of(slot_.held(), [&](const protocol::HeldLease& lease) {
    return lease.job_id == left.job_id && lease.attempt == left.attempt;
  });
}

// What is this agent's own but not of its job was left by a tear-down that failed. The server is asked about the rest.
Task<void> Leftovers::sweep(runner::Executor& where) {
  const std::string server = api_.server_id();
  if (server.empty()) co_return;
  const std::vector<protocol::LeftAttempt> found = co_await where.find_left(server);
  protocol::LeftoversRequest others;
  for (const protocol::LeftAttempt& left : found) {
    if (!is_own(left)) {
      // The rest is for the next time.
      if (others.attempts.size() < protocol::leftovers_max) others.attempts.push_back(left);
    } else if (!is_held(left)) {
      co_await where.remove_left(server, left);
    }
  }
  if (others.attempts.empty()) co_return;
  const Result<protocol::LeftoversReply> reply = co_await api_.leftovers(others);
  if (!reply) {
    log_debug("the server does not say what dead agents left", {{"error", reply.error().message()}});
    co_return;
  }
  for (const protocol::LeftAttempt& left : others.attempts) {
    const bool gone = std::ranges::any_of(reply->gone, [&](const protocol::HeldLease& lease) {
      return lease.job_id == left.job_id && lease.attempt == left.attempt;
    });
    if (!gone) continue;
    log_info("what a dead agent left is removed",
             {{"agent", left.agent_id}, {"job", left.job_id}, {"attempt", left.attempt}});
    co_await where.remove_left(server, left);
  }
}

}  // namespace open_cicd::agent
