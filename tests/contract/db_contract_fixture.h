// The fixture of the database contract: an empty database, a session, and cores to run coroutines on.
#pragma once

#include "base/task_group.h"
#include "db/database.h"
#include "db/metrics.h"
#include "db/migrator.h"

#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <fcntl.h>
#include <future>
#include <list>
#include <memory>
#include <mutex>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace open_cicd::db {

// A database of its own, removed at the end.
class TestDatabase {
 public:
  virtual ~TestDatabase() = default;
  virtual std::unique_ptr<Database> open(Metrics* metrics = nullptr) = 0;
  virtual std::string address() const = 0;  // for a child process
  virtual bool is_script_running() = 0;     // somebody is inside run_script()
};

// With an address it is the database of a parent process, which is left alone.
using MakeDatabase = std::unique_ptr<TestDatabase> (*)(const std::string& address);

inline constexpr const char* kAddressVariable = "OPEN_CICD_TEST_DATABASE_ADDRESS";

// Threads that each run an io_context, as in the server.
class Cores {
 public:
  explicit Cores(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      contexts_.emplace_back(1);
      guards_.push_back(asio::make_work_guard(contexts_.back()));
    }
    for (auto& context : contexts_) threads_.emplace_back([&context] { context.run(); });
  }
  ~Cores() {
    guards_.clear();
    for (auto& thread : threads_) thread.join();
  }
  asio::any_io_executor at(std::size_t i) {
    return std::next(contexts_.begin(), static_cast<std::ptrdiff_t>(i % contexts_.size()))->get_executor();
  }

 private:
  std::list<asio::io_context> contexts_;
  std::vector<asio::executor_work_guard<asio::io_context::executor_type>> guards_;
  std::vector<std::thread> threads_;
};

class DbContract : public testing::TestWithParam<MakeDatabase> {
 protected:
  DbContract() {
    const char* address = ::getenv(kAddressVariable);
    database_ = GetParam()(address ? address : "");
    session_ = database_->open();
  }

  // Runs a coroutine function to its end and returns what it returned.
  template <class F>
  auto run(F function) {
    auto future = asio::co_spawn(cores_.at(0), function(), asio::use_future);
    if (future.wait_for(std::chrono::seconds(120)) != std::future_status::ready) {
      ADD_FAILURE() << "a coroutine did not end";
      std::abort();  // it still uses this fixture
    }
    return future.get();
  }

  // Runs function(0) … function(count - 1) at the same time, spread over the cores; rethrows the first exception.
  template <class F>
  void run_many(std::size_t count, F function) {
    std::vector<std::future<void>> futures;
    for (std::size_t i = 0; i < count; ++i)
      futures.push_back(asio::co_spawn(cores_.at(i), function(i), asio::use_future));
    for (auto& future : futures) {
      if (future.wait_for(std::chrono::seconds(120)) != std::future_status::ready) std::abort();
    }
    for (auto& future : futures) future.get();
  }

  Rows read(const Query& query, Params params = {}) {
    return run([&]() -> Task<Rows> { co_return co_await session_->read(query, params); });
  }

  Rows write(const Query& query, Params params = {}) {
    Rows rows;
    run([&]() -> Task<void> {
      co_await session_->transact([&](Transaction& tx) -> Task<void> { rows = co_await tx.run(query, params); });
    });
    return rows;
  }

  DatabaseError::Kind failure_of(const std::function<void()>& action) {
    try {
      action();
    } catch (const DatabaseError& e) {
      return e.kind();
    }
    ADD_FAILURE() << "no DatabaseError";
    return {};
  }

  void create_counters() {
    write({"create_counters", "CREATE TABLE counters (id text PRIMARY KEY, value bigint NOT NULL)"});
    write({"insert_counter", "INSERT INTO counters (id, value) VALUES ($1, $2)"}, {std::string("a"), 0});
  }
  std::int64_t counter() { return read({"counter", "SELECT value FROM counters WHERE id = 'a'"}).integer(0, 0); }

  std::unique_ptr<TestDatabase> database_;
  std::unique_ptr<Database> session_;
  Cores cores_{3};
};

// Another process of this program that runs one (disabled) test against `database`. Killed at the end.
class ChildTest {
 public:
  ChildTest(const std::string& test, const std::string& address) {
    int pipe[2];
    if (::pipe2(pipe, O_CLOEXEC) != 0) throw std::runtime_error("pipe");
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, pipe[1], kOutput);
    std::string filter = "--gtest_filter=" + test;
    std::string disabled = "--gtest_also_run_disabled_tests";
    std::string variable = std::string(kAddressVariable) + "=" + address;
    std::vector<char*> environment{variable.data()};
    for (char** entry = environ; *entry; ++entry) environment.push_back(*entry);
    environment.push_back(nullptr);
    std::string program = "/proc/self/exe";
    char* arguments[] = {program.data(), filter.data(), disabled.data(), nullptr};
    const int failed = ::posix_spawn(&pid_, program.c_str(), &actions, nullptr, arguments, environment.data());
    posix_spawn_file_actions_destroy(&actions);
    ::close(pipe[1]);
    output_ = ::fdopen(pipe[0], "r");
    if (failed != 0) throw std::runtime_error("posix_spawn");
  }
  ~ChildTest() {
    kill();
    ::fclose(output_);
  }
  void kill() {
    if (pid_ < 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }
  std::optional<std::string> line() {
    char buffer[256];
    if (!::fgets(buffer, sizeof buffer, output_)) return std::nullopt;
    return std::string(buffer, ::strlen(buffer) - 1);
  }

  static constexpr int kOutput = 9;  // the child's descriptor for report()
  static void report(const std::string& text) {
    const std::string line = text + "\n";
    if (::write(kOutput, line.data(), line.size()) < 0) ::_exit(1);
  }

 private:
  pid_t pid_ = -1;
  FILE* output_ = nullptr;
};

// Waits until `condition` holds; false after 60 seconds.
inline bool eventually(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (std::chrono::steady_clock::now() < end) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return false;
}

}  // namespace open_cicd::db
