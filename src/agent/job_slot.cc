#include "agent/job_slot.h"

#include "base/log.h"
#include "runner/remove_tree.h"

#include <algorithm>

namespace open_cicd::agent {
namespace {

// Folders that are still being deleted while later jobs run; beyond that the agent takes no job until some are gone.
constexpr std::size_t tidying_max = 8;

}  // namespace

JobSlot::JobSlot(const asio::any_io_executor& executor, Lifecycle& lifecycle, SessionTools tools,
                 SessionSettings settings, After after)
    : executor_(executor),
      lifecycle_(lifecycle),
      tools_(tools),
      settings_(std::move(settings)),
      after_(after),
      tasks_(executor) {
  tools_.ask_next = [this] { return next_claim(); };
}

// None while folders wait to be deleted, so that a job that was claimed never waits for that.
std::optional<protocol::NextClaim> JobSlot::next_claim() const {
  if (!on_free_ || after_ == After::end || lifecycle_.draining() || lifecycle_.exit_code() || tidying_ >= tidying_max)
    return std::nullopt;
  return on_free_();
}

void JobSlot::unreserve() {
  claiming_ = false;
  lifecycle_.changed.notify_all();
}

void JobSlot::start(JobId job, protocol::ClaimReply claim, std::chrono::nanoseconds sent_at, ClaimedBy by) {
  settings_.runner.agent_id = tools_.api.agent_id();
  settings_.runner.server_id = tools_.api.server_id();
  session_ = std::make_shared<JobSession>(executor_, tools_, settings_, job, std::move(claim), by, sent_at);
  claiming_ = false;
  if (const auto early = std::exchange(early_, std::nullopt)) apply(early->job_id, early->attempt, early->state);
  tools_.metrics.job_started();
  log_debug("a job starts", {{"job", job.str()}, {"attempt", session_->attempt()}, {"name", session_->name()}});
  tasks_.spawn("run a job", run(session_));
}

Task<void> JobSlot::run(std::shared_ptr<JobSession> session) {
  SessionEnd end;
  try {
    end = co_await session->run(lifecycle_.draining());
  } catch (const std::exception& e) {
    // A bug, or no memory: a new process starts clean and sweeps what is left.
    log_error("a job could not be run; the agent ends", {{"job", session->job().str()}, {"error", e.what()}});
    lifecycle_.end(ExitCode::failed);
  }
  tools_.metrics.job_ended(end.state);
  log_debug("a job ended", {{"job", session->job().str()}, {"attempt", session->attempt()}, {"state", end.state}});
  if (end.own_trouble && on_trouble_) on_trouble_();
  if (end.for_agent == Decision::superseded) lifecycle_.end(ExitCode::superseded);
  if (end.for_agent == Decision::register_again) lifecycle_.register_again();
  if (after_ == After::end && end.state != "released") lifecycle_.drain();
  ++tidying_;
  tasks_.spawn("tidy up after a job", tidy_up(session, end.keep_spool));
  while (tidying_ > tidying_max) co_await lifecycle_.changed.wait();
  session_.reset();
  if (end.next && !lifecycle_.exit_code())
    start(end.next->job, std::move(end.next->claim), end.next->sent_at, ClaimedBy::finish);
  lifecycle_.changed.notify_all();
}

// Deletes the job's folder on a worker: the next job does not wait for a large one.
Task<void> JobSlot::tidy_up(std::shared_ptr<JobSession> session, bool keep_spool) {
  co_await offload(tools_.workers, [ended = session.get(), keep_spool] {
    const std::error_code ec = runner::remove_tree(ended->job_directory());
    if (ec)
      log_warn("a job's folder could not be removed",
               {{"folder", ended->job_directory().string()}, {"error", ec.message()}});
    if (!keep_spool) ended->remove_spool();
  });
  --tidying_;
  lifecycle_.changed.notify_all();
}

void JobSlot::apply(std::string_view job, int attempt, std::string_view state) {
  if (!session_) return;
  if (session_->attempt() != attempt || session_->job().str() != job) {
    if (session_->finishing())
      early_ = protocol::LeaseState{.job_id = std::string(job), .attempt = attempt, .state = std::string(state)};
    return;
  }
  if (state == "cancel") session_->cancel();
  if (state == "lost") session_->forget();
  if (state == "finished") session_->finished_for_server();
}

std::vector<protocol::HeldLease> JobSlot::held() const {
  if (!session_) return {};
  return {{.job_id = session_->job().str(), .attempt = session_->attempt()}};
}

bool JobSlot::misses(const std::vector<protocol::LeaseState>& leases) const {
  if (!session_ || session_->finishing()) return false;
  return std::ranges::none_of(leases, [this](const protocol::LeaseState& lease) {
    return lease.job_id == session_->job().str() && lease.attempt == session_->attempt();
  });
}

void JobSlot::renewed(std::chrono::nanoseconds sent_at) {
  if (session_) session_->renewed(sent_at);
}

void JobSlot::server_heard() {
  if (session_) session_->server_heard();
}

void JobSlot::forget() {
  if (session_) session_->forget();
}

void JobSlot::abandon() {
  if (session_) session_->abandon();
}

Task<void> JobSlot::wait_until_idle() {
  while (!idle()) co_await lifecycle_.changed.wait();
}

Task<void> JobSlot::finished() {
  co_await tasks_.join();
}

}  // namespace open_cicd::agent
