#include "server/core.h"

#include "base/log.h"

#include <fmt/ranges.h>
#include <prometheus/histogram.h>

namespace open_cicd::server {
namespace {

// A server does not change agents that often, so that a later one begins with a higher number.
constexpr std::int64_t revisions_per_ms = 1'000;
constexpr Milliseconds queue_reload{60'000};
constexpr Milliseconds load_pause{1'000};
constexpr Milliseconds schedules_tick{1'000};
constexpr Milliseconds last_seen_interval{15'000};
constexpr Milliseconds forget_keys_interval{3'600'000};

prometheus::Histogram& dispatch_latency(prometheus::Registry& metrics) {
  return prometheus::BuildHistogram()
      .Name("open_cicd_dispatch_seconds")
      .Help("From queued to claimed")
      .Register(metrics)
      .Add({},
           prometheus::Histogram::BucketBoundaries{0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 1, 5, 30, 120, 600});
}

}  // namespace

Core::Core(const CoreSettings& settings, db::Session& db, const Clock& clock, WorkerPool& pool, auth::Auth& auth,
           Secret lease_key, secrets::Keys keys, std::shared_ptr<prometheus::Registry> metrics, Outside outside,
           WrapLedger wrap_ledger)
    : settings_(settings),
      clock_(clock),
      bus_(clock.unix_ms() * revisions_per_ms),
      jobs_(settings.jobs, db, clock, bus_, jobs::LeaseKey(std::move(lease_key))),
      runs_(settings.runs, db, clock, jobs_),
      dispatcher_(settings.agents, clock),
      presence_(settings.agents, clock),
      agents_(settings.agents, db, clock, jobs_, dispatcher_, presence_, bus_),
      reaper_(settings.agents, clock, jobs_, presence_),
      logs_(
          settings.logs, db, pool, bus_, [this](JobId job) { return jobs_.snapshot(job); }, metrics),
      feed_(settings.events, bus_),
      queue_({}, db, clock, jobs_, dispatcher_, agents_),
      analysis_(db, runs_, logs_),
      // What is sealed is bound to the server's id: the key that it is made of never changes, a reset of tokens
      // included.
      secrets_(db, clock, std::move(keys), jobs_.server_id()),
      deliveries_(db, clock),
      repositories_(settings.repositories, db, clock, outside.forges, secrets_, deliveries_, outside.git_pool),
      schedules_(db, clock, deliveries_),
      intake_(db, clock, repositories_, deliveries_, schedules_, runs_, pool),
      reporter_(db, clock, repositories_, runs_),
      poller_(db, clock, repositories_, deliveries_, outside.poll_pool),
      grants_(db, repositories_, secrets_),
      notifier_(db, clock, repositories_, secrets_, runs_, outside.channels),
      wrapped_(wrap_ledger != nullptr ? wrap_ledger(logs_) : nullptr),
      registrations_(settings.registrations_per_minute, clock),
      sign_in_failures_(settings.sign_in_failures_per_minute, clock),
      cleaner_(settings.cleaner, db, clock, logs_,
               [this](const std::vector<JobId>& jobs) { services_.ended_jobs->forget(jobs); }),
      services_{auth,
                jobs_,
                runs_,
                agents_,
                dispatcher_,
                logs_,
                feed_,
                queue_,
                analysis_,
                secrets_,
                repositories_,
                deliveries_,
                schedules_,
                intake_,
                grants_,
                notifier_,
                db,
                settings.agents,
                metrics,
                registrations_,
                sign_in_failures_,
                pool,
                settings.stream_token_check,
                &cleaner_.rule(),
                settings.logs.directory.parent_path()},
      views_(services_) {
  jobs_.connect(dispatcher_, wrapped_ ? *wrapped_ : static_cast<jobs::LogLedger&>(logs_), runs_);
  dispatcher_.observe_latency(dispatch_latency(*metrics));
}

Task<void> Core::load_queue() {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  while (!jobs_.queue_loaded()) {
    try {
      co_await jobs_.load_queue();
      co_return;
    } catch (const db::DatabaseError& e) {
      log_error("the queue cannot be loaded; trying again", {{"error", e.what()}});
    }
    timer.expires_after(load_pause);
    co_await timer.async_wait(asio::use_awaitable);
  }
}

Task<void> Core::seal_secrets() {
  const secrets::Rotated rotated = co_await secrets_.rotate();
  if (rotated.sealed > 0) log_info("secrets were sealed anew with the current key", {{"secrets", rotated.sealed}});
  if (!rotated.unreadable.empty())
    log_error("secrets cannot be opened with the keys that there are: put the missing key back, or store them again",
              {{"secrets", fmt::format("{}", fmt::join(rotated.unreadable, " "))}});
}

std::vector<Duty> Core::duties() {
  const auto tick = [this]() -> Task<void> {
    dispatcher_.tick();
    co_return;
  };
  return {// A commit whose answer was lost leaves jobs that memory does not know.
          {"reload the queue", queue_reload, [this] { return jobs_.load_queue(); }},
          {"dispatcher", settings_.dispatcher_tick, tick},
          {"reaper", settings_.agents.reaper_tick, [this] { return reaper_.tick(); }},
          {"runs", settings_.agents.reaper_tick, [this] { return runs_.sweep(); }},
          {"presence", settings_.agents.reaper_tick, [this] { return agents_.tell_presence(); }},
          {"last seen", last_seen_interval, [this] { return agents_.save_last_seen(); }},
          {"forget agents", settings_.forget_agents, [this] { return agents_.forget_offline(); }},
          {"forget keys", forget_keys_interval, [this] { return jobs_.forget_old_keys(); }},
          {"forget sessions", forget_keys_interval, [this] { return services_.auth.sessions().forget_expired(); }},
          {"retention", cleaner_.interval(), [this] { return cleaner_.pass(); }},
          {"schedules", schedules_tick, [this] { return schedules_.tick(); }},
          {"old deliveries", cleaner_.interval(), [this] { return forget_deliveries(); }}};
}

Task<void> Core::forget_deliveries() {
  const std::int64_t cutoff = clock_.unix_ms() - settings_.keep_deliveries.count();
  while (co_await deliveries_.remove_older(cutoff) > 0) continue;
}

void Core::end_waits() {
  dispatcher_.shut_down();
  logs_.close_streams();
  feed_.close();
}

http::Response answer_exception(std::exception_ptr failure, std::string_view request_id) {
  try {
    std::rethrow_exception(failure);
  } catch (const db::DatabaseError& e) {
    log_error("the database failed a request", {{"request", request_id}, {"error", e.what()}});
    if (e.kind() != db::DatabaseError::Kind::statement)
      return http::problem(
          Error(ErrorKind::unavailable, "database_unavailable", "The database does not answer. Try again.")
              .with_retry_after(std::chrono::seconds(1)),
          request_id);
  } catch (const std::exception& e) {
    log_error("a request failed", {{"request", request_id}, {"error", e.what()}});
  }
  return http::problem(Error(ErrorKind::internal, "internal",
                             "The server made a mistake. Its log has the details under this request id."),
                       request_id);
}

}  // namespace open_cicd::server
