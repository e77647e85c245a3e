#include "agent/log_shipper.h"

#include "agent/scripted_server.h"
#include "agent/temporary_folder.h"

#include <gtest/gtest.h>

namespace open_cicd::agent {
namespace {

struct Silent final : ApiObserver {
  void server_answered() override {}
  void lease_renewed(std::chrono::nanoseconds) override { ++renewals; }
  int renewals = 0;
};

class LogShipperTest : public ::testing::Test {
 protected:
  LogShipperTest() {
    job_ = &server_.add_job({{"x"}});
    job_->state = "running";
    client_ = std::move(*http::Client::make(io_.get_executor(), server_.url()));
    api_.emplace(*client_, observer_, Milliseconds(2'000));
    api_->become("a1", Secret("own-1"));
    make({});
  }
  ~LogShipperTest() override {
    shipper_->stop();
    tasks_.spawn("stop", server_.stop());
    io_.restart();
    io_.run_for(std::chrono::seconds(5));
    workers_.join();
  }

  void make(ShipperSettings settings) {
    settings.backoff = {.base = Milliseconds(2), .max = Milliseconds(5)};
    shipper_.emplace(io_.get_executor(), *api_, Lease{.job = *JobId::parse(job_->id), .attempt = 1, .token = "l"},
                     spool_, workers_, settings, [this](const Error& error) { refused_.push_back(error.code()); });
  }
  void print(int step, std::string_view bytes, std::optional<std::int64_t> at = {}) {
    ASSERT_TRUE(spool_.append(step, bytes, at));
    shipper_->wake();
  }
  void begin() { tasks_.spawn("ship", shipper_->run()); }
  template <class F>
  void until(F condition) {
    io_.restart();
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    while (!condition() && std::chrono::steady_clock::now() < end) io_.run_one_for(std::chrono::milliseconds(20));
    ASSERT_TRUE(condition());
  }
  void drain() {
    bool done = false;
    asio::co_spawn(io_, shipper_->all_drained(), [&done](const std::exception_ptr&) { done = true; });
    until([&done] { return done; });
  }
  std::string& stored(int step) { return job_->logs[step]; }

  asio::io_context io_{1};
  TemporaryFolder folder_;
  ScriptedServer server_{io_};
  ScriptedJob* job_ = nullptr;
  Silent observer_;
  std::unique_ptr<http::Client> client_;
  std::optional<ApiClient> api_;
  WorkerPool workers_{1};
  LogSpool spool_{folder_.path() / "spool", {.step_memory_max = 4096}};
  std::optional<LogShipper> shipper_;
  TaskGroup tasks_{io_.get_executor()};
  std::vector<std::string> refused_;
};

TEST_F(LogShipperTest, StepsArriveWholeAndInOrder) {
  begin();
  print(-1, "pulling\n");
  print(0, "one\n");
  print(1, "two\n");
  drain();
  EXPECT_EQ(job_->logs, (std::map<int, std::string>{{-1, "pulling\n"}, {0, "one\n"}, {1, "two\n"}}));
  EXPECT_EQ(observer_.renewals, server_.count("append"));
}

TEST_F(LogShipperTest, ManyLinesCostFewRequests) {
  begin();
  std::string all;
  for (int i = 0; i < 10'000; ++i) {
    const std::string line = fmt::format("line {}\n", i);
    all += line;
    print(0, line);
    if (i % 100 == 0) io_.poll();
  }
  drain();
  EXPECT_EQ(stored(0), all);
  EXPECT_LT(server_.count("append"), 200);
}

TEST_F(LogShipperTest, TheTimesOfALogArriveWithItHoweverManyThereAre) {
  std::string all;
  for (int i = 0; i < 2000; ++i) {
    print(0, "x\n", 1000 + 25 * i);
    all += "x\n";
  }
  begin();
  drain();
  EXPECT_EQ(stored(0), all);
  std::map<std::int64_t, std::int64_t> told;
  for (const protocol::LogTime& time : job_->times[0]) told[time.offset] = time.unix_ms;
  ASSERT_EQ(told.size(), 2000U);
  for (int i = 0; i < 2000; ++i) EXPECT_EQ(told[2 * i], 1000 + 25 * i) << i;
}

TEST_F(LogShipperTest, AChunkThatIsSentAgainTellsItsTimesAgain) {
  print(0, "one\n", 1000);
  print(0, "two\n", 2000);
  begin();
  drain();
  job_->times.clear();
  stored(0).resize(5);
  shipper_->rewind({{"0", 5}});
  drain();
  EXPECT_EQ(stored(0), "one\ntwo\n");
  EXPECT_EQ(job_->times[0], (std::vector<protocol::LogTime>{{5, 2000}}));
}

TEST_F(LogShipperTest, ChunksAreNoLargerThanTheServerTakes) {
  make({.chunk_max = 1000});
  begin();
  print(0, std::string(10'500, 'x'));
  drain();
  EXPECT_EQ(stored(0).size(), 10'500U);
  EXPECT_EQ(server_.count("append"), 11);
}

TEST_F(LogShipperTest, AServerThatForgotIsSentItAgain) {
  begin();
  print(0, std::string(50'000, 'a'));
  drain();
  stored(0).resize(7);  // it crashed; its tail was not yet stored
  print(0, "b");
  drain();
  EXPECT_EQ(stored(0), std::string(50'000, 'a') + "b");
}

TEST_F(LogShipperTest, WhatTheServerHasAlreadyIsNotDoubled) {
  server_.faults.emplace("append", Fault::lose_answer);
  server_.faults.emplace("append", Fault::lose_answer);
  server_.faults.emplace("append", Fault::lose_request);
  begin();
  print(0, "once\n");
  drain();
  EXPECT_EQ(stored(0), "once\n");
}

TEST_F(LogShipperTest, ABusyServerIsAskedAgain) {
  server_.answers.emplace("append", ScriptedServer::Answer{429, R"({"code":"too_many"})"});
  server_.answers.emplace("append", ScriptedServer::Answer{503, "{}"});
  server_.answers.emplace("append", ScriptedServer::Answer{422, R"({"code":"crc"})"});
  begin();
  print(0, "late\n");
  drain();
  EXPECT_EQ(stored(0), "late\n");
  EXPECT_TRUE(refused_.empty());
}

TEST_F(LogShipperTest, AStaleAttemptIsTold) {
  server_.answers.emplace("append", ScriptedServer::Answer{409, R"({"code":"stale_attempt"})"});
  begin();
  print(0, "x");
  drain();
  EXPECT_EQ(refused_, std::vector<std::string>{"stale_attempt"});
}

TEST_F(LogShipperTest, AConflictWaitsForTheFinishAndStopsNothingElse) {
  server_.answers.emplace("append", ScriptedServer::Answer{409, R"({"code":"log_conflict"})"});
  begin();
  print(0, "zero");
  print(1, "one");
  drain();
  EXPECT_TRUE(shipper_->stuck());
  EXPECT_EQ(stored(1), "one");
  shipper_->rewind({{"0", 0}});  // as the finish's logs_incomplete says
  drain();
  EXPECT_FALSE(shipper_->stuck());
  EXPECT_EQ(stored(0), "zero");
}

TEST_F(LogShipperTest, TheServersLimitEndsTheCounting) {
  begin();
  print(0, "0123456789");
  drain();
  server_.answers.emplace("append", ScriptedServer::Answer{413, R"({"code":"log_limit","next":10})"});
  print(0, "abc");
  drain();
  print(1, "not counted");
  drain();
  EXPECT_TRUE(spool_.truncated());
  EXPECT_EQ(spool_.sums().at("0").size, 10);
  EXPECT_EQ(spool_.size(1), 0);
  EXPECT_EQ(stored(0), "0123456789");
}

TEST_F(LogShipperTest, DrainedReturnsWhenItIsStopped) {
  server_.answers.emplace("append", ScriptedServer::Answer{503, "{}"});
  bool done = false;
  print(0, "x");
  asio::co_spawn(io_, shipper_->drained(0), [&done](const std::exception_ptr&) { done = true; });
  io_.poll();
  EXPECT_FALSE(done);
  shipper_->stop();
  until([&done] { return done; });
}

}  // namespace
}  // namespace open_cicd::agent
