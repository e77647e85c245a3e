// Logs on a real database and a real folder, for the tests of this folder.
#pragma once

#include "adapters/sqlite/sqlite.h"
#include "base/crypto.h"
#include "db/migrator.h"
#include "http/sse.h"
#include "logs/logs.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include <condition_variable>
#include <filesystem>
#include <future>
#include <list>
#include <mutex>
#include <thread>

namespace open_cicd::logs {

inline constexpr std::chrono::seconds patience{20};

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "logs_test_XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
    path = name;
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  std::filesystem::path path;
};

// Threads that each run an io_context, as in the server.
class TestCores {
 public:
  explicit TestCores(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) guards_.push_back(asio::make_work_guard(contexts_.emplace_back(1)));
    for (asio::io_context& context : contexts_) threads_.emplace_back([&context] { context.run(); });
  }
  ~TestCores() {
    guards_.clear();
    for (std::thread& thread : threads_) thread.join();
  }
  asio::any_io_executor at(std::size_t i) {
    return std::next(contexts_.begin(), static_cast<std::ptrdiff_t>(i % contexts_.size()))->get_executor();
  }
  template <class T>
  T run(Task<T> task, std::size_t core = 0) {
    auto future = asio::co_spawn(at(core), std::move(task), asio::use_future);
    if (future.wait_for(patience) != std::future_status::ready) {
      ADD_FAILURE() << "a task did not end";
      std::abort();
    }
    return future.get();
  }

 private:
  std::list<asio::io_context> contexts_;
  std::vector<asio::executor_work_guard<asio::io_context::executor_type>> guards_;
  std::vector<std::thread> threads_;
};

// A client of a stream: parses what it is sent; can be made slow, or go away.
class TestClient final : public http::BodyWriter {
 public:
  explicit TestClient(asio::any_io_executor executor) : timer_(executor), peer_timer_(executor) {}

  Task<bool> write(std::string_view bytes) override {
    take(bytes);
    while (blocked_) {
      timer_.expires_after(std::chrono::milliseconds(1));
      co_await timer_.async_wait(asio::use_awaitable);
    }
    co_return !gone_;
  }
  Task<bool> write_shared(std::shared_ptr<const std::string> bytes) override { co_return co_await write(*bytes); }
  Task<void> peer_closed() override {
    while (!gone_) {
      peer_timer_.expires_after(std::chrono::milliseconds(1));
      co_await peer_timer_.async_wait(asio::use_awaitable);
    }
  }
  bool shutting_down() const override { return false; }

  void block(bool blocked) { blocked_ = blocked; }
  void leave() { gone_ = true; }
  void ended() {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    changed_.notify_all();
  }

  std::vector<http::SseEvent> events() const {
    const std::lock_guard lock(mutex_);
    return events_;
  }
  std::string raw() const {
    const std::lock_guard lock(mutex_);
    return raw_;
  }
  // What the client shows: the log events' data since the last `attempt`; fails the test unless they follow each other
  // without gap or double.
  std::string text() const {
    std::string shown;
    std::map<int, std::int64_t> reached;
    for (const http::SseEvent& event : events()) {
      if (event.event == "attempt") {
        shown.clear();
        reached.clear();
      }
      if (event.event != "log") continue;
      const boost::json::object data = boost::json::parse(event.data).as_object();
      const auto step = data.at("step").to_number<int>();
      const auto offset = data.at("offset").to_number<std::int64_t>();
      if (reached.contains(step)) EXPECT_EQ(offset, reached[step]) << "a gap or a double";
      reached[step] = offset + data.at("size").to_number<std::int64_t>();
      shown += data.at("data").as_string();
    }
    return shown;
  }
  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const http::SseEvent& event : events()) names.push_back(event.event);
    return names;
  }

  template <class Condition>
  void wait(const char* what, Condition condition) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    std::unique_lock lock(mutex_);
    while (true) {
      lock.unlock();
      const bool holds = condition();
      lock.lock();
      if (holds) return;
      if (changed_.wait_until(lock, std::min(deadline, std::chrono::steady_clock::now() +
                                                           std::chrono::milliseconds(50))) == std::cv_status::timeout &&
          std::chrono::steady_clock::now() > deadline) {
        ADD_FAILURE() << "waited for " << what << "; the stream so far:\n" << raw_.substr(0, 4000);
        return;
      }
    }
  }
  void wait_text(const std::string& expected) {
    wait("the text", [&] { return text().size() >= expected.size(); });
    EXPECT_TRUE(text() == expected) << "the text differs, " << text().size() << " and " << expected.size() << " bytes";
  }
  void wait_end() {
    wait("the end", [&] {
      const std::lock_guard lock(mutex_);
      return ended_;
    });
  }
  bool has_ended() const {
    const std::lock_guard lock(mutex_);
    return ended_;
  }

 private:
  void take(std::string_view bytes) {
    const std::lock_guard lock(mutex_);
    raw_ += bytes;
    reader_.feed(bytes, [&](http::SseEvent event) { events_.push_back(std::move(event)); });
    changed_.notify_all();
  }

  asio::steady_timer timer_;
  asio::steady_timer peer_timer_;
  std::atomic<bool> blocked_ = false;
  std::atomic<bool> gone_ = false;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  http::SseReader reader_;
  std::vector<http::SseEvent> events_;
  std::string raw_;
  bool ended_ = false;
};

class LogsFixture : public testing::Test {
 protected:
  LogsFixture() {
    settings.directory = folder.path / "logs";
    session = sqlite::open_sqlite({.path = (folder.path / "test.db").string()});
    EXPECT_TRUE(cores.run(db::migrate(*session)).has_value());
    snapshot.id = job;
    snapshot.state = "running";
    snapshot.attempt = 1;
    snapshot.agent = "builder";
    snapshot.steps = {{.step = 0, .name = "build", .state = protocol::StepState::running},
                      {.step = 1, .name = "test", .state = protocol::StepState::pending}};
  }
  ~LogsFixture() override {
    if (logs) cores.run(logs->stop());
    for (const auto& client : clients) client->wait_end();
    clients.clear();  // their timers belong to the cores
    logs.reset();
  }

  // The server starts, or starts again: what was only in memory is gone.
  Logs& start() {
    logs.reset();
    logs = std::make_unique<Logs>(settings, *session, *pool, bus,
                                  SnapshotSource([this](JobId id) { return read_snapshot(id); }),
                                  std::make_shared<prometheus::Registry>());
    logs->start();
    return *logs;
  }

  // The server dies and starts again; what it had given to the pool was done.
  void crash_and_start() {
    pool->join();
    logs.reset();
    pool.emplace(2);
    start();
  }

  Result<std::int64_t> append(std::int64_t offset, std::string_view bytes, int step = 0, int attempt = 1) {
    return cores.run(logs->append(job, attempt, step, offset, bytes, crc32c(bytes)));
  }
  std::string stored(int step = 0, int attempt = 1) {
    const std::int64_t size = cores.run(logs->size(job, attempt, step));
    return cores.run(logs->read(job, attempt, step, 0, static_cast<std::size_t>(size))).value();
  }
  static jobs::LogClaim claim_of(const std::map<int, std::string>& texts) {
    jobs::LogClaim claim;
    claim.sums.emplace();
    for (const auto& [step, text] : texts) (*claim.sums)[step] = {static_cast<std::int64_t>(text.size()), crc32c(text)};
    return claim;
  }
  jobs::LogVerdict verify(jobs::LogClaim claim, int attempt = 1) {
    return cores.run(logs->verify(job, attempt, std::move(claim))).value();
  }
  // The whole finish; fails the test unless the claim is accepted.
  jobs::LogVerdict finish(const std::map<int, std::string>& texts, int attempt = 1) {
    jobs::LogVerdict verdict = verify(claim_of(texts), attempt);
    EXPECT_TRUE(verdict.next.empty());
    commit(verdict, attempt);
    return verdict;
  }
  void commit(const jobs::LogVerdict& verdict, int attempt = 1) {
    cores.run(session->transact(
        [this, verdict, attempt](db::Transaction& tx) { return logs->persist(tx, job, attempt, verdict); }));
    logs->close(job, attempt, true);
  }
  std::size_t files() const {
    std::size_t count = 0;
    std::error_code none;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(settings.directory, none))
      count += entry.is_regular_file();
    return count;
  }

  template <class Condition>
  void wait_until(const char* what, Condition condition) const {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > deadline) {
        ADD_FAILURE() << "waited for " << what;
        return;
      }
      std::this_thread::yield();
    }
  }

  void change(std::function<void(jobs::JobSnapshot&)> edit) {
    {
      const std::lock_guard lock(snapshot_mutex);
      edit(snapshot);
    }
    bus.publish(events::JobChanged{job});
  }
  void end_job(const char* state = "succeeded") {
    change([&](jobs::JobSnapshot& s) {
      s.state = state;
      s.terminal = true;
    });
  }
  TestClient& watch(std::optional<std::string> last_event_id = {}, bool blocked = false) {
    const auto executor = cores.at(clients.size());
    auto client = std::make_shared<TestClient>(executor);
    client->block(blocked);
    clients.push_back(client);
    asio::co_spawn(executor, stream(client, std::move(last_event_id)),
                   [client](std::exception_ptr) { client->ended(); });
    return *client;
  }
  Task<void> stream(std::shared_ptr<TestClient> client, std::optional<std::string> last_event_id) {
    co_await logs->stream_events(job, std::move(last_event_id), *client, [this] { return shutting_down.load(); });
  }

  TemporaryFolder folder;
  LogSettings settings;
  std::unique_ptr<db::Session> session;
  std::optional<WorkerPool> pool{std::in_place, 2};
  events::Bus bus;
  const JobId job = JobId::make();
  std::mutex snapshot_mutex;
  jobs::JobSnapshot snapshot;
  std::atomic<int> snapshot_reads = 0;
  std::atomic<bool> shutting_down = false;
  std::vector<std::shared_ptr<TestClient>> clients;
  TestCores cores{2};
  std::unique_ptr<Logs> logs;

 private:
  Task<Result<jobs::JobSnapshot>> read_snapshot(JobId) {
    ++snapshot_reads;
    const std::lock_guard lock(snapshot_mutex);
    co_return snapshot;
  }
};

// `size` bytes of lines that differ from each other.
inline std::string lines_of(std::size_t size, int seed = 0) {
  std::string text;
  text.reserve(size + 100);
  for (int i = 0; text.size() < size; ++i)
    text += fmt::format("{:08} line of the log {} {:x}\n", i, seed, i * 2654435761u);
  text.resize(size);
  return text;
}

}  // namespace open_cicd::logs
