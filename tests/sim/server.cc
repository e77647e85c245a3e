#include "sim/server.h"

#include "base/every.h"

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
    if (name == protocol::socket_header && asked_.direct) return "192.0.2.1:40000 192.0.2.254:8080";
    return std::nullopt;
  }
  http::SocketEnds ends() const override { return {.client = "192.0.2.1:40000", .server = "192.0.2.254:8080"}; }
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

// Whether a fault of the run explains that the product threw this.
bool is_injected(const World& world, std::exception_ptr failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const db::DatabaseError& e) {
    return e.kind() != db::DatabaseError::Kind::statement;
  } catch (...) {
    return world.disk_full;
  }
}

std::string what_of(std::exception_ptr failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& e) {
    return e.what();
  }
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
    core_.emplace(settings_, store_, clock_, *pool_, auth_, co_await auth_.lease_key(),
                  secrets::Keys::parse(std::string(64, '5')).value(), metrics_,
                  server::Outside{.git_pool = *pool_, .poll_pool = *pool_, .forges = forges_}, mutant_.wrap_ledger);
  } catch (const db::DatabaseError&) {
    failed_ = true;
    co_return;
  }
  router_.emplace(core_->routes());
  core_->start();
  ready_ = true;
  spawn("load the queue", core_->load_queue());
  spawn_duties();
}

void Server::spawn_duties() {
  for (server::Duty& duty : core_->duties()) {
    const std::string_view name = duty.name;
    const Milliseconds interval = duty.interval;
    spawn(name, every(interval, name, [this, duty = std::move(duty)] { return do_duty(duty); }));
  }
}

// The product logs that a duty failed and goes on; here it must have had a reason.
Task<void> Server::do_duty(server::Duty duty) {
  std::exception_ptr failure;
  try {
    if (mutant_.reap != nullptr && duty.name == "reaper")
      co_await mutant_.reap(core_->jobs(), settings_.agents.lease_ttl);
    co_await duty.run();
  } catch (...) {
    failure = std::current_exception();
  }
  if (failure && !is_injected(world_, failure))
    world_.stop(fmt::format("the duty \"{}\" failed: {}", duty.name, what_of(failure)));
}

void Server::stop(std::function<void()> stopped) {
  stopping_ = true;
  if (!ready_) return stopped();
  core_->end_waits();
  auto seal = [](server::Core& core, std::function<void()> done) -> Task<void> {
    co_await core.stop();
    done();
  };
  spawn("stop", seal(*core_, std::move(stopped)));
}

Task<void> Server::exchange(sim::Request asked, std::shared_ptr<Peer> peer, Answer answer) {
  std::optional<http::Response> response;
  std::exception_ptr failure;
  try {
    if (mutant_.change_request != nullptr) co_await mutant_.change_request(store_, core_->logs(), asked);
    Exchange request(std::move(asked), peer, stopping_);
    response = co_await respond(request);
  } catch (...) {
    failure = std::current_exception();
    response = server::answer_exception(failure, "sim");
  }
  if (failure && !is_injected(world_, failure)) world_.stop(fmt::format("a handler failed: {}", what_of(failure)));
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
