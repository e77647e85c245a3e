#include "jobs/jobs_fixture.h"

namespace open_cicd::jobs {
namespace {

class SubmitTest : public JobsFixture {};

// After a day the same key is another submission; before, it is the same one.
TEST_F(SubmitTest, AnIdempotencyKeyIsKnownForADay) {
  const auto submit = [&] {
    pipelines::JobSpec spec;
    spec.name = "a job";
    spec.executor = "shell";
    spec.steps = {{.name = "build", .run = {"true"}}};
    return run_alone(jobs.submit({.spec = spec, .owner = "tests", .idempotency_key = "once", .body_digest = "d"}))
        .value()
        .id;
  };
  const JobId first = submit();
  const Milliseconds day(86'400'000);
  clock.advance(day - Milliseconds(1));
  run_alone(jobs.forget_old_keys());
  EXPECT_EQ(submit(), first);
  clock.advance(Milliseconds(2));
  run_alone(jobs.forget_old_keys());
  EXPECT_NE(submit(), first);
}

}  // namespace
}  // namespace open_cicd::jobs
