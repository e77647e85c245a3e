#include "supervisor/spare.h"

#include "base/asio.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

namespace open_cicd::supervisor {
namespace {

// Runs `command` in what take() gives and returns its exit code.
int run_in(Spare& spare, asio::io_context& context, pid_t* pid) {
  std::optional<int> code;
  auto body = [&]() -> Task<void> {
    auto taken = spare.take(co_await asio::this_coro::executor);
    if (!taken) throw std::runtime_error(taken.error().message());
    *pid = (*taken)->pid();
    const auto exit = co_await (*taken)->run({.argv = {"/bin/sh", "-c", "exit 7"}, .env = {}, .cwd = "/"},
                                             [](std::string_view) -> Task<void> { co_return; });
    if (exit) code = exit->code;
    co_await (*taken)->shutdown(std::chrono::seconds(10));
  };
  std::exception_ptr failure;
  asio::co_spawn(context, body(), [&](std::exception_ptr thrown) { failure = thrown; });
  context.restart();
  context.run_for(std::chrono::seconds(20));
  if (failure) std::rethrow_exception(failure);
  return code.value_or(-1);
}

class SpareTest : public testing::Test {
 protected:
  asio::io_context context;
  std::shared_ptr<Spare> spare =
      std::make_shared<Spare>(SpawnOptions{.fallback_directory = std::filesystem::temp_directory_path()}, records);
  pid_t first = 0;
  pid_t second = 0;

  void refill() {
    spare->refill_soon(context.get_executor());
    context.restart();
    context.run_for(std::chrono::seconds(20));
  }
};

TEST_F(SpareTest, WithoutOneANewHelperIsStarted) {
  EXPECT_EQ(run_in(*spare, context, &first), 7);
}

TEST_F(SpareTest, IsTakenOnce) {
  refill();
  EXPECT_EQ(run_in(*spare, context, &first), 7);
  EXPECT_EQ(run_in(*spare, context, &second), 7);
  EXPECT_NE(first, second);
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
