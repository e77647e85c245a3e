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
  jobs.keep(id, job);
  EXPECT_EQ(jobs.find(id), job);
  EXPECT_EQ(jobs.find(JobId::make()), nullptr);
}

TEST(EndedJobs, TheOneNotAskedForLongestMakesRoom) {
  EndedJobs jobs(10'000);
  std::vector<JobId> ids;
  for (int i = 0; i < 3; ++i) {
    ids.push_back(JobId::make());
    jobs.keep(ids.back(), shown(2'500));
  }
  EXPECT_EQ(jobs.size(), 3u);
  EXPECT_NE(jobs.find(ids[0]), nullptr);  // now the second is the one
  jobs.keep(JobId::make(), shown(2'500));
  EXPECT_EQ(jobs.size(), 3u);
  EXPECT_NE(jobs.find(ids[0]), nullptr);
  EXPECT_EQ(jobs.find(ids[1]), nullptr);
  EXPECT_NE(jobs.find(ids[2]), nullptr);
}

TEST(EndedJobs, IsBoundedByBytesNotByJobs) {
  EndedJobs jobs(100'000);
  for (int i = 0; i < 10'000; ++i) jobs.keep(JobId::make(), shown(100));
  EXPECT_GT(jobs.size(), 100u);
  EXPECT_LT(jobs.size(), 100'000u / 100);
  const JobId large = JobId::make();
  jobs.keep(large, shown(200'000));  // would leave room for no other
  EXPECT_EQ(jobs.find(large), nullptr);
  EXPECT_GT(jobs.size(), 100u);
}

}  // namespace
}  // namespace open_cicd::api
