// The connections of one core: a thread with an io_context, readers that share pipelines, writers that are lent to one
// transaction each.
#pragma once

#include "adapters/postgres/connection.h"
#include "base/task_group.h"

#include <condition_variable>
#include <mutex>
#include <thread>

namespace open_cicd::postgres {

// read() and transact() are awaited from any thread; everything else happens on the pool's own. Each connection has a
// keeper that opens it again when it is lost. Destroy it after every caller has resumed.
class Pool {
 public:
  using Body = std::function<Task<void>(db::Transaction&)>;
  // Awaited before every attempt of a transaction, when it has its connection; throws when nothing may be written.
  using Admit = std::function<Task<void>()>;

  Pool(const PostgresSettings& settings, db::Metrics* metrics, Admit admit);
  ~Pool();

  void wait_until_open();  // throws DatabaseError when there is no reader and writer within connect_timeout
  Task<Outcome> read(std::string_view sql, const EncodedParams& params);
  Task<void> transact(Body body);

  static constexpr std::size_t kPipelineMax = 64;  // reads in flight on one connection

 private:
  using ConnectionPtr = std::shared_ptr<Connection>;
  using Time = std::chrono::steady_clock::time_point;
  struct Read {
    std::string_view sql;
    const EncodedParams* params;
    Outcome* outcome;
    db::Resume resume;
    Time deadline;
    bool repeated = false;
  };
  struct WriterWait {
    ConnectionPtr* connection;
    db::Resume resume;
    Time deadline;
  };
  struct Attempt {
    std::exception_ptr failure;
    bool again = false;
  };
  class OpenTransaction;

  Task<void> keep_open(Access access);
  Task<void> keep_once(Access access, std::chrono::milliseconds& backoff);
  Task<void> watch_time();
  void connected(Access access, ConnectionPtr connection);
  void disconnected(Access access, const ConnectionPtr& connection);
  void connect_failed(const std::string& reason);

  void start_read(Read read);
  void dispatch_reads();
  void send_read(Connection& connection, Read read);
  Task<ConnectionPtr> borrow_writer();
  void lend_writer(ConnectionPtr connection);

  Task<void> run_transaction(Body body);
  Task<Attempt> attempt(Connection& connection, const Body& body);
  Task<Attempt> commit(Connection& connection);

  const PostgresSettings& settings_;
  db::Metrics* metrics_;
  const Admit admit_;
  asio::io_context context_{1};
  asio::executor_work_guard<asio::io_context::executor_type> guard_{context_.get_executor()};
  TaskGroup keepers_{context_.get_executor()};

  std::vector<ConnectionPtr> readers_;  // open ones
  std::vector<std::weak_ptr<Connection>> writers_;
  std::vector<ConnectionPtr> idle_writers_;  // the one used last is lent first
  std::deque<Read> waiting_reads_;
  std::deque<WriterWait> waiting_writers_;

  std::mutex mutex_;  // of what wait_until_open() looks at
  std::condition_variable opened_;
  bool reader_opened_ = false;
  bool writer_opened_ = false;
  std::string connect_error_;
  std::thread thread_;
};

}  // namespace open_cicd::postgres
