// The lock that makes a server the only one on its PostgreSQL database.
#pragma once

#include "adapters/postgres/connection.h"
#include "base/task_group.h"

#include <atomic>
#include <functional>
#include <thread>

namespace open_cicd::postgres {

// A session's advisory lock, on a connection of its own. PostgreSQL gives it back when that connection ends: at once
// when the server's process dies, within kDeadPeer when its machine does. While the connection is lost, nothing is
// written: a second server may take the lock then. It is taken again as soon as the database answers; when another
// server has it by then, this one has lost. Asking on the connection every kHeartbeat finds out that it is gone well
// before PostgreSQL would give the lock away.
//
// take() is called once, from any thread; state() from all.
class Owner {
 public:
  explicit Owner(PostgresSettings settings) : settings_(std::move(settings)) {
    settings_.statement_timeout = kAnswerTime;
  }
  ~Owner();
  Owner(const Owner&) = delete;

  // Blocks, at most for kTakeTime after it is connected: a server that was killed just now is about to let go. Errors
  // as db::Database::own().
  Result<void> take(std::function<void()> lost);

  enum class State : unsigned char { unwanted, held, away, lost };
  State state() const { return state_; }

  static constexpr std::chrono::milliseconds kTakeTime{2000};
  static constexpr std::chrono::milliseconds kHeartbeat{1000};
  static constexpr std::chrono::milliseconds kAnswerTime{1000};  // and Connection::kAnswerGrace later it counts as lost
  static constexpr std::chrono::seconds kDeadPeer{20};

 private:
  using ConnectionPtr = std::shared_ptr<Connection>;
  using Holder = std::optional<std::string>;  // who has the lock, in words; nothing: we do

  Task<Holder> begin();
  Task<ConnectionPtr> connect();
  Task<Holder> lock_in_time(Connection& connection);
  Task<Holder> try_lock(Connection& connection);
  Task<void> keep(ConnectionPtr connection);
  Task<void> beat(Connection& connection);
  Task<ConnectionPtr> retake();
  Task<void> watch();

  PostgresSettings settings_;
  std::function<void()> lost_;
  std::atomic<State> state_{State::unwanted};
  std::weak_ptr<Connection> current_;  // the one with the lock, or that tries
  std::string myself_;                 // PostgreSQL's process behind the connection that had the lock last

  asio::io_context context_{1};
  asio::executor_work_guard<asio::io_context::executor_type> guard_{context_.get_executor()};
  TaskGroup tasks_{context_.get_executor()};
  std::thread thread_;
};

}  // namespace open_cicd::postgres
