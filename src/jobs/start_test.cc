#include "jobs/jobs_fixture.h"

namespace open_cicd::jobs {
namespace {

class StartTest : public JobsFixture {};

TEST_F(StartTest, AnotherLeaseTokenIsRefused) {
  const LeaseProof lease = given_assigned_job(), other = given_assigned_job();
  LeaseProof forged = lease;
  for (const std::string& token : {std::string(), other.lease_token, lease.lease_token + "x"}) {
    forged.lease_token = token;
    const auto refused = run_alone(jobs.start(forged));
    ASSERT_FALSE(refused) << token;
    EXPECT_EQ(refused.error().code(), "not_lease_holder");
  }
  EXPECT_EQ(state_of(lease), "assigned");
  EXPECT_TRUE(run_alone(jobs.start(lease)));
}

}  // namespace
}  // namespace open_cicd::jobs
