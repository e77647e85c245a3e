// The one job that an agent holds, and what the server says about it.
#pragma once

#include "agent/job_session.h"
#include "agent/lifecycle.h"

#include <functional>
#include <memory>

namespace open_cicd::agent {

enum class After : std::uint8_t { next_job, end };  // --once

// Single-threaded. The sessions end before it does: await finished().
class JobSlot {
 public:
  JobSlot(const asio::any_io_executor& executor, Lifecycle& lifecycle, SessionTools tools, SessionSettings settings,
          After after);

  bool idle() const { return session_ == nullptr && !claiming_; }
  // A claim is on its way: the slot is neither idle nor free for another.
  void reserve() { claiming_ = true; }
  void unreserve();
  // `sent_at`: when the claim was, of CLOCK_BOOTTIME.
  void start(JobId job, protocol::ClaimReply claim, std::chrono::nanoseconds sent_at, ClaimedBy by = ClaimedBy::offer);

  // `state` as in polls and heartbeats: ok, cancel, lost, finished. Other jobs and attempts are ignored.
  void apply(std::string_view job, int attempt, std::string_view state);
  std::vector<protocol::HeldLease> held() const;
  // Whether a poll's leases lack the job that runs. One whose end is on its way hears of it from the finish's answer.
  bool misses(const std::vector<protocol::LeaseState>& leases) const;
  void renewed(std::chrono::nanoseconds sent_at);
  void server_heard();
  void forget();
  void abandon();

  // Told of each job that failed by the agent's own trouble.
  void on_trouble(std::function<void()> told) { on_trouble_ = std::move(told); }
  // Asked when a job's end is sent: what to claim with it.
  void on_free(AskNext ask) { on_free_ = std::move(ask); }

  Task<void> wait_until_idle();
  Task<void> finished();  // the job and all tidying up
  // Registration may change these; for jobs that start later.
  SessionSettings& settings() { return settings_; }

 private:
  Task<void> run(std::shared_ptr<JobSession> session);
  std::optional<protocol::NextClaim> next_claim() const;
  Task<void> tidy_up(std::shared_ptr<JobSession> session, bool keep_spool);

  asio::any_io_executor executor_;
  Lifecycle& lifecycle_;
  SessionTools tools_;
  SessionSettings settings_;
  After after_;
  std::function<void()> on_trouble_;
  AskNext on_free_;
  std::shared_ptr<JobSession> session_;
  // What a poll said of another lease than the session's: that job comes with the answer to the finish under way.
  std::optional<protocol::LeaseState> early_;
  TaskGroup tasks_;
  std::size_t tidying_ = 0;
  bool claiming_ = false;
};

}  // namespace open_cicd::agent
