#include "adapters/docker/executor_fixture.h"

namespace open_cicd::runner::contract {
namespace {

class DockerLeftovers : public DockerExecutor {
 protected:
  void SetUp() override {
    DockerExecutor::SetUp();
    server_id = fmt::format("server-{}", unique_number());
  }
  JobContext job_of(const std::string& agent, const std::string& boot) {
    JobContext job = new_job();
    job.server_id = server_id;
    job.agent_id = agent;
    job.boot_id = boot;
    return job;
  }
  static std::string name_of(const protocol::LeftAttempt& left) {
    return fmt::format("{} {} {} {}", left.agent_id, left.boot_id, left.job_id, left.attempt);
  }
  std::vector<std::string> found(const std::string& server) {
    std::vector<std::string> names;
    for (const auto& left : await(executor->find_left(server))) names.push_back(name_of(left));
    std::ranges::sort(names);
    return names;
  }

  std::string server_id;
};
INSTANTIATE_TEST_SUITE_P(Own, DockerLeftovers, ::testing::Values(docker_traits()));

TEST_P(DockerLeftovers, OnlyTheNamedAttemptIsRemoved) {
  const JobContext first = job_of("one", "boot");
  JobContext second = job_of("two", "boot");
  JobContext stranger = job_of("one", "boot");
  stranger.server_id = server_id + "-of-others";
  given(first);
  auto gone = std::move(environment);
  given(stranger);
  auto strange = std::move(environment);
  given(second);
  engine->docker({"network", "create", "a-strangers-own"});
  EXPECT_EQ(found(server_id),
            (std::vector{"one boot " + first.job.str() + " 1", "two boot " + second.job.str() + " 1"}));
  EXPECT_EQ(found("no such server"), std::vector<std::string>{});

  protocol::LeftAttempt left{.agent_id = "one", .boot_id = "another boot", .job_id = first.job.str(), .attempt = 1};
  await_void(executor->remove_left(server_id, left));
  left.boot_id = "boot";
  left.attempt = 2;
  await_void(executor->remove_left(server_id, left));
  EXPECT_EQ(found(server_id).size(), 2u);
  left.attempt = 1;
  await_void(executor->remove_left(server_id, left));
  EXPECT_EQ(found(server_id), std::vector{"two boot " + second.job.str() + " 1"});
  EXPECT_EQ(run(Lines{"echo still here"}).exit_code, 0);
  EXPECT_EQ(found(stranger.server_id).size(), 1u);
  engine->docker({"network", "rm", "a-strangers-own"});
  await_void(gone->tear_down());
  await_void(strange->tear_down());
}

}  // namespace
}  // namespace open_cicd::runner::contract
