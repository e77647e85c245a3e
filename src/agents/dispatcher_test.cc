#include "agents/dispatcher.h"

#include "support/fake_clock.h"

#include <boost/asio/cancellation_signal.hpp>
#include <gtest/gtest.h>

namespace open_cicd::agents {
namespace {

struct DispatcherTest : testing::Test {
  AgentSettings settings;
  FakeClock clock;
  Dispatcher dispatcher{settings, clock};
  asio::io_context context;
  std::int64_t seq = 0;

  jobs::QueuedJob job(int priority = 0, std::vector<std::string> runs_on = {}, std::string executor = "shell") {
    return {.id = JobId::make(),
            .seq = ++seq,
            .priority = priority,
            .name = "a job",
            .executor = std::move(executor),
            .runs_on = std::move(runs_on)};
  }
  Candidate agent(Labels labels = {}, std::vector<std::string> executors = {"shell"}) {
    return {.id = AgentId::make(), .labels = std::move(labels), .executors = std::move(executors)};
  }

  struct Wait {
    bool done = false;
    std::optional<protocol::Offer> offer;
    asio::cancellation_signal cancel;
    Stop stop;
  };
  std::shared_ptr<Wait> start_wait(Candidate who, std::optional<std::int64_t> seen = {}) {
    auto wait = std::make_shared<Wait>();
    const std::int64_t rev = seen.value_or(dispatcher.rev(who.id));
    asio::co_spawn(context, dispatcher.wait_for_offer(std::move(who), rev, std::chrono::hours(1), wait->stop),
                   asio::bind_cancellation_slot(wait->cancel.slot(),
                                                [wait](std::exception_ptr, std::optional<protocol::Offer> offer) {
                                                  wait->done = true;
                                                  wait->offer = std::move(offer);
                                                }));
    settle();
    return wait;
  }
  void settle() {
    context.restart();
    context.poll();
  }
};

// Whatever they ask for, and also while one is being offered.
TEST_F(DispatcherTest, TheOrderOfOffersIsListedPageByPage) {
  const std::vector<jobs::QueuedJob> all{job(), job(3, {"gpu"}), job(3), job(-1), job(0, {}, "docker"), job(3)};
  for (const jobs::QueuedJob& one : all) dispatcher.queued(one);
  const auto numbers = [](const std::vector<jobs::QueuedJob>& jobs) {
    std::vector<std::int64_t> seqs;
    for (const jobs::QueuedJob& one : jobs) seqs.push_back(one.seq);
    return seqs;
  };
  const std::vector<std::int64_t> order{2, 3, 6, 1, 5, 4};
  EXPECT_EQ(numbers(dispatcher.in_order({}, 100)), order);
  EXPECT_EQ(dispatcher.take_offer(agent())->job_id, all[2].id.str());
  EXPECT_EQ(numbers(dispatcher.in_order({}, 100)), order);
  for (std::size_t i = 0; i < order.size(); ++i) {
    const jobs::QueuedJob& last = all[static_cast<std::size_t>(order[i]) - 1];
    EXPECT_EQ(numbers(dispatcher.in_order(std::pair(last.priority, last.seq), 2)),
              std::vector(order.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                          order.begin() + static_cast<std::ptrdiff_t>(std::min(i + 3, order.size()))));
  }
  jobs::QueuedJob later = job();
  later.delay_ms = 1000;
  dispatcher.queued(later);
  EXPECT_EQ(numbers(dispatcher.in_order({}, 100)), order) << "nobody is offered it yet";
  EXPECT_EQ(dispatcher.paused_after(0, 10), std::vector{later.id});
  EXPECT_TRUE(dispatcher.paused_after(later.seq, 10).empty());
}

TEST_F(DispatcherTest, HigherPriorityFirstThenAge) {
  const auto old = job(), young = job(), urgent = job(10);
  for (const auto& j : {old, young, urgent}) dispatcher.queued(j);
  EXPECT_EQ(dispatcher.take_offer(agent())->job_id, urgent.id.str());
  EXPECT_EQ(dispatcher.take_offer(agent())->job_id, old.id.str());
  EXPECT_EQ(dispatcher.take_offer(agent())->job_id, young.id.str());
  EXPECT_EQ(dispatcher.take_offer(agent()), std::nullopt);
}

TEST_F(DispatcherTest, AnOfferThatIsGivenBackIsAnothersAtOnce) {
  const auto first = job(), second = job();
  for (const auto& j : {first, second}) dispatcher.queued(j);
  ASSERT_EQ(dispatcher.take_offer(agent())->job_id, first.id.str());
  dispatcher.give_back(first.id);
  EXPECT_EQ(dispatcher.take_offer(agent())->job_id, first.id.str()) << "it has kept its place";
  ASSERT_EQ(dispatcher.take_offer(agent())->job_id, second.id.str());
  const auto waiting = start_wait(agent());
  dispatcher.give_back(second.id);
  settle();
  ASSERT_TRUE(waiting->offer);
  EXPECT_EQ(waiting->offer->job_id, second.id.str());
}

TEST_F(DispatcherTest, WhatWasClaimedOrGivenBackBeforeIsNotGivenBack) {
  const auto claimed = job(), free = job();
  for (const auto& j : {claimed, free}) dispatcher.queued(j);
  ASSERT_TRUE(dispatcher.take_offer(agent()));
  dispatcher.unqueued(claimed.id, 1);
  for (const auto& j : {claimed, free}) dispatcher.give_back(j.id);
  EXPECT_EQ(dispatcher.take_offer(agent())->job_id, free.id.str());
  EXPECT_FALSE(dispatcher.take_offer(agent()));
}

TEST_F(DispatcherTest, LabelsAndExecutorMustMatch) {
  dispatcher.queued(job(0, {"gpu", "zone=eu"}));
  EXPECT_FALSE(dispatcher.take_offer(agent({{"gpu", "a100"}})));
  EXPECT_FALSE(dispatcher.take_offer(agent({{"gpu", ""}, {"zone", "us"}})));
  EXPECT_FALSE(dispatcher.take_offer(agent({{"gpu", ""}, {"zone", "eu"}}, {"docker"})));
  EXPECT_TRUE(dispatcher.take_offer(agent({{"gpu", "a100"}, {"zone", "eu"}})));
}

TEST_F(DispatcherTest, AWaitingAgentGetsTheJobTheMomentItIsQueued) {
  const auto wait = start_wait(agent());
  EXPECT_FALSE(wait->done);
  const auto queued = job();
  dispatcher.queued(queued);
  settle();
  ASSERT_TRUE(wait->done);
  ASSERT_TRUE(wait->offer);
  EXPECT_EQ(wait->offer->job_id, queued.id.str());
  EXPECT_EQ(dispatcher.waiting_agents(), 0U);
}

TEST_F(DispatcherTest, AJobFindsTheOnlyAgentThatFitsAmongManyWaiting) {
  std::vector<std::shared_ptr<Wait>> waits;
  for (int n = 0; n < 20; ++n) waits.push_back(start_wait(agent({{"n", std::to_string(n)}, {"gpu", ""}})));
  dispatcher.queued(job(0, {"gpu", "n=7"}));
  settle();
  for (std::size_t n = 0; n < waits.size(); ++n) EXPECT_EQ(waits[n]->done, n == 7) << n;
  dispatcher.queued(job(0, {"n=7"}));  // it is not there any more
  dispatcher.queued(job(0, {"gpu=none"}));
  dispatcher.queued(job(0, {"n=8"}, "docker"));
  settle();
  EXPECT_EQ(dispatcher.waiting_agents(), waits.size() - 1);
  dispatcher.queued(job(0, {"gpu", "n"}));  // any of them
  settle();
  EXPECT_EQ(dispatcher.waiting_agents(), waits.size() - 2);
}

TEST_F(DispatcherTest, OneJobWakesOneOfManyAgents) {
  const auto first = start_wait(agent()), second = start_wait(agent());
  dispatcher.queued(job());
  settle();
  EXPECT_TRUE(first->done);
  EXPECT_FALSE(second->done);
}

TEST_F(DispatcherTest, AnUnclaimedOfferGoesToTheNext) {
  const auto first = start_wait(agent()), second = start_wait(agent());
  const auto queued = job();
  dispatcher.queued(queued);
  settle();
  clock.advance(settings.offer_time);
  dispatcher.tick();
  settle();
  ASSERT_TRUE(second->done);
  EXPECT_EQ(second->offer->job_id, queued.id.str());
}

TEST_F(DispatcherTest, AClaimedJobIsNotOfferedAgain) {
  const auto queued = job();
  dispatcher.queued(queued);
  ASSERT_TRUE(dispatcher.take_offer(agent()));
  dispatcher.unqueued(queued.id, 1);
  clock.advance(settings.offer_time);
  dispatcher.tick();
  EXPECT_FALSE(dispatcher.take_offer(agent()));
  EXPECT_EQ(dispatcher.depth(), 0U);
}

TEST_F(DispatcherTest, AnOldClaimDoesNotRemoveALaterRetry) {
  auto queued = job();
  queued.next_attempt = 2;
  dispatcher.queued(queued);
  dispatcher.unqueued(queued.id, 1);
  EXPECT_TRUE(dispatcher.take_offer(agent()));
}

TEST_F(DispatcherTest, ReloadingTheQueueNeitherDoublesNorHurries) {
  auto queued = job(), delayed = job();
  delayed.delay_ms = 1000;
  dispatcher.queued(queued);
  dispatcher.queued(delayed);
  delayed.delay_ms = 0;
  dispatcher.queued(queued);
  dispatcher.queued(delayed);
  EXPECT_EQ(dispatcher.depth(), 2U);
  EXPECT_TRUE(dispatcher.take_offer(agent()));
  EXPECT_FALSE(dispatcher.take_offer(agent())) << "its delay is not over";
}

TEST_F(DispatcherTest, AReleasedJobPausesForThatAgentOnly) {
  const auto queued = job();
  const Candidate by = agent(), other = agent();
  dispatcher.avoid(queued.id, by.id, jobs::Avoid::always);
  dispatcher.queued(queued);
  EXPECT_FALSE(dispatcher.take_offer(by));
  clock.advance(settings.release_pause);
  EXPECT_TRUE(dispatcher.take_offer(by));
  dispatcher.unqueued(queued.id, 1);
  dispatcher.avoid(queued.id, by.id, jobs::Avoid::always);
  dispatcher.queued(queued);
  EXPECT_TRUE(dispatcher.take_offer(other));
}

TEST_F(DispatcherTest, AReleasedJobIsNotOfferedToTheWaitingAgentThatReleasedIt) {
  const auto queued = job();
  const Candidate by = agent(), other = agent();
  const auto waits = start_wait(by);
  dispatcher.avoid(queued.id, by.id, jobs::Avoid::always);
  dispatcher.queued(queued);
  settle();
  EXPECT_FALSE(waits->done);
  const auto next = start_wait(other);
  ASSERT_TRUE(next->offer) << "any other agent may have it";
  EXPECT_EQ(next->offer->job_id, queued.id.str());
  clock.advance(std::max(settings.offer_time, settings.release_pause));
  dispatcher.tick();
  settle();
  EXPECT_TRUE(waits->offer) << "once the pause is over";
}

TEST_F(DispatcherTest, AReleasedJobGoesToTheOtherOfTwoThatWait) {
  const auto queued = job();
  const Candidate by = agent(), other = agent();
  const auto first = start_wait(by), second = start_wait(other);
  dispatcher.avoid(queued.id, by.id, jobs::Avoid::always);
  dispatcher.queued(queued);
  settle();
  EXPECT_FALSE(first->done);
  EXPECT_TRUE(second->offer);
}

// Jobs that ask for different things wait in different places; the agent gets the best of all that it fits.
TEST_F(DispatcherTest, PriorityAndAgeCountAcrossWhatJobsAskFor) {
  const Candidate fits_all = agent({{"a", ""}, {"z", ""}}, {"docker", "shell"});
  for (const auto& [low, high] : {std::pair("a", "z"), std::pair("z", "a")}) {
    const auto old = job(0, {low}), urgent = job(10, {high}), young = job(0, {high}), plain = job(0, {}, "docker");
    for (const auto& j : {old, urgent, young, plain}) dispatcher.queued(j);
    for (const auto& expected : {urgent, old, young, plain}) {
      const auto offer = dispatcher.take_offer(fits_all);
      ASSERT_TRUE(offer);
      EXPECT_EQ(offer->job_id, expected.id.str()) << low << " and " << high;
      dispatcher.unqueued(expected.id, 1);
    }
  }
}

TEST_F(DispatcherTest, ADelayedRetryComesDue) {
  auto queued = job();
  queued.delay_ms = 500;
  dispatcher.queued(queued);
  EXPECT_FALSE(dispatcher.take_offer(agent()));
  clock.advance(Milliseconds(500));
  dispatcher.tick();
  EXPECT_TRUE(dispatcher.take_offer(agent()));
}

TEST_F(DispatcherTest, ACancelledJobDoesNotComeBackFromItsDelay) {
  auto cancelled = job(), later = job();
  cancelled.delay_ms = later.delay_ms = 500;
  later.next_attempt = 2;
  dispatcher.queued(cancelled);
  dispatcher.queued(later);
  dispatcher.unqueued(cancelled.id, 1);
  dispatcher.unqueued(later.id, 1);
  EXPECT_EQ(dispatcher.depth(), 1U);
  clock.advance(Milliseconds(500));
  dispatcher.tick();
  EXPECT_EQ(dispatcher.take_offer(agent())->job_id, later.id.str()) << "an old claim does not remove a later retry";
  EXPECT_FALSE(dispatcher.take_offer(agent()));
}

TEST_F(DispatcherTest, ABusyAgentIsWokenByNewsButNotByJobs) {
  Candidate busy = agent();
  busy.takes_jobs = false;
  const auto wait = start_wait(busy);
  dispatcher.queued(job());
  settle();
  EXPECT_FALSE(wait->done);
  dispatcher.lease_changed(busy.id);
  settle();
  EXPECT_TRUE(wait->done);
  EXPECT_FALSE(wait->offer);
}

TEST_F(DispatcherTest, NewsBetweenTheReadAndTheWaitIsNotMissed) {
  const Candidate who = agent();
  const std::int64_t seen = dispatcher.rev(who.id);
  dispatcher.lease_changed(who.id);
  EXPECT_TRUE(start_wait(who, seen)->done);
}

TEST_F(DispatcherTest, ANewerWaitOfTheSameAgentEndsTheOlder) {
  const Candidate who = agent();
  const auto older = start_wait(who), newer = start_wait(who);
  settle();
  EXPECT_TRUE(older->done);
  EXPECT_FALSE(newer->done);
  dispatcher.queued(job());
  settle();
  EXPECT_TRUE(newer->offer);
}

TEST_F(DispatcherTest, AStoppedWaitLeavesNothingBehind) {
  const auto wait = start_wait(agent());
  wait->stop.request();
  settle();
  EXPECT_TRUE(wait->done);
  EXPECT_EQ(dispatcher.waiting_agents(), 0u);
  const auto queued = job();
  dispatcher.queued(queued);
  EXPECT_EQ(dispatcher.take_offer(agent())->job_id, queued.id.str());
}

TEST_F(DispatcherTest, ACancelledWaitLeavesNothingBehind) {
  const auto wait = start_wait(agent());
  wait->cancel.emit(asio::cancellation_type::terminal);
  settle();
  EXPECT_TRUE(wait->done);
  EXPECT_EQ(dispatcher.waiting_agents(), 0U);
  dispatcher.queued(job());
  EXPECT_TRUE(dispatcher.take_offer(agent())) << "nothing is reserved for who left";
}

TEST_F(DispatcherTest, ShutDownEndsEveryWait) {
  const auto first = start_wait(agent()), second = start_wait(agent());
  dispatcher.shut_down();
  settle();
  EXPECT_TRUE(first->done && second->done);
  EXPECT_TRUE(start_wait(agent())->done);
}

// An agent that could not run a job, while others can.
struct TroubleTest : DispatcherTest {
  const Candidate sick = agent(), well = agent();
  jobs::QueuedJob given_job_that_failed_on_the_sick() {
    const auto queued = job();
    dispatcher.avoid(queued.id, sick.id, jobs::Avoid::while_others_are_there);
    return queued;
  }
  static Candidate busy(Candidate who) {
    who.takes_jobs = false;
    return who;
  }
  void tick() {
    dispatcher.tick();
    settle();
  }
};

TEST_F(TroubleTest, AJobThatAnAgentCouldNotRunGoesToAnother) {
  const auto first = start_wait(sick), second = start_wait(well);
  dispatcher.queued(given_job_that_failed_on_the_sick());
  settle();
  EXPECT_FALSE(first->done);
  EXPECT_TRUE(second->done);
}

TEST_F(TroubleTest, ItWaitsForOneThatIsAtWork) {
  const auto working = start_wait(busy(well));
  dispatcher.queued(given_job_that_failed_on_the_sick());
  EXPECT_FALSE(dispatcher.take_offer(sick));
  tick();
  EXPECT_FALSE(dispatcher.take_offer(sick));
  EXPECT_TRUE(dispatcher.take_offer(well));
}

TEST_F(TroubleTest, TheOnlyAgentThereGetsItAgain) {
  dispatcher.queued(given_job_that_failed_on_the_sick());
  EXPECT_TRUE(dispatcher.take_offer(sick));
}

TEST_F(TroubleTest, WhoDrainsOrDoesNotFitOrHadTroubleTooIsNoOther) {
  Candidate leaving = busy(well);
  leaving.draining = true;
  const Candidate docker = agent({}, {"docker"}), sick_too = agent();
  const std::vector waits{start_wait(leaving), start_wait(docker), start_wait(busy(sick_too))};
  const auto queued = given_job_that_failed_on_the_sick();
  dispatcher.avoid(queued.id, sick_too.id, jobs::Avoid::while_others_are_there);
  dispatcher.queued(queued);
  EXPECT_TRUE(dispatcher.take_offer(sick));
}

TEST_F(TroubleTest, WhenTheOthersGoTheWaitingOneGetsIt) {
  const auto waiting = start_wait(sick), working = start_wait(busy(well));
  dispatcher.queued(given_job_that_failed_on_the_sick());
  tick();
  EXPECT_FALSE(waiting->done);
  working->cancel.emit(asio::cancellation_type::terminal);
  settle();
  tick();
  EXPECT_TRUE(waiting->done);
  EXPECT_TRUE(waiting->offer);
}

TEST_F(TroubleTest, AndWhenTheTimeIsOver) {
  const auto waiting = start_wait(sick), working = start_wait(busy(well));
  dispatcher.queued(given_job_that_failed_on_the_sick());
  clock.advance(settings.release_pause);
  tick();
  EXPECT_TRUE(waiting->done);
  EXPECT_TRUE(waiting->offer);
}

}  // namespace
}  // namespace open_cicd::agents
