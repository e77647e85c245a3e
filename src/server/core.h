// The domains of a server wired together over a database, a clock and a pool: its routes, its background duties, and
// what it answers when a handler throws. It has no sockets and no threads of its own, so that the simulation
// (tests/sim) runs what the product runs.
#pragma once

#include "agents/reaper.h"
#include "api/event_views.h"
#include "api/routes.h"
#include "repositories/grants.h"
#include "repositories/intake.h"
#include "repositories/notifier.h"
#include "repositories/poller.h"
#include "repositories/reporter.h"
#include "runs/runs.h"
#include "secrets/vault.h"
#include "server/cleaner.h"

#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace open_cicd::server {

struct CoreSettings {
  agents::AgentSettings agents;
  jobs::JobSettings jobs;
  runs::RunSettings runs;
  logs::LogSettings logs;
  events::FeedSettings events;
  CleanerSettings cleaner;
  repositories::RepositorySettings repositories;
  Milliseconds keep_deliveries{std::int64_t{30} * 86'400'000};
  int registrations_per_minute = 300;
  int sign_in_failures_per_minute = 10;
  Milliseconds stream_token_check{15'000};
  Milliseconds dispatcher_tick{100};
  Milliseconds forget_agents{3'600'000};  // how often agents that are offline for long are looked for
};

// What is done again and again while the server lives.
struct Duty {
  std::string_view name;
  Milliseconds interval;
  std::function<Task<void>()> run;
};

// What leads out of this process; outlives the core.
struct Outside {
  WorkerPool& git_pool;   // each of its threads waits for one git program at a time
  WorkerPool& poll_pool;  // the same, for polls
  const repositories::Forges& forges;
  repositories::Channels channels = {};
};

// Everything given by reference outlives it. Its parts are thread-safe; each duty is one task's.
class Core {
 public:
  // A test may put its own ledger before that of the logs.
  using WrapLedger = std::unique_ptr<jobs::LogLedger> (*)(jobs::LogLedger& logs);

  Core(const CoreSettings& settings, db::Session& db, const Clock& clock, WorkerPool& pool, auth::Auth& auth,
       Secret lease_key, secrets::Keys keys, std::shared_ptr<prometheus::Registry> metrics, Outside outside,
       WrapLedger wrap_ledger = nullptr);

  std::vector<http::Route> routes() { return api::make_routes(services_); }

  // In this order: start() before the first request, then requests are served, load_queue() and the duties run.
  void start() { logs_.start(); }
  // Until it has succeeded: as long as it has not, the jobs of before the start wait, and /readyz says so.
  Task<void> load_queue();
  std::vector<Duty> duties();
  // Tells those who follow what changes, until it is cancelled.
  Task<void> tell_changes() { return feed_.run(views_); }
  // Seals anew what older keys have sealed.
  Task<void> seal_secrets();
  // Works on what forges sent, tells them how runs stand, polls remotes, and tells people of ends, each until it is
  // cancelled.
  Task<void> take_in_deliveries() { return intake_.run(); }
  Task<void> report_to_forges() { return reporter_.run(); }
  Task<void> poll_remotes() { return poller_.run(); }
  Task<void> send_notifications() { return notifier_.run(); }
  repositories::Repositories& repositories() { return repositories_; }
  repositories::Notifier& notifier() { return notifier_; }
  // Ends what waits (polls, streams), so that the other requests can end in order; after them, stop().
  void end_waits();
  Task<void> stop() { return logs_.stop(); }

  jobs::Jobs& jobs() { return jobs_; }
  logs::Logs& logs() { return logs_; }

 private:
  Task<void> forget_deliveries();

  const CoreSettings& settings_;
  const Clock& clock_;
  events::Bus bus_;
  jobs::Jobs jobs_;
  runs::Runs runs_;
  agents::Dispatcher dispatcher_;
  agents::Presence presence_;
  agents::Agents agents_;
  agents::Reaper reaper_;
  logs::Logs logs_;
  events::Feed feed_;
  queue::Queue queue_;
  analysis::Analysis analysis_;
  secrets::Vault secrets_;
  repositories::Deliveries deliveries_;
  repositories::Repositories repositories_;
  repositories::Schedules schedules_;
  repositories::Intake intake_;
  repositories::Reporter reporter_;
  repositories::Poller poller_;
  repositories::Grants grants_;
  repositories::Notifier notifier_;
  const std::unique_ptr<jobs::LogLedger> wrapped_;
  api::RateLimit registrations_, sign_in_failures_;
  Cleaner cleaner_;
  api::Services services_;
  api::EventViews views_;
};

// The answer to a request whose handler threw. 503 when the database is away, else 500: then it is our mistake.
http::Response answer_exception(std::exception_ptr failure, std::string_view request_id);

}  // namespace open_cicd::server
