// What the server still has of ended jobs, and what it says about it.
#include "api/both_databases.h"
#include "base/id.h"
#include "http/test_support.h"

#include <fstream>

namespace open_cicd {
namespace {

namespace fs = std::filesystem;

// Longer than what the database takes; it does not compress to nothing.
std::string long_log() {
  std::string log;
  for (int line = 0; log.size() < 200'000; ++line) log += fmt::format("line {}\n", line);
  return log;
}

TestLease given_running_job(TestPlane& plane, const TestAgent& agent, std::string job = {}) {
  TestLease lease = plane.claim(agent, job.empty() ? plane.submit(R"("retry":0)") : std::move(job));
  EXPECT_EQ(plane.put_status(agent, lease, R"({"status":"running"})").status, 200);
  return lease;
}

// Prints a short log in the first step and a long one in the second.
TestLease given_ended_job(TestPlane& plane, std::string_view finish = R"({"status":"succeeded"})",
                          std::string job = {}) {
  const TestAgent agent = plane.register_agent();
  TestLease lease = given_running_job(plane, agent, std::move(job));
  EXPECT_EQ(plane.append(agent, lease, 0, 0, "short\n").status, 202);
  EXPECT_EQ(plane.append(agent, lease, 1, 0, long_log()).status, 202);
  EXPECT_EQ(plane.put_status(agent, lease, std::string(finish)).status, 200);
  return lease;
}

fs::path log_folder(const TestPlane& plane, const std::string& job) {
  return plane.data() / "logs" / job.substr(job.size() - 2) / job;
}

class MissingLog : public BothDatabases {
 protected:
  Reply log_of(const TestLease& lease, std::string_view query = {}) {
    return plane().get(fmt::format("/api/v1/jobs/{}/logs{}", lease.job, query));
  }
  fs::path folder_of(const TestLease& lease) { return log_folder(plane(), lease.job); }
};

INSTANTIATE_ON_BOTH_DATABASES(MissingLog);

TEST_P(MissingLog, AnEndedJobsLogThatIsGoneIsAnErrorAndNotAnEmptyLog) {
  const TestLease lease = given_ended_job(plane());
  ASSERT_GT(std::filesystem::remove_all(folder_of(lease)), 1u);
  const Reply all = log_of(lease);
  EXPECT_EQ(all.status, 500) << all.body;
  EXPECT_EQ(all.text("code"), "log_missing");
  const std::string counted = fmt::format("6 of {} bytes", 6 + long_log().size());
  EXPECT_TRUE(all.text("detail").contains(counted)) << all.body;
  EXPECT_TRUE(all.text("detail").contains("another server's")) << all.body;
  EXPECT_EQ(log_of(lease, "?step=1").text("code"), "log_missing");
  EXPECT_EQ(log_of(lease, "?step=0").body, "short\n") << "the database still has it";
  EXPECT_EQ(log_of(lease, "?step=-1").status, 200) << "it never printed";
}

TEST_P(MissingLog, ALogThatIsShorterThanItsRecordIsAnErrorToo) {
  const TestLease lease = given_ended_job(plane());
  std::filesystem::resize_file(folder_of(lease) / "1.1.log.zst", 10);
  EXPECT_EQ(log_of(lease, "?attempt=1").text("code"), "log_missing");
}

TEST_P(MissingLog, ALogThatIsThereOrStillGrowsIsNone) {
  const TestLease lease = given_ended_job(plane());
  EXPECT_EQ(log_of(lease).body, "short\n" + long_log());
  const TestAgent agent = plane().register_agent();
  const TestLease running = given_running_job(plane(), agent);
  EXPECT_EQ(log_of(running).status, 200);
  EXPECT_EQ(plane().append(agent, running, 0, 0, "a\n").status, 202);
  EXPECT_EQ(log_of(running).body, "a\n");
}

TEST_P(MissingLog, AJobThatSaysThatItsLogIsIncompleteIsAnsweredWithWhatIsThere) {
  const TestLease lease = given_ended_job(plane(), R"({"status":"succeeded","log_incomplete":true})");
  ASSERT_GT(std::filesystem::remove_all(folder_of(lease)), 1u);
  const Reply reply = log_of(lease);
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body, "short\n");
}

class Storage : public testing::TestWithParam<const char*> {
 protected:
  std::int64_t due(std::string_view part) {
    return plane_.get("/api/v1/storage").json.at(part).at("due_count").as_int64();
  }
  TestPlane plane_{GetParam(), {{"retention.age", "1s"}, {"retention.jobs", "0"}, {"retention.interval", "1h"}}};
};

INSTANTIATE_ON_BOTH_DATABASES(Storage);

TEST_P(Storage, AJobThatItsKeyKeepsIsNotPromisedToBeFreed) {
  const Reply keyed =
      plane_.call(http::Method::post, "/api/v1/jobs", plane_.admin(),
                  R"({"name":"test","executor":"shell","retry":0,"steps":[{"run":"true"},{"run":"true"}]})",
                  {{"Idempotency-Key", "k"}});
  ASSERT_EQ(keyed.status, 201) << keyed.body;
  given_ended_job(plane_, R"({"status":"succeeded"})", keyed.text("id"));
  given_ended_job(plane_);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (due("jobs") == 0 && std::chrono::steady_clock::now() < deadline) {
  }
  EXPECT_EQ(due("jobs"), 1) << "the older one has a key";
  EXPECT_EQ(due("small_logs"), 1);
  EXPECT_EQ(due("log_files"), 1);
}

TEST_P(Storage, ARunIsPromisedToBeFreedWhenItHasEndedAndNotBefore) {
  const Reply sent = plane_.call(http::Method::post, "/api/v1/runs", plane_.admin(),
                                 "jobs:\n  a: {executor: shell, retry: 0, steps: [{run: x}, {run: x}]}\n"
                                 "  b: {executor: shell, retry: 0, needs: a, steps: [{run: x}, {run: x}]}\n",
                                 {}, "application/yaml");
  ASSERT_EQ(sent.status, 201) << sent.body;
  const auto job = [&](std::size_t index) {
    return std::string(plane_.get("/api/v1/runs/" + sent.text("id")).json.at("jobs").at(index).at("id").as_string());
  };
  given_ended_job(plane_, R"({"status":"succeeded"})", job(0));
  given_ended_job(plane_);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (due("jobs") == 0 && std::chrono::steady_clock::now() < deadline) {
  }
  EXPECT_EQ(due("jobs"), 1) << "the run waits for its other job";
  given_ended_job(plane_, R"({"status":"succeeded"})", job(1));
  while (due("jobs") == 1 && std::chrono::steady_clock::now() < deadline) {
  }
  EXPECT_EQ(due("jobs"), 3);
  EXPECT_EQ(due("log_files"), 3);
}

class OldRuns : public testing::TestWithParam<const char*> {
 protected:
  TestPlane plane_{GetParam(), {{"retention.age", "1s"}, {"retention.jobs", "0"}, {"retention.interval", "100ms"}}};
};

INSTANTIATE_ON_BOTH_DATABASES(OldRuns);

TEST_P(OldRuns, GoWithTheirJobsAndLogs) {
  const Reply sent =
      plane_.call(http::Method::post, "/api/v1/runs", plane_.admin(),
                  "jobs:\n  a: {executor: shell, retry: 0, steps: [{run: x}, {run: x}]}\n", {}, "application/yaml");
  ASSERT_EQ(sent.status, 201) << sent.body;
  const std::string run = "/api/v1/runs/" + sent.text("id");
  const std::string job(plane_.get(run).json.at("jobs").at(0).at("id").as_string());
  given_ended_job(plane_, R"({"status":"succeeded"})", job);
  EXPECT_TRUE(http::testing::eventually([&] { return plane_.get(run).status == 404; }, std::chrono::seconds(30)));
  EXPECT_EQ(plane_.get("/api/v1/jobs/" + job).status, 404);
  EXPECT_TRUE(
      http::testing::eventually([&] { return !fs::exists(log_folder(plane_, job)); }, std::chrono::seconds(30)));
}

class LogSweep : public testing::TestWithParam<const char*> {
 protected:
  // What a crash, or a database that was restored, may leave: a log of which no row knows. The sweep comes to those
  // whose ids end with "ff" last.
  fs::path given_unknown_log(std::string_view end_of_id) {
    std::string id = format_uuid(make_uuid_v4());
    id.replace(id.size() - 2, 2, end_of_id);
    fs::path folder = log_folder(plane_, id);
    fs::create_directories(folder);
    std::ofstream(folder / "1.0.log.zst") << "left";
    return folder;
  }
  static void age(const fs::path& folder) {
    const auto long_ago = fs::file_time_type::clock::now() - std::chrono::hours(2);
    for (const auto& entry : fs::directory_iterator(folder)) fs::last_write_time(entry.path(), long_ago);
    fs::last_write_time(folder, long_ago);
  }
  TestPlane plane_{GetParam(), {{"retention.age", "1h"}, {"retention.interval", "100ms"}}};
};

INSTANTIATE_ON_BOTH_DATABASES(LogSweep);

TEST_P(LogSweep, TakesOldLogsOfUnknownJobsAndNoOther) {
  const TestLease known = given_ended_job(plane_);
  age(log_folder(plane_, known.job));
  const fs::path fresh = given_unknown_log("00"), old = given_unknown_log("7f"), last = given_unknown_log("ff");
  age(old);
  age(last);
  plane_.restart();  // a server sweeps when it has started, and then once a day
  EXPECT_TRUE(http::testing::eventually([&] { return !fs::exists(last); }, std::chrono::seconds(30)));
  EXPECT_FALSE(fs::exists(old));
  EXPECT_TRUE(fs::exists(fresh)) << "its row may just not be there yet";
  EXPECT_EQ(plane_.get("/api/v1/jobs/" + known.job + "/logs").body, "short\n" + long_log());
}

}  // namespace
}  // namespace open_cicd
