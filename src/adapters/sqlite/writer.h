// The one thread that writes, and its group commit.
#pragma once

#include "adapters/sqlite/connection.h"
#include "db/completion.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

namespace open_cicd::sqlite {

// Bodies queue; the writer opens a transaction, runs each waiting body in a savepoint of its own, and commits when
// nobody waits any more (or at the group's limits), so a lone writer waits for nobody and a crowd shares one fsync.
// Callers resume after the commit. submit() is thread-safe. The destructor runs what is queued and joins.
class Writer {
 public:
  using Body = std::function<Task<void>(db::Transaction&)>;

  Writer(const SqliteSettings& settings, db::Metrics* metrics);
  ~Writer();

  void submit(Body body, db::Resume resume);  // throws DatabaseError unavailable when too many wait
  void submit_script(std::function<void(Connection&)> script, db::Resume resume);  // alone, outside any transaction

 private:
  struct Job {
    Body body;
    std::function<void(Connection&)> script;  // instead of a body
    db::Resume resume;
    std::exception_ptr failure;
  };
  class OpenTransaction;

  void enqueue(Job job);
  void loop();
  bool wait_for_work();
  std::optional<Job> next_body();
  void run_group();
  void run_body(Job& job);
  std::exception_ptr run_to_end(const Body& body);
  void run_script(Job job);

  const SqliteSettings settings_;
  db::Metrics* metrics_;
  Connection connection_;
  asio::io_context context_{1};  // where bodies run; only the writer's thread runs it

  std::mutex mutex_;
  std::condition_variable work_;
  std::deque<Job> waiting_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace open_cicd::sqlite
