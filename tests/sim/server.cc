#include "sim/server.h"

#include "base/every.h"
#include "base/log.h"

#include <boost/asio/detail/scheduler.hpp>

namespace open_cicd::sim {

class Peer {
 public:
  explicit Peer(const asio::any_io_executor& executor) : timer_(executor, asio::steady_timer::time_point::max()) {}
  void close() {
    closed_ = true;
    timer_.cancel();
    if (then_) std::exchange(then_, nullptr)();
  }
  void on_close(std::function<void()> then) {
    then_ = std::move(then);
    if (closed_ && then_) std::exchange(then_, nullptr)();
  }
  Task<void> closed() {
    error_code ignored;
    while (!closed_) {
      co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
      if ((co_await asio::this_coro::cancellation_state).cancelled() != asio::cancellation_type::none) co_return;
    }
  }
  bool is_closed() const { return closed_; }

 private:
  asio::steady_timer timer_;
  bool closed_ = false;
  std::function<void()> then_;
};

// One HTTP exchange as the handlers see it.
class Server::Exchange final : public http::Request {
 public:
  Exchange(sim::Request asked, std::shared_ptr<Peer> peer, const bool& stopping)
      : asked_(std::move(asked)), peer_(std::move(peer)), stopping_(stopping) {
    method = asked_.method;
    path = asked_.path;
    query = asked_.query;
    body = asked_.body;
    peer_address = "192.0.2.1";
    request_id = "sim";
    authorization_ = "Bearer " + asked_.token;
    attempt_ = std::to_string(asked_.attempt);
  }
  std::optional<std::string_view> header(std::string_view name) const override {
    const auto present = [](const std::string& text) {
      return text.empty() ? std::nullopt : std::optional<std::string_view>(text);
    };
    if (name == "Authorization") return authorization_;
    if (name == "Content-Type") return present(asked_.content_type);
    if (name == "Idempotency-Key") return present(asked_.idempotency_key);
    if (name == protocol::attempt_header && asked_.attempt != 0) return attempt_;
    if (name == protocol::lease_header) return present(asked_.lease_token);
    return std::nullopt;
  }
  ~Exchange() override { peer_->on_close(nullptr); }
  void on_peer_closed(std::function<void()> then) override { peer_->on_close(std::move(then)); }
  bool shutting_down() const override { return stopping_; }
  const std::shared_ptr<Peer>& peer() const { return peer_; }

 private:
  const sim::Request asked_;
  const std::shared_ptr<Peer> peer_;
  const bool& stopping_;
  std::string authorization_, attempt_;
};

namespace {

// A streamed body as one text.
class Collector final : public http::BodyWriter {
 public:
  explicit Collector(std::shared_ptr<Peer> peer) : peer_(std::move(peer)) {}
  Task<bool> write(std::string_view bytes) override {
    text.append(bytes);
    co_return !peer_->is_closed();
  }
  Task<bool> write_shared(std::shared_ptr<const std::string> bytes) override { return write(*bytes); }
  Task<void> peer_closed() override { return peer_->closed(); }
  bool shutting_down() const override { return false; }
  std::string text;

 private:
  const std::shared_ptr<Peer> peer_;
};

// As the product's server answers what a handler throws.
http::Response answer_exception(World& world, const std::exception& failure) {
  const auto* database = dynamic_cast<const db::DatabaseError*>(&failure);
  if (database != nullptr && database->kind() != db::DatabaseError::Kind::statement)
    return http::problem(Error(ErrorKind::unavailable, "database_unavailable", "The database does not answer."), "sim");
  if (!world.disk_full) world.stop(fmt::format("a handler failed: {}", failure.what()));
  return http::problem(Error(ErrorKind::internal, "internal", "The server made a mistake."), "sim");
}

}  // namespace

Server::Server(World& world, Store& store, const ServerSettings& settings, const Mutant& mutant, int boot)
    : world_(world),
      store_(store),
      settings_(settings),
      mutant_(mutant),
      context_(1),
      work_(context_.get_executor()),
      pool_(std::in_place, 0),
      auth_(store, clock_) {
  world.set_sleeper(this);
  if (mutant.at_start != nullptr) mutant.at_start(store);
  spawn("start", start(boot));
}

Server::~Server() {
  world_.set_sleeper(nullptr);
  pool_.reset();
  context_.shutdown();
}

std::shared_ptr<Peer> Server::serve(Request request, Answer answer) {
  auto peer = std::make_shared<Peer>(context_.get_executor());
  spawn("a request", exchange(std::move(request), peer, std::move(answer)));
  return peer;
}

void Server::hang_up(const std::shared_ptr<Peer>& peer) {
  peer->close();
}

void Server::spawn(std::string_view what, Task<void> task) {
  asio::co_spawn(context_, std::move(task), [this, what](std::exception_ptr failure) {
    if (!failure) return;
    try {
      std::rethrow_exception(failure);
    } catch (const std::exception& e) {
      world_.stop(fmt::format("the server's task \"{}\" failed: {}", what, e.what()));
    }
  });
}

Task<void> Server::start(int boot) {
  // The product caches a token for a second in each thread; two lives never share a generation.
  for (int i = 0; i < boot; ++i) auth_.forget_cached();
  try {
    build(co_await auth_.lease_key());
    co_await jobs_->load_queue();
  } catch (const db::DatabaseError&) {
    failed_ = true;
    co_return;
  }
  spawn_loops();
  ready_ = true;
}

void Server::build(Secret lease_key) {
  jobs_.emplace(settings_.jobs, store_, clock_, bus_, jobs::LeaseKey(std::move(lease_key)));
  dispatcher_.emplace(settings_.agents, clock_);
  presence_.emplace(settings_.agents, clock_);
  agents_.emplace(settings_.agents, store_, clock_, *jobs_, *dispatcher_, *presence_);
  reaper_.emplace(settings_.agents, clock_, *jobs_, *presence_);
  logs_.emplace(settings_.logs, store_, *pool_, bus_, [this](JobId job) { return jobs_->snapshot(job); }, metrics_);
  if (mutant_.wrap_ledger != nullptr) ledger_ = mutant_.wrap_ledger(*logs_);
  jobs_->connect(*dispatcher_, ledger_ ? *ledger_ : static_cast<jobs::LogLedger&>(*logs_));
  registrations_.emplace(1'000'000, clock_);
  services_.emplace(api::Services{auth_, *jobs_, *agents_, *dispatcher_, *logs_, store_, settings_.agents, metrics_,
                                  *registrations_});
  router_.emplace(api::make_routes(*services_));
  logs_->start();
}

void Server::spawn_loops() {
  spawn("reload the queue", every(60s, "reload the queue", [this] { return jobs_->load_queue(); }));
  spawn("dispatcher", every(settings_.dispatcher_tick, "dispatcher", [this]() -> Task<void> {
          dispatcher_->tick();
          co_return;
        }));
  spawn("reaper", every(settings_.agents.reaper_tick, "reaper", [this]() -> Task<void> {
          if (mutant_.reap != nullptr) co_await mutant_.reap(*jobs_, settings_.agents.lease_ttl);
          co_await reaper_->tick();
        }));
  spawn("last seen", every(15s, "last seen", [this] { return agents_->save_last_seen(); }));
  spawn("forget agents", every(1min, "forget agents", [this] { return agents_->forget_offline(); }));
}

void Server::stop(std::function<void()> stopped) {
  stopping_ = true;
  if (!ready_) return stopped();
  dispatcher_->shut_down();
  logs_->close_streams();
  auto seal = [](logs::Logs& logs, std::function<void()> done) -> Task<void> {
    co_await logs.stop();
    done();
  };
  spawn("stop", seal(*logs_, std::move(stopped)));
}

Task<void> Server::exchange(sim::Request asked, std::shared_ptr<Peer> peer, Answer answer) {
  std::optional<http::Response> response;
  try {
    if (mutant_.change_request != nullptr) co_await mutant_.change_request(store_, *logs_, asked);
    Exchange request(std::move(asked), peer, stopping_);
    response = co_await respond(request);
  } catch (const std::exception& e) {
    response = answer_exception(world_, e);
  }
  if (response->stream) {
    Collector body(peer);
    try {
      co_await response->stream(body);
      response->body = std::move(body.text);
    } catch (const db::DatabaseError&) {
      response->status = 0;  // the session closes the connection in the middle of the body
    }
  }
  if (!peer->is_closed()) answer({response->status, std::move(response->body)});
}

Task<http::Response> Server::respond(Exchange& request) {
  http::Router::Match match = router_->find(request.method, request.path);
  if (match.route == nullptr) co_return http::Response::empty(404);
  request.captures = std::move(match.captures);
  auto identity = co_await match.route->gate(request);
  if (!identity) co_return http::problem(identity.error(), request.request_id);
  request.identity = std::move(*identity);
  co_return co_await match.route->handler(request);
}

// The pool's work is done on the run's thread, a moment later: a disk takes its time.
std::size_t Server::poll_pool() {
  if (world_.now() < pool_free_at_) return 0;
  world_.writing_logs = true;
  error_code ignored;
  const std::size_t done = asio::use_service<asio::detail::scheduler>(*pool_).poll_one(ignored);
  world_.writing_logs = false;
  if (done > 0 && settings_.disk_latency_max > Time(0)) {
    pool_free_at_ = world_.now() + Time(world_.random.between(0, settings_.disk_latency_max.count()));
    world_.at(pool_free_at_, [] {});  // so that somebody looks again
  }
  return done;
}

std::size_t Server::poll() {
  return frozen_ ? 0 : context_.poll() + poll_pool();
}

void Server::sleep_until(Time end) {
  if (frozen_) return world_.let_pass(end - world_.now());
  context_.run_one_until(std::chrono::steady_clock::now() + (end - world_.now()));
}

}  // namespace open_cicd::sim
