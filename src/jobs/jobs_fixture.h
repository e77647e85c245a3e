// Jobs on a real database with a fake clock, for the tests of this folder and of agents.
#pragma once

#include "adapters/sqlite/sqlite.h"
#include "base/run_alone.h"
#include "db/migrator.h"
#include "jobs/settle.h"
#include "support/fake_clock.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <stdlib.h>
#include <string>
#include <utility>
#include <vector>

namespace open_cicd::jobs {

// Jobs without logs: every claim about them is accepted. The log of `broken` cannot even be looked at.
class NoLogs final : public LogLedger {
 public:
  std::optional<JobId> broken;
  std::optional<bool> closed;             // how a log was closed last: with its attempt's end committed, or to go on
  std::function<Task<void>()> meanwhile;  // happens once, while a log is looked at
  std::optional<LogVerdict> verdict;      // of the next log that is looked at, instead of a good one
  Task<Result<LogVerdict>> verify(JobId job, int, LogClaim) override {
    if (auto happens = std::exchange(meanwhile, nullptr)) co_await happens();
    if (job == broken) throw std::runtime_error("this log is damaged");
    co_return std::exchange(verdict, std::nullopt).value_or(LogVerdict{});
  }
  Task<void> persist(db::Transaction&, JobId, int, const LogVerdict&) override { co_return; }
  void close(JobId, int, bool committed) override { closed = committed; }
};

// Jobs without runs.
class NoRuns final : public RunLedger {
 public:
  Task<void> lock_run_of(db::Transaction&, JobId) override { co_return; }
  Task<void> promote(std::vector<std::string>) override { co_return; }
  Task<void> replace(std::string) override { co_return; }
  Task<Effects> ended(db::Transaction&, JobRow, End, std::int64_t) override { co_return Effects{}; }
};

// What the dispatcher was told: queued and not taken back.
class QueueOfTests final : public QueueListener {
 public:
  std::vector<QueuedJob> jobs;
  void queued(QueuedJob job) override { jobs.push_back(std::move(job)); }
  void unqueued(JobId id, int attempt) override {
    std::erase_if(jobs, [=](const QueuedJob& job) { return job.id == id && job.next_attempt <= attempt; });
  }
  std::vector<std::pair<AgentId, Avoid>> avoided;
  void avoid(JobId, AgentId agent, Avoid how) override { avoided.emplace_back(agent, how); }
  std::vector<AgentId> leases_changed;
  void lease_changed(AgentId agent) override { leases_changed.push_back(agent); }
  std::size_t depth() const override { return jobs.size(); }
};

// A database that takes no writes while it is away, or after so many more, or whose commits get no answer.
class Outages final : public db::Session {
 public:
  explicit Outages(std::unique_ptr<db::Session> inner) : inner_(std::move(inner)) {}
  bool away = false;
  bool mute = false;
  bool deaf = false;  // it answers no reads
  std::optional<int> writes_left;

  Task<db::Rows> read(const db::Query& query, db::Params params) override {
    if (deaf) throw db::DatabaseError(db::DatabaseError::Kind::unavailable, "the database is away");
    return inner_->read(query, std::move(params));
  }
  Task<void> transact(std::function<Task<void>(db::Transaction&)> body) override {
    if (away || (writes_left && (*writes_left)-- <= 0))
      throw db::DatabaseError(db::DatabaseError::Kind::unavailable, "the database is away");
    co_await inner_->transact(std::move(body));
    if (mute) throw db::DatabaseError(db::DatabaseError::Kind::unavailable, "lost during COMMIT");
  }
  Task<bool> run_script(std::string_view script, const db::Query& mark, db::Params params) override {
    return inner_->run_script(script, mark, std::move(params));
  }
  std::string_view engine() const override { return inner_->engine(); }

 private:
  std::unique_ptr<db::Session> inner_;
};

class JobsFixture : public testing::Test {
 protected:
  JobsFixture() {
    EXPECT_TRUE(run_alone(db::migrate(session)));
    jobs.connect(queue, logs, runs);
  }
  ~JobsFixture() override { std::filesystem::remove_all(folder); }

  // A job of two steps, submitted.
  JobId given_queued_job(pipelines::JobSpec spec = {}) {
    spec.name = "a job";
    spec.executor = "shell";
    spec.steps = {{.name = "build", .run = {"true"}}, {.name = "test", .run = {"true"}}};
    return run_alone(jobs.submit({.spec = spec, .owner = "tests", .idempotency_key = {}, .body_digest = {}}))
        .value()
        .id;
  }
  static ClaimRequest claim_of(JobId job, AgentId agent = AgentId::make()) {
    return {.job = job, .agent = agent, .claim_id = JobId::make().str(), .boot_id = "a boot", .attempt = {}};
  }
  LeaseProof given_assigned_job(pipelines::JobSpec spec = {}) {
    const ClaimRequest request = claim_of(given_queued_job(std::move(spec)));
    const ClaimAnswer claim = run_alone(jobs.claim(request)).value();
    return {.job = request.job, .agent = request.agent, .attempt = claim.attempt, .lease_token = claim.lease_token};
  }
  LeaseProof given_running_job(pipelines::JobSpec spec = {}) {
    LeaseProof lease = given_assigned_job(std::move(spec));
    EXPECT_TRUE(run_alone(jobs.start(lease)));
    return lease;
  }
  static pipelines::JobSpec no_retry(Milliseconds timeout = std::chrono::hours(1)) {
    pipelines::JobSpec spec;
    spec.timeout_ms = timeout.count();
    spec.retry.max = 0;
    return spec;
  }
  JobDetail detail(JobId job) { return run_alone(jobs.get(job)).value(); }
  std::string state_of(const LeaseProof& lease) { return std::string(name_of(detail(lease.job).job.state)); }
  std::string reason_of(const LeaseProof& lease) { return detail(lease.job).job.reason.value_or(""); }

 private:
  static std::filesystem::path temporary_folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "jobs_test_XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
    return pattern;
  }

 protected:
  const std::filesystem::path folder = temporary_folder();
  FakeClock clock;
  Outages session{sqlite::open_sqlite({.path = (folder / "test.db").string()})};
  events::Bus bus;
  NoLogs logs;
  NoRuns runs;
  QueueOfTests queue;
  Jobs jobs{{}, session, clock, bus, LeaseKey(Secret("a key of the tests"))};
};

}  // namespace open_cicd::jobs
