#include "jobs/lease.h"

#include <gtest/gtest.h>

#include <set>

namespace open_cicd::jobs {
namespace {

const LeaseKey key(Secret("a key of the tests"));
const JobId job = JobId::parse("0190aaaa-0000-7000-8000-000000000001").value();

TEST(LeaseToken, IsTheSameForTheSameLease) {
  EXPECT_EQ(key.lease_token(job, 1, "agent", "boot", "claim"), key.lease_token(job, 1, "agent", "boot", "claim"));
}

TEST(LeaseToken, EveryFieldCounts) {
  const JobId other = JobId::parse("0190aaaa-0000-7000-8000-000000000002").value();
  const std::set<std::string> tokens = {key.lease_token(job, 1, "agent", "boot", "claim"),
                                        key.lease_token(other, 1, "agent", "boot", "claim"),
                                        key.lease_token(job, 2, "agent", "boot", "claim"),
                                        key.lease_token(job, 1, "agenT", "boot", "claim"),
                                        key.lease_token(job, 1, "agent", "boo", "tclaim"),
                                        key.lease_token(job, 1, "agent", "bootc", "laim"),
                                        LeaseKey(Secret("another key")).lease_token(job, 1, "agent", "boot", "claim")};
  EXPECT_EQ(tokens.size(), 7U);
}

TEST(LeaseToken, AJobTokenIsNeverALeaseToken) {
  EXPECT_NE(key.job_token(job, 1, "claim").substr(4), key.lease_token(job, 1, "", "", "claim"));
}

}  // namespace
}  // namespace open_cicd::jobs
