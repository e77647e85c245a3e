#include "adapters/dummy/dummy.h"

#include "contract/executor_contract.h"

namespace open_cicd::runner::contract {
namespace {

ExecutorTraits dummy_traits() {
  return {.name = "dummy",
          .make = [](const fs::path&) { return dummy::make_dummy_executor(); },
          .runs_processes = false,
          .has_network_none = false,
          .checks_out_host_files = false,
          .exit_with = [](int code) { return Lines{fmt::format("exit {}", code)}; },
          .print = [](const std::string& text) { return Lines{"print " + text}; },
          .print_bytes = [](std::size_t count) { return Lines{fmt::format("bytes {}", count)}; },
          .say_up_and_hang = [] { return Lines{"print up", "hang"}; },
          .say_up_and_ignore_term = [] { return Lines{"ignore-term", "print up", "hang"}; }};
}

INSTANTIATE_TEST_SUITE_P(Dummy, ExecutorContract, ::testing::Values(dummy_traits()));
INSTANTIATE_TEST_SUITE_P(Dummy, ExecutorContractDeath, ::testing::Values(dummy_traits()));

class DummyExecutor : public ExecutorContract {};
INSTANTIATE_TEST_SUITE_P(Own, DummyExecutor, ::testing::Values(dummy_traits()));

TEST_P(DummyExecutor, ScriptsRunLineByLine) {
  given_a_job();
  const auto start = std::chrono::steady_clock::now();
  const auto result = run(step(
      next_step++, {"print a b\nenv SECRET", "env MISSING", "sleep 30ms", "exit 7", "print never"}, {{"SECRET", "s"}}));
  EXPECT_EQ(result.exit_code, 7);
  EXPECT_EQ(output(), "a b\ns\n\n");
  EXPECT_GE(std::chrono::steady_clock::now() - start, 30ms);
  EXPECT_EQ(run(Lines{"pritn x"}).exit_code, 127);
  EXPECT_EQ(output(), "pritn: not found\n");
}

TEST_P(DummyExecutor, FailuresAsAsked) {
  auto job = new_job();
  job.spec.steps.push_back({.run = {"fail-setup image_pull"}});
  environment = executor->make(std::move(job));
  const auto set_up = await(environment->set_up(sink));
  ASSERT_FALSE(set_up);
  EXPECT_EQ(set_up.error().code(), "image_pull");
  given_a_job();
  const auto failed = await(environment->run_step(step(0, {"fail agent"}), sink));
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code(), "agent");
}

TEST_P(DummyExecutor, CrashEndsTheAgent) {
  given_a_job();
  EXPECT_DEATH(run(Lines{"crash"}), "");
}

}  // namespace
}  // namespace open_cicd::runner::contract
