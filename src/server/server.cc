#include "server/server.h"

#include "agents/reaper.h"
#include "api/routes.h"
#include "base/every.h"
#include "base/run_alone.h"
#include "base/task_group.h"
#include "server/data_folder.h"
#include "server/database.h"

#include <boost/asio/use_future.hpp>
#include <prometheus/histogram.h>

#include <csignal>
#include <future>
#include <pthread.h>
#include <thread>

namespace open_cicd::server {
namespace {

constexpr std::size_t workers = 2;  // compression and file flushes
constexpr Milliseconds dispatcher_tick{100};
constexpr Milliseconds last_seen_interval{15'000};
constexpr Milliseconds queue_reload{60'000};
constexpr Milliseconds hour{3'600'000};

struct Prepared {
  std::optional<auth::Auth::FirstTokens> first_tokens;
  Secret lease_key;
};

Task<Result<Prepared>> prepare(db::Session& db, auth::Auth& auth) {
  const Result<int> migrated = co_await bring_up_to_date(db);
  if (!migrated) co_return std::unexpected(migrated.error());
  if (*migrated > 0)
    log_info("the database was brought up to date", {{"engine", db.engine()}, {"migrations", *migrated}});
  Prepared prepared{.first_tokens = co_await auth.make_first_tokens(), .lease_key = co_await auth.lease_key()};
  co_return prepared;
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

class Plane final : public ControlPlane {
 public:
  Plane(ServerConfig config, DataFolder folder)
      : config_(std::move(config)),
        folder_(std::move(folder)),
        metrics_(std::make_shared<prometheus::Registry>()),
        db_metrics_(*metrics_),
        pool_(workers) {}
  ~Plane() override { stop(); }

  Result<void> build();
  std::string url() const override;
  void start() override;
  void stop() override;

 private:
  void spawn_loops();

  ServerConfig config_;
  DataFolder folder_;
  SystemClock clock_;
  std::shared_ptr<prometheus::Registry> metrics_;
  db::Metrics db_metrics_;
  WorkerPool pool_;
  events::Bus bus_;
  std::unique_ptr<db::Session> db_;
  std::optional<auth::Auth> auth_;
  std::optional<jobs::Jobs> jobs_;
  std::optional<agents::Dispatcher> dispatcher_;
  std::optional<agents::Presence> presence_;
  std::optional<agents::Agents> agents_;
  std::optional<agents::Reaper> reaper_;
  std::optional<logs::Logs> logs_;
  std::optional<api::RateLimit> registrations_;
  std::optional<api::Services> services_;
  std::unique_ptr<http::Server> http_;
  std::optional<TaskGroup> loops_;
  bool running_ = false;
};

Result<void> Plane::build() {
  Result<std::unique_ptr<db::Session>> db = open_database(config_, &db_metrics_);
  if (!db) return std::unexpected(std::move(db.error()));
  db_ = std::move(*db);
  auth_.emplace(*db_, clock_);
  Result<Prepared> prepared = run_alone(prepare(*db_, *auth_));
  if (!prepared) return std::unexpected(std::move(prepared.error()));
  if (prepared->first_tokens) {
    for (const auto& [kind, token] : {std::pair("admin", &prepared->first_tokens->admin),
                                      std::pair("registration", &prepared->first_tokens->registration)}) {
      const auto file = write_token(folder_.path(), kind, *token);
      if (!file) return std::unexpected(file.error());
      log_info("a first token was made; take it away from there", {{"kind", kind}, {"file", file->string()}});
    }
  }
  jobs_.emplace(config_.jobs, *db_, clock_, bus_, jobs::LeaseKey(std::move(prepared->lease_key)));
  dispatcher_.emplace(config_.agents, clock_);
  presence_.emplace(config_.agents, clock_);
  agents_.emplace(config_.agents, *db_, clock_, *jobs_, *dispatcher_, *presence_);
  reaper_.emplace(config_.agents, clock_, *jobs_, *presence_);
  logs_.emplace(config_.logs, *db_, pool_, bus_, [this](JobId job) { return jobs_->snapshot(job); }, metrics_);
  jobs_->connect(*dispatcher_, *logs_);
  dispatcher_->observe_latency(prometheus::BuildHistogram()
                                   .Name("open_cicd_dispatch_seconds")
                                   .Help("From queued to claimed")
                                   .Register(*metrics_)
                                   .Add({}, prometheus::Histogram::BucketBoundaries{0.001, 0.0025, 0.005, 0.01, 0.025,
                                                                                    0.1, 0.5, 1, 5, 30, 120, 600}));
  registrations_.emplace(config_.registrations_per_minute, clock_);
  services_.emplace(api::Services{*auth_, *jobs_, *agents_, *dispatcher_, *logs_, *db_, config_.agents, metrics_,
                                  *registrations_, config_.stream_token_check});
  auto router = std::make_shared<const http::Router>(api::make_routes(*services_));
  Result<std::unique_ptr<http::Server>> http =
      http::Server::bind(config_.http, std::move(router), metrics_, answer_exception);
  if (!http) return std::unexpected(std::move(http.error()));
  http_ = std::move(*http);
  return {};
}

std::string Plane::url() const {
  const bool v6 = config_.http.host.contains(':');
  return fmt::format("http://{}{}{}:{}", v6 ? "[" : "", config_.http.host, v6 ? "]" : "", http_->port());
}

void Plane::spawn_loops() {
  loops_.emplace(http_->executor(0));
  // At the start, and again: a commit whose answer was lost, or another server's, leaves jobs that memory does not
  // know.
  loops_->spawn("load the queue", jobs_->load_queue());
  loops_->spawn("reload the queue", every(queue_reload, "reload the queue", [this] { return jobs_->load_queue(); }));
  loops_->spawn("dispatcher", every(dispatcher_tick, "dispatcher", [this]() -> Task<void> {
                  dispatcher_->tick();
                  co_return;
                }));
  loops_->spawn("reaper", every(config_.agents.reaper_tick, "reaper", [this] { return reaper_->tick(); }));
  loops_->spawn("last seen", every(last_seen_interval, "last seen", [this] { return agents_->save_last_seen(); }));
  loops_->spawn("forget agents", every(hour, "forget agents", [this] { return agents_->forget_offline(); }));
  loops_->spawn("forget keys", every(hour, "forget keys", [this] { return jobs_->forget_old_keys(); }));
}

void Plane::start() {
  running_ = true;
  logs_->start();
  http_->start();
  spawn_loops();
}

void Plane::stop() {
  if (!std::exchange(running_, false)) return;
  // Polls and streams end first, so that the grace of the HTTP server is for real requests only.
  dispatcher_->shut_down();
  logs_->close_streams();
  asio::co_spawn(http_->executor(0), loops_->stop(), asio::use_future).get();
  http_->stop();
  run_alone(logs_->stop());
  pool_.join();
}

}  // namespace

Result<std::unique_ptr<ControlPlane>> ControlPlane::open(ServerConfig config) {
  Result<DataFolder> folder = DataFolder::open(config.data);
  if (!folder) return std::unexpected(std::move(folder.error()));
  auto plane = std::make_unique<Plane>(std::move(config), std::move(*folder));
  if (Result<void> built = plane->build(); !built) return std::unexpected(std::move(built.error()));
  return plane;
}

int run_server(const Settings& settings) {
  apply_log_settings(settings);
  for (const std::string& warning : settings.warnings()) log_warn(warning);
  // Signals are waited for on this thread only; the threads made below inherit the mask.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);

  Result<ServerConfig> config = make_config(settings);
  if (!config) return log_error(config.error().message()), 2;
  Result<std::unique_ptr<ControlPlane>> plane = ControlPlane::open(std::move(*config));
  if (!plane) return log_error(plane.error().message()), 1;
  (*plane)->start();
  log_info("open-cicd serves", {{"url", (*plane)->url()}, {"data", settings.string("data")}});
  int signal = 0;
  sigwait(&signals, &signal);
  log_info("stopping", {{"signal", signal == SIGINT ? "SIGINT" : "SIGTERM"}});
  (*plane)->stop();
  log_info("stopped");
  return 0;
}

Result<int> migrate_database(const ServerConfig& config) {
  std::error_code ec;
  if (config.database.empty()) std::filesystem::create_directories(config.data, ec);
  Result<std::unique_ptr<db::Session>> db = open_database(config, nullptr);
  if (!db) return std::unexpected(std::move(db.error()));
  return run_alone(bring_up_to_date(**db));
}

Result<std::filesystem::path> reset_token(const ServerConfig& config, auth::TokenKind kind) {
  Result<std::unique_ptr<db::Session>> db = open_database(config, nullptr);
  if (!db) return std::unexpected(std::move(db.error()));
  if (const Result<int> migrated = run_alone(bring_up_to_date(**db)); !migrated)
    return std::unexpected(migrated.error());
  SystemClock clock;
  auth::Auth auth(**db, clock);
  const Secret token = run_alone(auth.reset(kind));
  return write_token(config.data, name_of(kind), token);
}

}  // namespace open_cicd::server
