#include "adapters/postgres/owner.h"

#include "base/log.h"

#include <boost/asio/use_future.hpp>

#include <pthread.h>

namespace open_cicd::postgres {
namespace {

using db::DatabaseError;
using Time = std::chrono::steady_clock;
using namespace asio::experimental::awaitable_operators;
using std::chrono::milliseconds;

constexpr milliseconds kTryAgain{50};
constexpr milliseconds kOwnerBackoffMax{1000};
constexpr milliseconds kWatch{250};

// PostgreSQL gives the lock of a machine that is gone away only when TCP tells it so, which takes hours by itself.
constexpr db::Query kPrepare{
    .name = "owner.prepare",
    .sql =
        "SELECT set_config('application_name', 'open-cicd server', false), set_config('tcp_keepalives_idle', $1, "
        "false), set_config('tcp_keepalives_interval', $2, false), set_config('tcp_keepalives_count', '3', false), "
        "set_config('tcp_user_timeout', $3, false), set_config('idle_session_timeout', '0', false)"};
constexpr db::Query kMyself{
    .name = "owner.myself",
    .sql = "SELECT pid || ' ' || backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()"};
// One database has one server. (Migrations have a lock of their own, which is held for a moment: see postgres.cc.)
constexpr db::Query kTry{.name = "owner.try", .sql = "SELECT pg_try_advisory_lock(7306086967523123562)"};
constexpr db::Query kHolder{
    .name = "owner.holder",
    .sql =
        "SELECT coalesce(a.pid || ' ' || a.backend_start, ''), a.pid::bigint, coalesce('it is connected from ' || "
        "coalesce(host(a.client_addr), 'the machine of the database') || ' since ' || to_char(a.backend_start, "
        "'YYYY-MM-DD HH24:MI:SS TZ'), 'it is connected as another role') FROM pg_locks l JOIN pg_stat_activity a ON "
        "a.pid = "
        "l.pid WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 AND (l.classid::bigint << 32) + "
        "l.objid::bigint = 7306086967523123562 AND l.database = (SELECT oid FROM pg_database WHERE datname = "
        "current_database())"};
constexpr db::Query kEndOld{.name = "owner.end_old", .sql = "SELECT pg_terminate_backend($1::int)"};
constexpr db::Query kBeat{.name = "owner.beat", .sql = "SELECT 1"};

const db::Params kNothing;
constexpr std::size_t kAnswerMax = 1 << 16;

Task<db::Rows> ask(Connection& connection, db::Query query, db::Params params = {}) {
  const Outcome outcome = co_await connection.execute(query, params, false);
  if (outcome.failed()) connection.close("a statement about the lock failed");
  co_return to_rows(query.name, outcome, kAnswerMax);
}

}  // namespace

Owner::~Owner() {
  if (!thread_.joinable()) return;
  const auto close_if = [this](auto condition) {
    asio::post(context_, [this, condition] {
      if (const ConnectionPtr open = current_.lock(); open && condition(*open)) open->close("the session ended");
    });
  };
  close_if([](const Connection& open) { return open.in_flight() > 0; });  // cancellation does not end such a wait
  asio::co_spawn(context_, tasks_.stop(), asio::use_future).get();
  close_if([](const Connection&) { return true; });
  guard_.reset();
  thread_.join();
}

Result<void> Owner::take(std::function<void()> lost) {
  lost_ = std::move(lost);
  thread_ = std::thread([this] { context_.run(); });
  pthread_setname_np(thread_.native_handle(), "postgres-owner");
  const Holder holder = asio::co_spawn(context_, begin(), asio::use_future).get();
  if (!holder) return {};
  return fail(ErrorKind::conflict, "database_in_use",
              fmt::format("Another open-cicd server uses this database: {}. Stop it, or give this one a database of "
                          "its own with --database. (After the other's machine died it takes up to {} s.)",
                          *holder, kDeadPeer.count()));
}

Task<Owner::Holder> Owner::begin() {
  const ConnectionPtr connection = co_await connect();
  Holder holder = co_await lock_in_time(*connection);
  if (holder) {
    connection->close("another server has the lock");
    co_return holder;
  }
  state_ = State::held;
  tasks_.spawn("the database's lock", keep(connection));
  tasks_.spawn("the lock's silence", watch());
  co_return std::nullopt;
}

Task<Owner::ConnectionPtr> Owner::connect() {
  auto connection = std::make_shared<Connection>(context_, settings_, Access::read_write);
  current_ = connection;
  co_await connection->open();
  const auto seconds = std::to_string(kDeadPeer.count() / 4);
  co_await ask(*connection, kPrepare, {seconds, seconds, std::to_string(milliseconds(kDeadPeer).count())});
  co_return connection;
}

Task<Owner::Holder> Owner::lock_in_time(Connection& connection) {
  asio::steady_timer timer(context_);
  const Time::time_point give_up = Time::now() + kTakeTime;
  for (;;) {
    Holder holder = co_await try_lock(connection);
    if (!holder || Time::now() > give_up) co_return holder;
    timer.expires_after(kTryAgain);
    co_await timer.async_wait(asio::use_awaitable);
  }
}

Task<Owner::Holder> Owner::try_lock(Connection& connection) {
  if ((co_await ask(connection, kTry)).integer(0, 0) == 1) {
    myself_ = (co_await ask(connection, kMyself)).text(0, 0);
    co_return std::nullopt;
  }
  const db::Rows rows = co_await ask(connection, kHolder);
  if (rows.empty()) co_return "it has just ended";
  // Our own connection, whose end PostgreSQL has not heard of.
  if (rows.text(0, 0) == myself_) co_await ask(connection, kEndOld, {rows.integer(0, 1)});
  co_return rows.text(0, 2);
}

Task<void> Owner::keep(ConnectionPtr connection) {
  for (;;) {
    co_await beat(*connection);
    state_ = State::away;
    log_warn("the lock of the database is lost; nothing is written until it is taken again",
             {{"reason", connection->close_reason()}});
    connection = nullptr;
    milliseconds backoff = kTryAgain;
    while (!connection) {
      connection = co_await retake();
      if (state_ == State::lost) co_return lost_();
      if (connection) break;
      asio::steady_timer timer(context_, backoff);
      co_await timer.async_wait(asio::use_awaitable);
      backoff = std::min(backoff * 2, kOwnerBackoffMax);
    }
    state_ = State::held;
    log_info("the lock of the database is taken again");
  }
}

// Until the connection is closed.
Task<void> Owner::beat(Connection& connection) {
  asio::steady_timer timer(context_);
  while (connection.is_open()) {
    timer.expires_after(kHeartbeat);
    try {
      co_await (connection.until_closed() || timer.async_wait(asio::use_awaitable));
    } catch (const asio::multiple_exceptions&) {  // this coroutine was cancelled, and so both
      throw boost::system::system_error(asio::error::operation_aborted);
    }
    co_await connection.execute(kBeat, kNothing, false);
  }
}

// Null: the database does not answer. State `lost`: it does, and another server has the lock.
Task<Owner::ConnectionPtr> Owner::retake() {
  try {
    ConnectionPtr connection = co_await connect();
    const Holder holder = co_await lock_in_time(*connection);
    if (!holder) co_return connection;
    connection->close("another server has the lock");
    log_error("another open-cicd server took the database while this one had lost it", {{"other", *holder}});
    state_ = State::lost;
  } catch (const DatabaseError&) {  // the pools say so
  }
  co_return nullptr;
}

Task<void> Owner::watch() {
  asio::steady_timer timer(context_);
  for (;;) {
    timer.expires_after(kWatch);
    co_await timer.async_wait(asio::use_awaitable);
    if (const ConnectionPtr open = current_.lock()) open->close_if_stuck(Time::now());
  }
}

}  // namespace open_cicd::postgres
