#include "adapters/postgres/connection.h"

#include "base/log.h"

namespace open_cicd::postgres {
namespace {

using db::DatabaseError;
using namespace asio::experimental::awaitable_operators;

constexpr db::Query kConfigure{
    .name = "configure",
    .sql =
        "SELECT set_config('statement_timeout', $1, false), set_config('lock_timeout', $2, false),"
        " set_config('idle_in_transaction_session_timeout', '60s', false),"
        // An operator may turn it off for other programs of the database; what we acknowledge is stored.
        " set_config('synchronous_commit', CASE current_setting('synchronous_commit') WHEN 'off' THEN 'on'"
        " ELSE current_setting('synchronous_commit') END, false),"
        // A statement of a server that died stops within a second, and gives its locks back.
        " set_config('client_connection_check_interval', '1s', false),"
        " set_config('default_transaction_read_only', $3, false), set_config('client_encoding', 'UTF8', false)",
};
const db::Params kNoParams;

void on_notice(void*, const char* message) {
  log_debug("PostgreSQL says", {{"notice", message}});
}

}  // namespace

Connection::Connection(asio::io_context& context, const PostgresSettings& settings, Access access)
    : context_(context),
      settings_(settings),
      access_(access),
      socket_(context),
      closed_(context, asio::steady_timer::time_point::max()) {}

Connection::~Connection() {
  close("destroyed");
}

Task<void> Connection::open() {
  const auto self = shared_from_this();
  if (const std::string failure = co_await connect_in_time(); !failure.empty()) {
    close(failure);
    throw DatabaseError(DatabaseError::Kind::unavailable,
                        fmt::format("cannot connect to PostgreSQL: {}", close_reason_));
  }
  PQsetNoticeProcessor(connection_, &on_notice, nullptr);
  PQsetnonblocking(connection_, 1);
  PQenterPipelineMode(connection_);
  socket_.assign(PQsocket(connection_));
  watch_read();
  co_await configure();
}

Task<std::string> Connection::connect_in_time() {
  asio::steady_timer deadline(context_, settings_.connect_timeout);
  try {
    const auto finished = co_await (connect() || deadline.async_wait(asio::use_awaitable));
    if (finished.index() == 0) co_return std::get<0>(finished);
    co_return fmt::format("no answer within {} ms", settings_.connect_timeout.count());
  } catch (const asio::multiple_exceptions&) {  // this coroutine was cancelled, and so both
    throw boost::system::system_error(asio::error::operation_aborted);
  }
}

// The result is empty, or why not; `||` would take an exception for "not yet".
Task<std::string> Connection::connect() {
  // dbname is a whole URL, which may override what comes before it. Looking a host's name up blocks this thread.
  const char* const keywords[] = {"application_name", "tcp_user_timeout", "dbname", nullptr};
  const char* const values[] = {"open-cicd", "15000", settings_.url.c_str(), nullptr};
  connection_ = PQconnectStartParams(keywords, values, 1);
  if (!connection_) co_return "out of memory";
  PostgresPollingStatusType status = PGRES_POLLING_WRITING;
  while (status != PGRES_POLLING_OK) {
    if (status == PGRES_POLLING_FAILED || PQstatus(connection_) == CONNECTION_BAD)
      co_return PQerrorMessage(connection_);
    // The socket may be another one after each step: libpq tries several addresses.
    asio::posix::stream_descriptor socket(context_, PQsocket(connection_));
    error_code failed;
    const auto direction = status == PGRES_POLLING_READING ? socket.wait_read : socket.wait_write;
    co_await socket.async_wait(direction, asio::redirect_error(asio::use_awaitable, failed));
    socket.release();
    if (failed) throw boost::system::system_error(failed);
    status = PQconnectPoll(connection_);
  }
  co_return "";
}

Task<void> Connection::configure() {
  const db::Params params{std::to_string(settings_.statement_timeout.count()),
                          std::to_string(settings_.lock_timeout.count()),
                          std::string(access_ == Access::read_only ? "on" : "off")};
  const Outcome outcome = co_await execute(kConfigure, params, false);
  if (!outcome.failed()) co_return;
  close("not configured");
  throw outcome.error(kConfigure.name);
}

Task<Outcome> Connection::execute(const db::Query& query, const db::Params& params, bool begin_first) {
  const EncodedParams encoded(query.name, params);
  Outcome outcome;
  Command command{.sql = text_of(query), .params = &encoded, .begin_first = begin_first};
  co_await db::suspend_until([this, &outcome, command = std::move(command)](db::Resume resume) mutable {
    command.done = [&outcome, resume = std::move(resume)](Outcome arrived) mutable {
      outcome = std::move(arrived);
      resume(nullptr);
    };
    send(std::move(command));
  });
  co_return outcome;
}

Task<std::vector<Outcome>> Connection::execute_each(const db::Query& query, const std::vector<db::Params>& rows,
                                                    bool begin_first) {
  std::vector<Outcome> outcomes(rows.size());
  for (std::size_t first = 0; first < rows.size(); first += kOnTheirWayMax) {
    const std::size_t end = std::min(rows.size(), first + kOnTheirWayMax);
    std::vector<EncodedParams> encoded;
    encoded.reserve(end - first);
    for (std::size_t i = first; i < end; ++i) encoded.emplace_back(query.name, rows[i]);
    co_await db::suspend_until([&, left = end - first](db::Resume resume) mutable {
      const auto resume_last = std::make_shared<db::Resume>(std::move(resume));
      const auto open = std::make_shared<std::size_t>(left);
      for (std::size_t i = first; i < end; ++i)
        send({.sql = text_of(query),
              .params = &encoded[i - first],
              .begin_first = begin_first && i == 0,
              .done = [&outcomes, resume_last, open, i](Outcome arrived) {
                outcomes[i] = std::move(arrived);
                if (--*open == 0) (*resume_last)(nullptr);
              }});
    });
  }
  co_return outcomes;
}

Task<Outcome> Connection::control(std::string_view sql) {
  const db::Query query{.name = sql, .sql = sql};
  co_return co_await execute(query, kNoParams, false);
}

void Connection::send(Command command) {
  if (!is_open()) {
    command.done({.lost = close_reason_});
    return;
  }
  if (in_flight_.empty()) last_progress_ = std::chrono::steady_clock::now();
  InFlight& entry = in_flight_.emplace_back();
  entry.done = std::move(command.done);
  if (!send_to_libpq(command, entry)) {
    close(PQerrorMessage(connection_));
    return;
  }
  flush();
}

bool Connection::send_to_libpq(const Command& command, InFlight& entry) {
  const EncodedParams& params = *command.params;
  std::string name;  // the unnamed statement
  if (const auto found = prepared_.find(command.sql); found != prepared_.end()) {
    name = found->second;
  } else {
    const bool keep = prepared_.size() < kPreparedMax;
    if (keep) name = fmt::format("s{}", ++statements_);
    const std::string text(command.sql);
    if (!PQsendPrepare(connection_, name.c_str(), text.c_str(), 0, nullptr)) return false;
    if (keep) entry.preparing = prepared_.emplace(text, name).first->first;
  }
  if (command.begin_first &&
      !PQsendQueryParams(connection_, "BEGIN", 0, nullptr, nullptr, nullptr, nullptr, kBinaryResults))
    return false;
  return PQsendQueryPrepared(connection_, name.c_str(), params.size(), params.values(), params.lengths(),
                             params.formats(), kBinaryResults) &&
         PQpipelineSync(connection_);
}

void Connection::watch_read() {
  socket_.async_wait(asio::posix::stream_descriptor::wait_read, [self = shared_from_this()](error_code failed) {
    if (!failed && self->is_open()) self->on_readable();
  });
}

void Connection::watch_write() {
  if (writing_) return;
  writing_ = true;
  socket_.async_wait(asio::posix::stream_descriptor::wait_write, [self = shared_from_this()](error_code failed) {
    self->writing_ = false;
    if (!failed && self->is_open()) self->flush();
  });
}

void Connection::flush() {
  const int left = PQflush(connection_);
  if (left < 0) {
    close(PQerrorMessage(connection_));
  } else if (left > 0) {
    watch_write();
  }
}

void Connection::on_readable() {
  const bool alive = PQconsumeInput(connection_) != 0;
  std::string reason = alive ? "" : PQerrorMessage(connection_);
  take_results();  // also what arrived before the end
  if (!is_open()) return;
  if (PQstatus(connection_) == CONNECTION_BAD) {
    close(reason.empty() ? PQerrorMessage(connection_) : std::move(reason));
    return;
  }
  flush();
  if (is_open()) watch_read();
}

void Connection::take_results() {
  while (is_open() && !in_flight_.empty() && !PQisBusy(connection_)) {
    ResultPtr result(PQgetResult(connection_));  // null: one statement of the pipeline is over
    if (PQstatus(connection_) == CONNECTION_BAD) return;
    if (result) take_result(std::move(result));
  }
}

void Connection::take_result(ResultPtr result) {
  last_progress_ = std::chrono::steady_clock::now();
  InFlight& front = in_flight_.front();
  switch (PQresultStatus(result.get())) {
    case PGRES_PIPELINE_SYNC:
      finish_front();
      return;
    case PGRES_PIPELINE_ABORTED:
      return;
    default:
      break;
  }
  const bool first_failure = front.outcome.result && front.outcome.failed();
  if (first_failure) return;
  front.outcome.result = std::move(result);
  if (front.preparing.empty()) return;
  if (front.outcome.failed()) prepared_.erase(prepared_.find(front.preparing));
  front.preparing = {};
}

void Connection::finish_front() {
  InFlight done = std::move(in_flight_.front());
  in_flight_.pop_front();
  done.done(std::move(done.outcome));
}

void Connection::close(std::string reason) {
  if (!is_open()) return;
  for (char& c : reason) {
    if (c == '\n' || c == '\t') c = ' ';
  }
  while (reason.ends_with(' ')) reason.pop_back();
  close_reason_ = std::move(reason);
  if (socket_.is_open()) socket_.release();
  PQfinish(std::exchange(connection_, nullptr));
  closed_.cancel();
  std::deque<InFlight> lost;
  lost.swap(in_flight_);
  for (InFlight& entry : lost) entry.done({.lost = close_reason_});
}

Task<void> Connection::until_closed() {
  const auto self = shared_from_this();
  error_code ignored;
  while (is_open()) co_await closed_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

void Connection::close_if_stuck(std::chrono::steady_clock::time_point now) {
  if (is_open() && !in_flight_.empty() && now - last_progress_ > settings_.statement_timeout + kAnswerGrace) {
    close("no answer to a statement");
  }
}

}  // namespace open_cicd::postgres
