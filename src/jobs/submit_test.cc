#include "jobs/jobs_fixture.h"

namespace open_cicd::jobs {
namespace {

class SubmitTest : public JobsFixture {
 protected:
  static pipelines::JobSpec one_step() {
    pipelines::JobSpec spec;
    spec.name = "a job";
    spec.executor = "shell";
    spec.steps = {{.name = "build", .run = {"true"}}};
    return spec;
  }
  static pipelines::JobSpec in_group(std::string on_conflict = "queue") {
    pipelines::JobSpec spec = one_step();
    spec.concurrency = {.group = "deploy", .limit = 1, .on_conflict = std::move(on_conflict)};
    return spec;
  }
  JobId submit_once(const std::string& owner) {
    return run_alone(jobs.submit({.spec = one_step(), .owner = owner, .idempotency_key = "once", .body_digest = "d"}))
        .value()
        .id;
  }
};

// A server whose queue holds two jobs.
class FullQueueTest : public SubmitTest {
 protected:
  FullQueueTest() { two.connect(queue, logs, runs); }
  // The new job's state, or why there is none.
  std::string submit(pipelines::JobSpec spec) {
    const auto submitted =
        run_alone(two.submit({.spec = std::move(spec), .owner = "tests", .idempotency_key = {}, .body_digest = {}}));
    if (submitted) return std::string(name_of(submitted->state));
    EXPECT_TRUE(submitted.error().retry_after()) << "the client is to come again";
    return std::string(submitted.error().code());
  }
  std::size_t jobs_there() { return run_alone(two.list({})).value().jobs.size(); }

  Jobs two{{.queue_max = 2}, session, clock, bus, LeaseKey(Secret("a key of the tests"))};
};

TEST_F(FullQueueTest, TakesNoJobUntilOneHasLeft) {
  EXPECT_EQ(submit(one_step()), "queued");
  EXPECT_EQ(submit(one_step()), "queued");
  EXPECT_EQ(submit(one_step()), "queue_full");
  EXPECT_EQ(submit(in_group()), "queue_full");
  EXPECT_EQ(jobs_there(), 2U) << "what was refused is not there";
  ASSERT_TRUE(run_alone(two.claim(claim_of(queue.jobs.at(0).id))));
  EXPECT_EQ(submit(one_step()), "queued");
  EXPECT_EQ(submit(one_step()), "queue_full");
}

// Those who wait for a group's slot are not in the queue, and need a bound of their own.
TEST_F(FullQueueTest, AGroupHasNoMoreWaitersThanTheQueueHasJobs) {
  EXPECT_EQ(submit(in_group()), "queued");
  EXPECT_EQ(submit(in_group()), "blocked");
  EXPECT_EQ(submit(in_group()), "blocked");
  EXPECT_EQ(submit(in_group()), "queue_full");
  EXPECT_EQ(jobs_there(), 3U);
}

TEST_F(SubmitTest, AnIdempotencyKeyIsItsOwners) {
  const JobId first = submit_once("alice");
  EXPECT_NE(submit_once("bob"), first);
  EXPECT_EQ(submit_once("alice"), first);
}

// Memory would offer it, and an agent that claims it is refused.
TEST_F(SubmitTest, AJobThatIsCancelledInTheQueueIsNotOffered) {
  const JobId cancelled = given_queued_job(), stays = given_queued_job();
  ASSERT_TRUE(run_alone(jobs.cancel(cancelled, "a user")));
  ASSERT_EQ(queue.jobs.size(), 1U);
  EXPECT_EQ(queue.jobs.at(0).id, stays);
}

TEST_F(SubmitTest, AJobThatANewerOneReplacesInTheQueueIsNotOffered) {
  const JobId replaced = given_queued_job(in_group()), newer = given_queued_job(in_group("replace_pending"));
  EXPECT_EQ(name_of(detail(replaced).job.state), "cancelled");
  ASSERT_EQ(queue.jobs.size(), 1U);
  EXPECT_EQ(queue.jobs.at(0).id, newer);
}

// After a day the same key is another submission; before, it is the same one.
TEST_F(SubmitTest, AnIdempotencyKeyIsKnownForADay) {
  const auto submit = [&] { return submit_once("tests"); };
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
