// What of a job's end is on the agent's disk, and when: seen through the system call that puts it there.
#include "agent/agent_fixture.h"
#include "agent/journal.h"
#include "agent/log_spool.h"

#include <fmt/format.h>

#include <mutex>
#include <sys/syscall.h>
#include <unistd.h>

namespace open_cicd::agent {
namespace {

namespace fs = std::filesystem;

// The names of the files that this program has flushed, in order.
class Flushed {
 public:
  void add(int fd) {
    std::error_code gone;
    const fs::path path = fs::read_symlink(fmt::format("/proc/self/fd/{}", fd), gone);
    const std::lock_guard lock(mutex_);
    names_.push_back(path.filename());
  }
  std::vector<std::string> take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(names_, {});
  }
  bool contains(std::string_view name) {
    const std::lock_guard lock(mutex_);
    return std::ranges::find(names_, name) != names_.end();
  }

 private:
  std::mutex mutex_;
  std::vector<std::string> names_;
};

Flushed& flushed() {
  static Flushed all;
  return all;
}

}  // namespace
}  // namespace open_cicd::agent

// This program's definition wins over the C library's.
extern "C" int fsync(int fd) {
  open_cicd::agent::flushed().add(fd);
  return static_cast<int>(::syscall(SYS_fsync, fd));
}

namespace open_cicd::agent {
namespace {

using Names = std::vector<std::string>;

class AgentDurability : public AgentFixture {
 protected:
  AgentDurability() { flushed().take(); }
};

TEST_F(AgentDurability, ASyncedJournalIsOnTheDisk) {
  Journal journal = std::move(*Journal::open(folder_ / "journal"));
  ASSERT_TRUE(journal.record({.job_id = "job", .finish = {.status = "failed"}}));
  EXPECT_EQ(flushed().take(), Names{}) << "most are never needed";
  ASSERT_TRUE(journal.sync());
  EXPECT_EQ(flushed().take(), Names{"journal"});
}

TEST_F(AgentDurability, ASavedSpoolIsOnTheDiskWhereverItWas) {
  LogSpool spool(folder_ / "spool", {.step_memory_max = 10});
  ASSERT_TRUE(spool.append(0, "short"));
  ASSERT_TRUE(spool.append(1, "longer than its memory"));
  EXPECT_EQ(flushed().take(), Names{});
  ASSERT_TRUE(spool.save());
  EXPECT_EQ(flushed().take(), (Names{"0.log", "1.log"}));
}

TEST_F(AgentDurability, AnIdentityIsOnTheDiskBeforeItReplacesTheOldOneAndSoIsItsName) {
  ASSERT_TRUE(replace_file(folder_ / "agent.json", "{}"));
  EXPECT_EQ(flushed().take(), (Names{"agent.json.new", folder_.filename()}));
}

TEST_F(AgentDurability, AJobsEndThatTheServerTakesAtOnceCostsNoFlush) {
  ScriptedJob& job = server_.add_job({{"print one"}});
  start();
  until([&] { return server_.count("register") == 1; }, "the registration");
  until_finished(job);
  EXPECT_FALSE(flushed().contains("journal"));
  EXPECT_FALSE(flushed().contains("0.log"));
  end();
}

// While the agent waits it may lose its power.
TEST_F(AgentDurability, AJobsEndThatTheServerDoesNotTakeIsOnTheDiskBeforeTheAgentWaits) {
  backoff_ = {.base = std::chrono::hours(1), .max = std::chrono::hours(1)};
  server_.add_job({{"print one"}});
  server_.answers.emplace("finish", ScriptedServer::Answer{503, "{}", "Retry-After: 3600\r\n"});
  start();
  until([] { return flushed().contains("journal"); }, "the flush of the journal");
  EXPECT_EQ(server_.count("finish"), 1);
  const Names names = flushed().take();
  EXPECT_LT(std::ranges::find(names, "0.log"), std::ranges::find(names, "journal"))
      << "a journal without its log would be worth nothing";
  crash();
}

TEST_F(AgentDurability, ALogThatTheServerDoesNotTakeIsOnTheDiskBeforeItsFinishIsSaid) {
  for (int i = 0; i < 10'000; ++i) server_.answers.emplace("append", ScriptedServer::Answer{503, "{}"});
  server_.add_job({{"print one"}});
  start();
  until([] { return flushed().contains("journal"); }, "the flush of the journal");
  EXPECT_EQ(server_.count("finish"), 0);
  EXPECT_TRUE(flushed().contains("0.log"));
  crash();
}

}  // namespace
}  // namespace open_cicd::agent
