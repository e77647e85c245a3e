#include "jobs/lease.h"

#include <gtest/gtest.h>

#include <set>

namespace open_cicd::jobs {
namespace {

const LeaseKey lease_key(Secret("a key of the tests"));
const JobId leased_job = JobId::parse("0190aaaa-0000-7000-8000-000000000001").value();

TEST(LeaseToken, IsTheSameForTheSameLease) {
  EXPECT_EQ(lease_key.lease_token(leased_job, 1, "agent", "boot", "claim"),
            lease_key.lease_token(leased_job, 1, "agent", "boot", "claim"));
}

TEST(LeaseToken, EveryFieldCounts) {
  const JobId other = JobId::parse("0190aaaa-0000-7000-8000-000000000002").value();
  const std::set<std::string> tokens = {
      lease_key.lease_token(leased_job, 1, "agent", "boot", "claim"),
      lease_key.lease_token(other, 1, "agent", "boot", "claim"),
      lease_key.lease_token(leased_job, 2, "agent", "boot", "claim"),
      lease_key.lease_token(leased_job, 1, "agenT", "boot", "claim"),
      lease_key.lease_token(leased_job, 1, "agent", "boo", "tclaim"),
      lease_key.lease_token(leased_job, 1, "agent", "bootc", "laim"),
      LeaseKey(Secret("another key")).lease_token(leased_job, 1, "agent", "boot", "claim")};
  EXPECT_EQ(tokens.size(), 7U);
}

TEST(LeaseToken, AJobTokenIsNeverALeaseToken) {
  EXPECT_NE(lease_key.job_token(leased_job, 1, "claim").substr(4),
            lease_key.lease_token(leased_job, 1, "", "", "claim"));
}

}  // namespace
}  // namespace open_cicd::jobs
