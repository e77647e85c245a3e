#include "agents/reaper.h"

#include "jobs/jobs_fixture.h"

#include <array>

namespace open_cicd::agents {
namespace {

using jobs::LeaseProof;

class ReaperTest : public jobs::JobsFixture {
 protected:
  void cancel(const LeaseProof& held) { EXPECT_TRUE(run_alone(jobs.cancel(held.job, "a user"))); }
  void renew(const LeaseProof& held) {
    run_alone(jobs.renew(held.agent, {{.job_id = held.job.str(), .attempt = held.attempt}}));
  }
  void tick(std::optional<Milliseconds> after = {}) {
    clock.advance(after.value_or(settings.reaper_tick));
    run_alone(reaper.tick());
  }
  // Ticks that are worth `time`; `renewed`, when there is one, shows that it lives before each of them.
  void pass(Milliseconds time, const LeaseProof* renewed = nullptr) {
    for (Milliseconds passed{}; passed < time; passed += settings.reaper_tick) {
      if (renewed != nullptr) renew(*renewed);
      tick();
    }
  }
  void stay_in(std::string_view state, const LeaseProof& held, Milliseconds time, bool renewed) {
    pass(time - settings.reaper_tick, renewed ? &held : nullptr);
    EXPECT_EQ(state_of(held), state) << "one tick before its time";
  }

  const AgentSettings settings{.lease_ttl = Milliseconds(6000),
                               .start_timeout = Milliseconds(3000),
                               .watch_grace = Milliseconds(0),
                               .cancel_silence = Milliseconds(2000),
                               .cancel_total = Milliseconds(5000),
                               .deadline_slack = Milliseconds(1000)};
  Presence presence{settings, clock};
  Reaper reaper{settings, clock, jobs, presence};
};

TEST_F(ReaperTest, AJobThatOutlivesItsTimeOutAndTheSlackIsEndedAlthoughItsAgentLives) {
  const LeaseProof held = given_running_job(no_retry(Milliseconds(8000)));
  stay_in("running", held, Milliseconds(8000) + settings.deadline_slack, true);
  pass(settings.reaper_tick, &held);
  EXPECT_EQ(state_of(held), "timed_out");
  EXPECT_TRUE(reason_of(held).contains("timed_out")) << reason_of(held);
}

TEST_F(ReaperTest, TheDeadlineCountsOnlyWhatTheJobRan) {
  const LeaseProof held = given_assigned_job(no_retry(Milliseconds(1000)));
  pass(settings.start_timeout - settings.reaper_tick, &held);
  ASSERT_TRUE(run_alone(jobs.start(held)));
  stay_in("running", held, Milliseconds(1000) + settings.deadline_slack, true);
  pass(settings.reaper_tick, &held);
  EXPECT_EQ(state_of(held), "timed_out");
}

TEST_F(ReaperTest, ARetryOnTimeOutCoversTheDeadline) {
  pipelines::JobSpec spec = no_retry(Milliseconds(1000));
  spec.retry = {.max = 1, .on = {"timeout"}};
  const LeaseProof held = given_running_job(spec);
  pass(Milliseconds(1000) + settings.deadline_slack, &held);
  EXPECT_EQ(state_of(held), "queued");
}

TEST_F(ReaperTest, ACancelledJobWhoseAgentIsSilentEndsSoonerThanALostOne) {
  const LeaseProof held = given_running_job();
  renew(held);
  tick();
  cancel(held);
  stay_in("cancelling", held, settings.cancel_silence, false);
  tick();
  EXPECT_EQ(state_of(held), "cancelled");
  EXPECT_TRUE(reason_of(held).contains("a user")) << reason_of(held);
}

TEST_F(ReaperTest, ACancelledJobWhoseAgentNeverComesToAnEndIsEnded) {
  const LeaseProof held = given_running_job();
  cancel(held);
  stay_in("cancelling", held, settings.cancel_total, true);
  pass(settings.reaper_tick, &held);
  EXPECT_EQ(state_of(held), "cancelled");
}

TEST_F(ReaperTest, ARenewalEndsTheSilenceOfACancelledJob) {
  const LeaseProof held = given_running_job();
  cancel(held);
  renew(held);
  tick();
  pass(settings.cancel_silence - settings.reaper_tick);
  renew(held);
  tick();
  EXPECT_EQ(state_of(held), "cancelling");
}

TEST_F(ReaperTest, ASilentLeaseIsLostAfterItsTimeToLive) {
  const LeaseProof held = given_running_job(no_retry());
  renew(held);
  tick();
  pass(settings.lease_ttl - settings.reaper_tick);
  EXPECT_EQ(state_of(held), "running");
  tick();
  EXPECT_EQ(state_of(held), "lost");
  EXPECT_TRUE(reason_of(held).contains("agent_lost")) << reason_of(held);
}

// A log that flows is a sign of life; its chunks cost the database nothing.
TEST_F(ReaperTest, AnAppendRenewsTheLease) {
  const LeaseProof held = given_running_job(no_retry());
  for (Milliseconds passed{}; passed < 2 * settings.lease_ttl; passed += settings.reaper_tick) {
    ASSERT_TRUE(run_alone(jobs.admit_append(held, 0)));
    tick();
  }
  EXPECT_EQ(state_of(held), "running");
  pass(settings.lease_ttl);
  EXPECT_EQ(state_of(held), "lost") << "its log does not flow any more";
}

TEST_F(ReaperTest, AClaimThatDoesNotStartIsTakenBack) {
  const LeaseProof held = given_assigned_job();
  stay_in("assigned", held, settings.start_timeout, true);
  pass(settings.reaper_tick, &held);
  EXPECT_EQ(state_of(held), "queued");
}

TEST_F(ReaperTest, OneTickIsWorthNoMoreThanItsNominalLength) {
  const LeaseProof held = given_running_job(no_retry());
  renew(held);
  tick();
  for (Milliseconds passed{}; passed < settings.lease_ttl - settings.reaper_tick; passed += settings.reaper_tick)
    tick(std::chrono::hours(1));  // stopped processes, jumps
  EXPECT_EQ(state_of(held), "running");
}

TEST_F(ReaperTest, AJumpOfTheWallClockNeitherHastensNorDelaysTheEndOfASilentLease) {
  for (const Milliseconds jump : {Milliseconds(std::chrono::hours(30)), Milliseconds(-std::chrono::hours(30))}) {
    const LeaseProof held = given_running_job(no_retry());
    renew(held);
    tick();
    clock.jump_wall(jump);
    pass(settings.lease_ttl - settings.reaper_tick);
    EXPECT_EQ(state_of(held), "running");
    tick();
    EXPECT_EQ(state_of(held), "lost");
  }
}

TEST_F(ReaperTest, WhileTheDatabaseIsAwayNobodyIsSilent) {
  const LeaseProof held = given_running_job(no_retry());
  renew(held);
  tick();
  session.away = true;
  pass(2 * settings.lease_ttl);
  session.away = false;
  tick();
  EXPECT_EQ(state_of(held), "running");
}

TEST_F(ReaperTest, TheLeaseOfADeadAgentIsLostAtOnce) {
  const LeaseProof held = given_running_job(no_retry()), other = given_running_job(no_retry());
  presence.heard(held.agent);
  presence.watching(held.agent);
  presence.watch_dropped(held.agent);
  pass(settings.watch_silence - settings.reaper_tick);
  EXPECT_EQ(state_of(held), "running");
  tick();
  EXPECT_EQ(state_of(held), "lost");
  EXPECT_EQ(state_of(other), "running");
}

// Its steps may still run: nobody hears of them, and two of a group must not overlap.
TEST_F(ReaperTest, TheSlotOfALostHolderIsFreedOnlyWhenItIsSurelyGone) {
  pipelines::JobSpec spec = no_retry();
  spec.concurrency = {.group = "one at a time", .limit = 1};
  const LeaseProof lost = given_running_job(spec);
  const JobId next = given_queued_job(spec);
  const auto state_of_next = [&] { return name_of(detail(next).job.state); };
  renew(lost);
  tick();
  pass(settings.lease_ttl);
  ASSERT_EQ(state_of(lost), "lost");
  pass(jobs.exclusive_hold() - settings.lease_ttl - settings.reaper_tick);
  EXPECT_EQ(state_of_next(), "blocked");
  tick();
  EXPECT_EQ(state_of_next(), "queued");
}

TEST_F(ReaperTest, ALostPollEndsNoLeaseThatIsRenewedMeanwhile) {
  const LeaseProof held = given_running_job(no_retry());
  presence.heard(held.agent);
  presence.watching(held.agent);
  presence.watch_dropped(held.agent);
  pass(2 * settings.watch_silence, &held);
  EXPECT_EQ(state_of(held), "running") << "each write of its holder renews it";
  pass(settings.watch_silence - 2 * settings.reaper_tick);
  EXPECT_EQ(state_of(held), "running") << "the silence counts from the tick that saw the last renewal";
  tick();
  EXPECT_EQ(state_of(held), "lost");
}

TEST_F(ReaperTest, ALeaseThatCannotBeEndedKeepsNoOtherAlive) {
  for (const std::size_t index : {0U, 1U}) {  // whichever of the two is looked at first
    const std::array pair{given_running_job(no_retry()), given_running_job(no_retry())};
    logs.broken = pair[index].job;
    pass(settings.lease_ttl + settings.reaper_tick);
    EXPECT_EQ(state_of(pair[index]), "running");
    EXPECT_EQ(state_of(pair[1 - index]), "lost");
    logs.broken.reset();
    tick();
    EXPECT_EQ(state_of(pair[index]), "lost") << "it is tried again";
  }
}

// What agents send while the database is away is answered 503 and counts for nothing.
TEST_F(ReaperTest, APollThatWasLostBeforeAnOutageSaysNothingRightAfterIt) {
  AgentSettings patient = settings;
  patient.watch_grace = Milliseconds(10'000);
  Presence seen{patient, clock};
  Reaper reaping{patient, clock, jobs, seen};
  const LeaseProof held = given_running_job(no_retry(Milliseconds(60'000)));
  clock.advance(patient.watch_grace);
  seen.watching(held.agent);
  for (Milliseconds passed{}; passed < patient.watch_silence; passed += patient.reaper_tick) {
    clock.advance(patient.reaper_tick);
    run_alone(reaping.tick());
  }
  seen.watch_dropped(held.agent);
  session.away = true;
  for (Milliseconds passed{}; passed < 2 * patient.watch_silence; passed += patient.reaper_tick) {
    clock.advance(patient.reaper_tick);
    run_alone(reaping.tick());
  }
  session.away = false;
  clock.advance(patient.reaper_tick);
  run_alone(reaping.tick());
  EXPECT_EQ(state_of(held), "running");
}

}  // namespace
}  // namespace open_cicd::agents
