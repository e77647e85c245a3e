#include "supervisor/spare.h"

#include "base/run_alone.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

namespace open_cicd::supervisor {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

// A job of one command in what take() gives: its exit code.
int run_in(Spare& spare, asio::io_context& context, pid_t* pid, std::string script = "exit 7") {
  std::optional<int> code;
  auto body = [&]() -> Task<void> {
    auto taken = spare.take(co_await asio::this_coro::executor);
    if (!taken) throw std::runtime_error(taken.error().message());
    *pid = (*taken)->pid();
    const auto exit =
        co_await (*taken)->run({.argv = {"/bin/sh", "-c", script}, .env = {{"PATH", "/usr/bin:/bin"}}, .cwd = "/"},
                               [](std::string_view) -> Task<void> { co_return; });
    if (exit) code = exit->code;
    co_await spare.give_back(std::move(*taken), 10s);
  };
  run_on(context, body());
  return code.value_or(-1);
}

class SpareTest : public testing::Test {
 protected:
  asio::io_context context;
  fs::path records = fs::temp_directory_path() / fmt::format("spare-test.{}", ::getpid());
  std::shared_ptr<Spare> spare =
      std::make_shared<Spare>(SpawnOptions{.fallback_directory = std::filesystem::temp_directory_path()}, records);
  pid_t first = 0;
  pid_t second = 0;

  void TearDown() override {
    spare.reset();
    fs::remove_all(records);
  }
  std::size_t recorded() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(records), fs::directory_iterator()));
  }
  void expect_one_job_only(const std::string& script) {
    run_in(*spare, context, &first, script);
    EXPECT_NE(::kill(first, 0), 0) << script;
    run_in(*spare, context, &second);
    EXPECT_NE(first, second) << script;
  }
  void refill() {
    spare->refill_soon(context.get_executor());
    context.restart();
    context.run_for(std::chrono::seconds(20));
  }
};

TEST_F(SpareTest, WithoutOneANewHelperIsStarted) {
  EXPECT_EQ(run_in(*spare, context, &first), 7);
}

TEST_F(SpareTest, AJobThatLeavesNothingLeavesItsHelperToTheNext) {
  refill();
  EXPECT_EQ(run_in(*spare, context, &first), 7);
  EXPECT_EQ(run_in(*spare, context, &second, "umask 077; ulimit -n 64; cd /tmp; trap '' TERM; exit 3"), 3);
  EXPECT_EQ(first, second);
  pid_t third = 0;
  EXPECT_EQ(run_in(*spare, context, &third, "test $(umask) = 0022 && test $(ulimit -n) -gt 64 && test $(pwd) = /"), 0);
  EXPECT_EQ(first, third);
}

TEST_F(SpareTest, ItsRecordLastsAsLongAsTheHelper) {
  run_in(*spare, context, &first);
  EXPECT_EQ(recorded(), 1u);
  run_in(*spare, context, &second);
  EXPECT_EQ(recorded(), 1u);
  run_in(*spare, context, &second, "sleep 1000 &");
  EXPECT_EQ(recorded(), 0u);
}

TEST_F(SpareTest, TheNextProcessEndsWhatIsRecorded) {
  run_in(*spare, context, &first);
  auto later = std::make_shared<Spare>(SpawnOptions{.fallback_directory = fs::temp_directory_path()}, records);
  run_on(context, later->sweep(0ms));
  EXPECT_EQ(recorded(), 0u);
  int status = 0;
  ASSERT_EQ(::waitpid(first, &status, WNOHANG), first);
  EXPECT_TRUE(WIFSIGNALED(status));
}

TEST_F(SpareTest, AHelperWhoseJobLeftAProcessServesNoOther) {
  expect_one_job_only("sleep 1000 &");
  expect_one_job_only("(setsid sleep 1000 &)");
}

TEST_F(SpareTest, AHelperThatItsJobChangedServesNoOther) {
  expect_one_job_only("prlimit --pid $PPID --nofile=512:512");
  expect_one_job_only("prlimit --pid $PPID --cpu=3600:3600");
  expect_one_job_only("renice -n 5 -p $PPID");
  expect_one_job_only("ionice -c 3 -p $PPID");
}

TEST_F(SpareTest, AHelperThatWasToldToStopServesNoOther) {
  auto body = [&]() -> Task<void> {
    auto taken = spare->take(co_await asio::this_coro::executor);
    first = (*taken)->pid();
    co_await (*taken)->run({.argv = {"/bin/sh", "-c", "echo; exec sleep 1000"}, .env = {}, .cwd = "/"},
                           [&](std::string_view) -> Task<void> {
                             (*taken)->stop(10s);
                             co_return;
                           });
    EXPECT_FALSE(co_await spare->give_back(std::move(*taken), 10s));
  };
  run_on(context, body());
  run_in(*spare, context, &second);
  EXPECT_NE(first, second);
}

TEST_F(SpareTest, ACommandThatCannotStartIsTheHelpersLast) {
  auto body = [&]() -> Task<void> {
    auto taken = spare->take(co_await asio::this_coro::executor);
    const auto exit = co_await (*taken)->run({.argv = {"/no/such/program"}, .env = {}, .cwd = "/"},
                                             [](std::string_view) -> Task<void> { co_return; });
    EXPECT_EQ(exit->code, 127);
    EXPECT_FALSE(co_await spare->give_back(std::move(*taken), 10s));
  };
  run_on(context, body());
}

TEST_F(SpareTest, OneThatWasKilledIsReplaced) {
  refill();
  const auto children = std::filesystem::path("/proc/self/task") / std::to_string(::getpid()) / "children";
  std::ifstream in(children);
  pid_t child = 0;
  ASSERT_TRUE(in >> child);
  ASSERT_EQ(::kill(child, SIGKILL), 0);
  siginfo_t info{};
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT), 0);
  EXPECT_EQ(run_in(*spare, context, &first), 7);
  EXPECT_NE(first, child);
}

TEST_F(SpareTest, GoneBeforeItsRefillNothingIsStarted) {
  spare->refill_soon(context.get_executor());
  spare.reset();
  context.restart();
  EXPECT_EQ(context.run_for(std::chrono::seconds(20)), 1u);
}

}  // namespace
}  // namespace open_cicd::supervisor
