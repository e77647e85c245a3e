// One asynchronous PostgreSQL connection in pipeline mode.
#pragma once

#include "adapters/postgres/postgres.h"
#include "adapters/postgres/values.h"
#include "db/completion.h"

#include <boost/asio/posix/stream_descriptor.hpp>

#include <deque>

namespace open_cicd::postgres {

enum class Access : unsigned char { read_only, read_write };

// A statement and who waits for it. What is borrowed stays until `done` is called.
struct Command {
  std::string_view sql;
  const EncodedParams* params;
  bool begin_first = false;  // BEGIN travels with it
  std::move_only_function<void(Outcome)> done;
};

// Lives on one io_context, whose only thread calls everything. Commands run in the order they were sent, each ended by
// a sync of its own, so that one's failure does not touch the next. `done` is called exactly once, with a lost outcome
// when the connection closes first.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(asio::io_context& context, const PostgresSettings& settings, Access access);
  ~Connection();
  Connection(const Connection&) = delete;

  Task<void> open();           // throws DatabaseError
  void send(Command command);  // does not throw
  Task<Outcome> execute(const db::Query& query, const db::Params& params, bool begin_first);
  // The same statement for each of `rows`, some of them on their way at once. As many outcomes; each is awaited, also
  // after one that failed.
  Task<std::vector<Outcome>> execute_each(const db::Query& query, const std::vector<db::Params>& rows,
                                          bool begin_first);
  Task<Outcome> control(std::string_view sql);  // COMMIT, ROLLBACK
  void close(std::string reason);
  Task<void> until_closed();

  bool is_open() const { return connection_ != nullptr; }
  std::size_t in_flight() const { return in_flight_.size(); }
  const std::string& close_reason() const { return close_reason_; }
  void close_if_stuck(
      std::chrono::steady_clock::time_point now);  // no answer for much longer than any statement may run

  static constexpr std::size_t kOnTheirWayMax = 100;  // of execute_each: what libpq holds of them is bounded
  static constexpr std::size_t kPreparedMax = 500;    // further statements are prepared each time
  static constexpr std::chrono::seconds kAnswerGrace{5};

 private:
  struct InFlight {
    std::string_view preparing;  // its text, while the answer to PREPARE is awaited
    Outcome outcome;             // the last result, or the first failure
    std::move_only_function<void(Outcome)> done;
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };

  Task<std::string> connect_in_time();
  Task<std::string> connect();
  Task<void> configure();
  bool send_to_libpq(const Command& command, InFlight& entry);
  void watch_read();
  void watch_write();
  void on_readable();
  void flush();
  void take_results();
  void take_result(ResultPtr result);
  void finish_front();

  asio::io_context& context_;
  const PostgresSettings& settings_;
  Access access_;
  PGconn* connection_ = nullptr;
  asio::posix::stream_descriptor socket_;
  bool writing_ = false;
  std::deque<InFlight> in_flight_;
  std::unordered_map<std::string, std::string, Hash, std::equal_to<>> prepared_;  // text → name at the server
  std::uint64_t statements_ = 0;
  std::chrono::steady_clock::time_point last_progress_;
  asio::steady_timer closed_;
  std::string close_reason_;
};

}  // namespace open_cicd::postgres
