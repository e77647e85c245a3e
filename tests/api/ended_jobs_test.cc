#include "api/ended_jobs.h"

#include <gtest/gtest.h>

namespace open_cicd::api {
namespace {

std::shared_ptr<const ShownJob> shown(std::size_t bytes) {
  return std::make_shared<const ShownJob>(ShownJob{.body = std::string(bytes, 'x'), .tag = "\"t\"", .agents = {"a"}});
}

TEST(EndedJobs, FindsWhatIsKept) {
  EndedJobs jobs;
  const JobId id = JobId::make();
  EXPECT_EQ(jobs.find(id), nullptr);
  const auto job = shown(10);
  jobs.keep(id, job, jobs.epoch());
  EXPECT_EQ(jobs.find(id), job);
  EXPECT_EQ(jobs.find(JobId::make()), nullptr);
}

TEST(EndedJobs, ADeletedJobIsForgottenAlsoByWhoReadItBefore) {
  EndedJobs jobs(10'000);
  const JobId deleted = JobId::make(), other = JobId::make();
  jobs.keep(deleted, shown(2'500), jobs.epoch());
  jobs.keep(other, shown(2'500), jobs.epoch());
  const std::uint64_t before = jobs.epoch();
  jobs.forget({deleted, JobId::make()});
  EXPECT_EQ(jobs.find(deleted), nullptr);
  EXPECT_NE(jobs.find(other), nullptr);
  jobs.keep(deleted, shown(2'500), before);
  EXPECT_EQ(jobs.find(deleted), nullptr) << "it was read before it was deleted";
  for (int i = 0; i < 2; ++i) jobs.keep(JobId::make(), shown(2'500), jobs.epoch());
  EXPECT_EQ(jobs.size(), 3u) << "its bytes are free again";
}

TEST(EndedJobs, TheOneNotAskedForLongestMakesRoom) {
  EndedJobs jobs(10'000);
  std::vector<JobId> ids;
  for (int i = 0; i < 3; ++i) {
    ids.push_back(JobId::make());
    jobs.keep(ids.back(), shown(2'500), jobs.epoch());
  }
  EXPECT_EQ(jobs.size(), 3u);
  EXPECT_NE(jobs.find(ids[0]), nullptr);  // now the second is the one
  jobs.keep(JobId::make(), shown(2'500), jobs.epoch());
  EXPECT_EQ(jobs.size(), 3u);
  EXPECT_NE(jobs.find(ids[0]), nullptr);
  EXPECT_EQ(jobs.find(ids[1]), nullptr);
  EXPECT_NE(jobs.find(ids[2]), nullptr);
}

TEST(EndedJobs, IsBoundedByBytesNotByJobs) {
  EndedJobs jobs(100'000);
  for (int i = 0; i < 10'000; ++i) jobs.keep(JobId::make(), shown(100), jobs.epoch());
  EXPECT_GT(jobs.size(), 100u);
  EXPECT_LT(jobs.size(), 100'000u / 100);
  const JobId large = JobId::make();
  jobs.keep(large, shown(200'000), jobs.epoch());  // would leave room for no other
  EXPECT_EQ(jobs.find(large), nullptr);
  EXPECT_GT(jobs.size(), 100u);
}

}  // namespace
}  // namespace open_cicd::api
