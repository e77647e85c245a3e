#include "base/offload.h"

#include "base/task_group.h"

#include <gtest/gtest.h>

#include <latch>
#include <stdexcept>
#include <thread>

namespace open_cicd {
namespace {

Task<void> offload_then_count(WorkerPool& pool, std::latch& begun, std::latch& may_end, int& ended) {
  co_await offload(pool, [&] {
    begun.count_down();
    may_end.wait();
  });
  ++ended;
}

void throw_it_on(std::exception_ptr failure) {
  if (failure) std::rethrow_exception(failure);
}

TEST(Offload, GivesTheResultToTheCallersThread) {
  asio::io_context io;
  WorkerPool pool(1);
  std::thread::id worked_on, resumed_on;
  auto caller = [&]() -> Task<void> {
    worked_on = co_await offload(pool, [] { return std::this_thread::get_id(); });
    resumed_on = std::this_thread::get_id();
  };
  asio::co_spawn(io, caller(), throw_it_on);
  io.run();
  EXPECT_EQ(resumed_on, std::this_thread::get_id());
  EXPECT_NE(worked_on, resumed_on);
}

TEST(Offload, ThrowsWhatTheWorkThrows) {
  asio::io_context io;
  WorkerPool pool(1);
  auto caller = [&]() -> Task<void> { co_await offload(pool, [] { throw std::runtime_error("on purpose"); }); };
  asio::co_spawn(io, caller(), throw_it_on);
  EXPECT_THROW(io.run(), std::runtime_error);
}

// The end of the work and the cancel meet in every order of the two threads; AddressSanitizer sees a pool that still
// looks at its caller.
TEST(Offload, ACancelledCallerHearsOfItsWorkAndIsNotTouchedAfterItsEnd) {
  WorkerPool pool(2);
  constexpr int rounds = 3000;
  int ended = 0;
  for (int round = 0; round < rounds; ++round) {
    asio::io_context io;
    TaskGroup group(io.get_executor());
    std::latch begun(1), may_end(1);
    group.spawn("caller", offload_then_count(pool, begun, may_end, ended));
    io.poll();
    begun.wait();
    group.cancel();
    may_end.count_down();
    io.restart();
    io.run();
    EXPECT_EQ(group.size(), 0u);
  }
  EXPECT_EQ(ended, rounds);
}

}  // namespace
}  // namespace open_cicd
