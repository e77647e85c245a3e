#include "queue/forecast.h"

#include "queue/queue.h"

#include <gtest/gtest.h>

namespace open_cicd::queue {
namespace {

constexpr std::int64_t now = 1'800'000'000'000, minute = 60'000;

class ForecastTest : public testing::Test {
 protected:
  Machine& given_agent(std::string name, agents::Labels labels = {}) {
    return picture.machines.emplace_back(
        Machine{.id = AgentId::make(), .name = std::move(name), .labels = std::move(labels), .executors = {"shell"}});
  }
  void given_running(Machine& machine, std::int64_t since, std::optional<std::int64_t> usual, Place place = {}) {
    machine.busy = true;
    place.usual_ms = usual;
    picture.running.push_back({.agent = machine.id, .started_at = now - since, .place = std::move(place)});
  }
  JobId given_waiting(std::optional<std::int64_t> usual, Waiting job = {}) {
    job.id = JobId::make();
    job.executor = "shell";
    job.place.usual_ms = usual;
    picture.waiting.push_back(job);
    return job.id;
  }
  Outlook of(JobId job) { return forecast(picture).at(job); }
  // Minutes from now; nothing when it is not known.
  static std::optional<std::int64_t> minutes(std::optional<std::int64_t> at) {
    return at ? std::optional((*at - now) / minute) : std::nullopt;
  }
  std::optional<std::int64_t> start(JobId job) { return minutes(of(job).starts_at); }
  std::optional<std::int64_t> end(JobId job) { return minutes(of(job).ends_at); }

  Picture picture{.now = now, .machines = {}, .running = {}, .waiting = {}};
};

TEST_F(ForecastTest, AnIdleAgentTakesTheFirstAtOnce) {
  given_agent("a");
  const JobId first = given_waiting(5 * minute), second = given_waiting(2 * minute);
  EXPECT_EQ(start(first), 0);
  EXPECT_EQ(end(first), 5);
  EXPECT_EQ(start(second), 5);
  EXPECT_EQ(end(second), 7);
  EXPECT_EQ(of(first).position, 1);
  EXPECT_EQ(of(second).position, 2);
}

TEST_F(ForecastTest, ItWaitsForTheAgentThatIsFreeFirst) {
  picture.machines.reserve(2);
  Machine& slow = given_agent("slow");
  Machine& quick = given_agent("quick");
  given_running(slow, minute, 20 * minute);
  given_running(quick, 4 * minute, 10 * minute);
  const JobId job = given_waiting(minute);
  EXPECT_EQ(start(job), 6);
  EXPECT_EQ(of(job).fitting, 2);
  EXPECT_EQ(of(job).busy, 2);
}

TEST_F(ForecastTest, WhatTakesLongerThanUsualMayEndAtOnce) {
  given_running(given_agent("a"), 30 * minute, 10 * minute);
  EXPECT_EQ(start(given_waiting(minute)), 0);
}

TEST_F(ForecastTest, WhatIsNotKnownIsNotTold) {
  picture.machines.reserve(2);
  given_running(given_agent("a"), minute, std::nullopt);
  const JobId first = given_waiting(minute);
  EXPECT_EQ(start(first), std::nullopt);
  given_agent("b");
  EXPECT_EQ(start(first), 0);
  const JobId unknown = given_waiting(std::nullopt), last = given_waiting(minute);
  EXPECT_EQ(start(unknown), 1);
  EXPECT_EQ(end(unknown), std::nullopt);
  EXPECT_EQ(start(last), std::nullopt) << "what stands before it may take any time";
}

TEST_F(ForecastTest, WhenNoAgentFitsTheNearestIsNamed) {
  given_agent("bare");
  given_agent("big", {{"memory", "64"}, {"arch", "arm64"}});
  const JobId job = given_waiting(minute, {.runs_on = {"memory", "arch=arm64", "gpu"}});
  EXPECT_TRUE(of(job).none_fits);
  EXPECT_EQ(of(job).nearest->agent, "big");
  EXPECT_EQ(of(job).nearest->missing, std::vector<std::string>{"gpu"});
  EXPECT_EQ(start(job), std::nullopt);
  EXPECT_EQ(told_reason(R"({"code":"waiting_for_agent","facts":{"executor":"shell"}})", &forecast(picture).at(job)),
            R"({"code":"no_agent_fits","facts":{"executor":"shell","nearest":{"agent":"big","missing":["gpu"]}}})");
}

TEST_F(ForecastTest, AnAgentThatIsAwayFitsButTakesNothing) {
  given_agent("away").takes_jobs = false;
  const JobId job = given_waiting(minute);
  EXPECT_FALSE(of(job).none_fits);
  EXPECT_EQ(of(job).fitting, 0);
  EXPECT_EQ(start(job), std::nullopt);
  EXPECT_EQ(told_reason(R"({"code":"waiting_for_agent","facts":{}})", &forecast(picture).at(job)),
            R"({"code":"waiting_for_agent","facts":{"agents_fitting":0,"agents_busy":0,"position":1}})");
  EXPECT_EQ(told_reason(R"({"code":"retrying","facts":{}})", &forecast(picture).at(job)),
            R"({"code":"retrying","facts":{}})")
      << "another reason stays as it is";
}

TEST_F(ForecastTest, ABlockedJobFollowsTheLastOfWhatItNeeds) {
  picture.machines.reserve(3);
  const std::optional<RunId> run = RunId::make();
  given_running(given_agent("a"), 0, 4 * minute, {.run = run, .job = "build"});
  given_agent("b");
  given_agent("c");
  given_waiting(9 * minute, {.place = {.run = run, .job = "build"}});
  const Waiting blocked{.place = {.run = run, .job = "test"}, .queued = false, .needs = {"build"}};
  const JobId test = given_waiting(2 * minute, blocked);
  const JobId tell = given_waiting(minute, {.place = {.run = run, .job = "tell"}, .queued = false, .needs = {"test"}});
  EXPECT_EQ(start(test), 9);
  EXPECT_EQ(start(tell), 11);
  EXPECT_EQ(of(test).position, 0) << "nobody is offered it yet";
  picture.waiting.back().known = false;
  EXPECT_EQ(start(tell), std::nullopt) << "an approval, say";
}

// It is in a retry's pause, or behind the part of the queue that is looked at.
TEST_F(ForecastTest, ANeedThatIsNotInThePictureMayEndWhenever) {
  const std::optional<RunId> run = RunId::make();
  picture.machines.reserve(2);
  given_running(given_agent("a"), 0, 4 * minute, {.run = run, .job = "build"});
  given_agent("b");
  Waiting blocked{.place = {.run = run, .job = "test"}, .queued = false, .needs = {"build"}, .needs_open = 1};
  EXPECT_EQ(start(given_waiting(minute, blocked)), 4);
  blocked.needs_open = 2;  // legs of build, of which one is seen
  EXPECT_EQ(start(given_waiting(minute, blocked)), std::nullopt);
}

TEST_F(ForecastTest, AGroupsSlotsPassFromOneToTheNext) {
  picture.machines.reserve(4);
  const Place deploy{.slot = "deploy", .slots = 1};
  given_running(given_agent("a"), 0, 3 * minute, deploy);
  for (const char* name : {"b", "c", "d"}) given_agent(name);
  const Waiting waits{.place = deploy, .queued = false, .holds_slot = false};
  const JobId second = given_waiting(5 * minute, waits), third = given_waiting(minute, waits);
  EXPECT_EQ(start(second), 3);
  EXPECT_EQ(start(third), 8);
}

TEST_F(ForecastTest, ACursorIsReadAsItWasWritten) {
  for (const Cursor& cursor : {Cursor{true, -3, 17}, Cursor{true, 0, 1}, Cursor{.offered = false, .seq = 99}}) {
    const auto read = parse_cursor(text_of(cursor));
    ASSERT_TRUE(read);
    EXPECT_EQ(text_of(*read), text_of(cursor));
  }
  for (const char* wrong : {"", "17", "offered.", "offered.1", "offered.1.", "offered.1.2.3", "waiting.x", "waiting"})
    EXPECT_FALSE(parse_cursor(wrong)) << wrong;
}

}  // namespace
}  // namespace open_cicd::queue
