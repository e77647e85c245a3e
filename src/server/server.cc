#include "server/server.h"

#include "adapters/smtp/smtp.h"
#include "adapters/webhook/webhook.h"
#include "base/every.h"
#include "base/run_alone.h"
#include "base/task_group.h"
#include "server/core.h"
#include "server/data_folder.h"
#include "server/database.h"
#include "server/forges.h"
#include "web/pages.h"

#include <boost/asio/use_future.hpp>

#include <atomic>
#include <csignal>
#include <future>
#include <pthread.h>
#include <thread>
#include <unistd.h>

namespace open_cicd::server {
namespace {

constexpr std::size_t workers = 2;  // compression and file flushes

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

std::unique_ptr<notifications::Channel> make_webhooks(const ServerConfig& config) {
  const git::GitSettings& git = config.core.repositories.git;
  return webhook::make_webhook_channel({.ca_file = git.ca_file, .proxy = git.proxy, .no_proxy = git.no_proxy});
}

std::unique_ptr<notifications::Channel> make_letters(const ServerConfig& config, WorkerPool& pool) {
  if (config.smtp_url.empty()) return nullptr;
  return smtp::make_smtp_channel(
      {.url = config.smtp_url, .from = config.smtp_from, .ca_file = config.core.repositories.git.ca_file}, pool);
}

class Plane final : public ControlPlane {
 public:
  Plane(ServerConfig config, DataFolder folder)
      : config_(std::move(config)),
        folder_(std::move(folder)),
        metrics_(std::make_shared<prometheus::Registry>()),
        db_metrics_(*metrics_),
        pool_(workers),
        git_pool_(static_cast<std::size_t>(config_.core.repositories.git_at_once)),
        poll_pool_(repositories::polls_at_once),
        forges_(make_forges()),
        webhooks_(make_webhooks(config_)),
        letters_(make_letters(config_, git_pool_)),
        pages_(web::embedded_files(), config_.http.base_path) {}
  ~Plane() override { stop(); }

  Result<void> build();
  std::string url() const override;
  void start() override;
  void stop() override;
  bool overtaken() const override { return overtaken_; }

 private:
  void spawn_loops();
  void database_lost();
  Task<void> give_back_space();

  ServerConfig config_;
  DataFolder folder_;
  SystemClock clock_;
  std::shared_ptr<prometheus::Registry> metrics_;
  db::Metrics db_metrics_;
  WorkerPool pool_, git_pool_, poll_pool_;
  const repositories::Forges forges_;
  const std::unique_ptr<notifications::Channel> webhooks_, letters_;  // the latter null: no e-mail is sent
  const web::Pages pages_;
  std::unique_ptr<db::Database> db_;
  std::optional<auth::Auth> auth_;
  std::optional<Core> core_;
  std::unique_ptr<http::Server> http_;
  std::optional<TaskGroup> loops_;
  bool running_ = false;
  std::atomic<bool> overtaken_ = false;
};

// A new key beside secrets that a lost one has sealed would only hide the loss.
Result<secrets::Keys> keys_of(db::Session& db, const ServerConfig& config) {
  if (config.keys) return *config.keys;
  std::error_code ec;
  if (!std::filesystem::exists(config.key_file, ec) && run_alone(secrets::Vault::holds_any(db)))
    return fail(ErrorKind::invalid, "secret_key_file",
                fmt::format("The key file {} is missing, and the database holds secrets that its keys have sealed. "
                            "Put it back, or give it with --secrets-key-file. If it is lost, `open-cicd secret "
                            "rotate-key` makes a new one, and every secret has to be stored again.",
                            config.key_file.string()));
  return secrets::Keys::read_or_make(config.key_file);
}

Result<void> Plane::build() {
  Result<std::unique_ptr<db::Database>> db = open_database(config_, &db_metrics_);
  if (!db) return std::unexpected(std::move(db.error()));
  db_ = std::move(*db);
  if (Result<void> owned = run_alone(own_database(*db_, [this] { database_lost(); })); !owned)
    return std::unexpected(std::move(owned.error()));
  auth_.emplace(*db_, clock_, config_.auth);
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
  Result<secrets::Keys> keys = keys_of(*db_, config_);
  if (!keys) return std::unexpected(std::move(keys.error()));
  core_.emplace(config_.core, *db_, clock_, pool_, *auth_, std::move(prepared->lease_key), std::move(*keys), metrics_,
                Outside{.git_pool = git_pool_,
                        .poll_pool = poll_pool_,
                        .forges = forges_,
                        .channels = {.webhook = webhooks_.get(), .email = letters_.get()}});
  std::vector<http::Route> routes = core_->routes();
  routes.push_back(pages_.route());
  auto router = std::make_shared<const http::Router>(std::move(routes));
  Result<std::unique_ptr<http::Server>> http =
      http::Server::bind(config_.http, std::move(router), metrics_, answer_exception);
  if (!http) return std::unexpected(std::move(http.error()));
  http_ = std::move(*http);
  run_alone(core_->repositories().sweep());
  if (config_.core.repositories.public_url.empty()) core_->repositories().set_public_url(url());
  return {};
}

std::string Plane::url() const {
  const bool v6 = config_.http.host.contains(':');
  return fmt::format("http://{}{}{}:{}", v6 ? "[" : "", config_.http.host, v6 ? "]" : "", http_->port());
}

void Plane::spawn_loops() {
  loops_.emplace(http_->executor(0));
  loops_->spawn("load the queue", core_->load_queue());
  loops_->spawn("tell changes", core_->tell_changes());
  loops_->spawn("deliveries", core_->take_in_deliveries());
  loops_->spawn("statuses", core_->report_to_forges());
  loops_->spawn("polls", core_->poll_remotes());
  loops_->spawn("notifications", core_->send_notifications());
  loops_->spawn("seal secrets", core_->seal_secrets());
  for (Duty& duty : core_->duties())
    loops_->spawn(std::string(duty.name), every(duty.interval, duty.name, std::move(duty.run)));
  loops_->spawn("unused space",
                every(config_.core.cleaner.interval, "unused space", [this] { return give_back_space(); }));
}

Task<void> Plane::give_back_space() {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  while (co_await db_->give_back_space()) {
    timer.expires_after(config_.core.cleaner.pause);
    co_await timer.async_wait(asio::use_awaitable);
  }
}

// What this process holds in memory is another server's now.
void Plane::database_lost() {
  overtaken_ = true;
  ::kill(::getpid(), SIGTERM);
}

void Plane::start() {
  running_ = true;
  core_->start();
  http_->start();
  spawn_loops();
}

void Plane::stop() {
  if (!std::exchange(running_, false)) return;
  // Polls and streams end first, so that the grace of the HTTP server is for real requests only.
  core_->end_waits();
  core_->repositories().stop();
  core_->notifier().stop();
  asio::co_spawn(http_->executor(0), loops_->stop(), asio::use_future).get();
  http_->stop();
  run_alone(core_->stop());
  pool_.join();
  git_pool_.join();
  poll_pool_.join();
}

}  // namespace

Result<std::unique_ptr<ControlPlane>> ControlPlane::open(ServerConfig config) {
  Result<DataFolder> folder = DataFolder::open(config.data);
  if (!folder) return std::unexpected(std::move(folder.error()));
  auto plane = std::make_unique<Plane>(std::move(config), std::move(*folder));
  if (Result<void> built = plane->build(); !built) return std::unexpected(std::move(built.error()));
  return plane;
}

bool has_web_pages() {
  return !web::embedded_files().empty();
}

int run_server(const Settings& settings, std::optional<secrets::Keys> keys) {
  apply_process_settings(settings);
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
  config->keys = std::move(keys);
  Result<std::unique_ptr<ControlPlane>> plane = ControlPlane::open(std::move(*config));
  if (!plane) return log_error(plane.error().message()), 1;
  (*plane)->start();
  log_info("open-cicd serves", {{"url", (*plane)->url()}, {"data", settings.string("data")}});
  int signal = 0;
  sigwait(&signals, &signal);
  const bool overtaken = (*plane)->overtaken();
  log_info("stopping", {{"because", overtaken          ? "another server has the database"
                                    : signal == SIGINT ? "SIGINT"
                                                       : "SIGTERM"}});
  (*plane)->stop();
  log_info("stopped");
  return overtaken ? 1 : 0;
}

Result<int> migrate_database(const ServerConfig& config) {
  std::error_code ec;
  if (config.database.empty()) std::filesystem::create_directories(config.data, ec);
  Result<std::unique_ptr<db::Database>> db = open_database(config, nullptr);
  if (!db) return std::unexpected(std::move(db.error()));
  return run_alone(bring_up_to_date_alone(**db));
}

Result<std::filesystem::path> reset_token(const ServerConfig& config, auth::TokenKind kind) {
  Result<std::unique_ptr<db::Database>> db = open_database(config, nullptr);
  if (!db) return std::unexpected(std::move(db.error()));
  if (const Result<int> migrated = run_alone(bring_up_to_date_alone(**db)); !migrated)
    return std::unexpected(migrated.error());
  SystemClock clock;
  auth::Auth auth(**db, clock);
  const Secret token = run_alone(auth.reset(kind));
  return write_token(config.data, name_of(kind), token);
}

}  // namespace open_cicd::server
