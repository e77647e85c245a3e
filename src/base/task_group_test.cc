#include "base/task_group.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <thread>

namespace open_cicd {
namespace {

using std::chrono_literals::operator""h;

Task<void> count(int& ended) {
  ++ended;
  co_return;
}

Task<void> wait_for_ever(int& cancelled) {
  asio::steady_timer timer(co_await asio::this_coro::executor, 1h);
  try {
    co_await timer.async_wait(asio::use_awaitable);
  } catch (const boost::system::system_error& error) {
    if (error.code() == asio::error::operation_aborted) ++cancelled;
    throw;
  }
}

Task<void> fail_at_once() {
  throw std::runtime_error("on purpose");
  co_return;
}

Task<void> join_then_set(TaskGroup& group, bool& joined) {
  co_await group.join();
  joined = true;
}

Task<void> stop_then_set(TaskGroup& group, bool& stopped) {
  co_await group.stop();
  stopped = true;
}

void rethrow(std::exception_ptr failure) {
  if (failure) std::rethrow_exception(failure);
}

TEST(TaskGroup, JoinWaitsForEveryChild) {
  asio::io_context io;
  TaskGroup group(io.get_executor());
  int ended = 0;
  bool joined = false;
  for (int i = 0; i < 10; ++i) group.spawn("child", count(ended));
  EXPECT_EQ(group.size(), 10u);
  asio::co_spawn(io, join_then_set(group, joined), rethrow);
  io.run();
  EXPECT_TRUE(joined);
  EXPECT_EQ(ended, 10);
  EXPECT_EQ(group.size(), 0u);
}

TEST(TaskGroup, JoinOfAnEmptyGroupReturns) {
  asio::io_context io;
  TaskGroup group(io.get_executor());
  bool joined = false;
  asio::co_spawn(io, join_then_set(group, joined), rethrow);
  io.run();
  EXPECT_TRUE(joined);
}

TEST(TaskGroup, StopCancelsChildrenThatWait) {
  asio::io_context io;
  TaskGroup group(io.get_executor());
  int cancelled = 0;
  bool stopped = false;
  for (int i = 0; i < 3; ++i) group.spawn("waiting", wait_for_ever(cancelled));
  asio::co_spawn(io, stop_then_set(group, stopped), rethrow);
  io.run();
  EXPECT_TRUE(stopped);
  EXPECT_EQ(cancelled, 3);
}

TEST(TaskGroup, AChildOfACancelledGroupIsCancelledToo) {
  asio::io_context io;
  TaskGroup group(io.get_executor());
  group.cancel();
  int cancelled = 0;
  group.spawn("late", wait_for_ever(cancelled));
  io.run();
  EXPECT_EQ(cancelled, 1);
  EXPECT_EQ(group.size(), 0u);
}

TEST(TaskGroup, AFailedChildHarmsNoOther) {
  asio::io_context io;
  TaskGroup group(io.get_executor());
  int ended = 0;
  group.spawn("failing", fail_at_once());
  group.spawn("fine", count(ended));
  EXPECT_NO_THROW(io.run());
  EXPECT_EQ(ended, 1);
  EXPECT_EQ(group.size(), 0u);
}

TEST(TaskGroup, SpawnsFromManyThreadsOntoManyExecutors) {
  asio::io_context one, two;
  TaskGroup group(one.get_executor());
  std::vector<int> ended(8, 0);
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      group.spawn("on one", count(ended[2 * t]));
      group.spawn_on(two.get_executor(), "on two", count(ended[2 * t + 1]));
    });
  for (std::thread& thread : threads) thread.join();
  std::thread other([&] { two.run(); });
  one.run();
  other.join();
  EXPECT_EQ(ended, std::vector<int>(8, 1));
  EXPECT_EQ(group.size(), 0u);
}

}  // namespace
}  // namespace open_cicd
