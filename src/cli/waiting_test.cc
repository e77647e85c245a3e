#include "cli/waiting.h"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

namespace open_cicd::cli {
namespace {

AgentView agent(std::string state, std::vector<std::string> executors, std::map<std::string, std::string> labels = {}) {
  return {.id = "a", .name = "n", .state = std::move(state), .labels = std::move(labels), .executors = executors};
}

std::string why(std::string executor, std::vector<std::string> labels, const std::vector<AgentView>& agents) {
  return why_it_waits({.state = "queued", .executor = std::move(executor), .runs_on = std::move(labels)}, agents);
}

TEST(Waiting, NamesWhatNoAgentHas) {
  const std::vector<AgentView> two = {agent("idle", {"sandbox"}, {{"arch", "arm64"}}),
                                      agent("idle", {"sandbox"}, {{"gpu", ""}})};
  EXPECT_EQ(why("docker", {}, {}), "no agent is registered.");
  EXPECT_EQ(
      why("docker", {}, two),
      "no agent has executor docker (2 agents have: sandbox). \"open-cicd agent list\" shows them; start one with "
      "Docker, or leave image out to use the sandbox.");
  EXPECT_EQ(why("shell", {}, two),
            "no agent has executor shell (2 agents have: sandbox). \"open-cicd agent list\" shows them.");
  EXPECT_EQ(why("sandbox", {"gpu", "tpu"}, two), "no agent has the label tpu.");
  EXPECT_EQ(why("sandbox", {"arch=amd64"}, two), "no agent has the label arch=amd64.");
  EXPECT_EQ(why("sandbox", {"arch", "gpu"}, two), "no agent has all of the labels arch, gpu.");
  EXPECT_EQ(why("docker", {"gpu"}, {two[1], agent("idle", {"docker"})}),
            "no agent with executor docker has the label gpu.");
}

TEST(Waiting, CountsTheAgentsThatFit) {
  const AgentView busy = agent("busy", {"shell"}), offline = agent("offline", {"shell"});
  EXPECT_EQ(why("shell", {}, {busy, busy}), "2 agents fit, all are busy.");
  EXPECT_EQ(why("shell", {}, {offline}), "1 agent fits, it is offline.");
  EXPECT_EQ(why("shell", {}, {busy, busy, offline, agent("idle", {"docker"})}), "3 agents fit: 2 busy, 1 offline.");
}

TEST(Waiting, AWithdrawnExecutorIsNoIdleAgent) {
  AgentView sick = agent("idle", {"docker", "shell"});
  sick.withdrawn.emplace()["docker"] = "Docker could not answer a ping";
  AgentView gone = sick;
  gone.state = "offline";
  EXPECT_EQ(why("docker", {}, {sick}), "1 agent fits, its docker is withdrawn; \"open-cicd agent list\" says why.");
  EXPECT_EQ(why("docker", {}, {sick, sick}),
            "2 agents fit, their docker is withdrawn; \"open-cicd agent list\" says why.");
  EXPECT_EQ(why("docker", {}, {sick, agent("busy", {"docker"}), gone}),
            "3 agents fit: 1 busy, 1 offline, 1 with docker withdrawn; \"open-cicd agent list\" says why.");
  EXPECT_EQ(why("shell", {}, {sick}), "1 agent fits, it is idle.");
}

TEST(Waiting, APauseBeforeARetryIsSaidUntilItIsOver) {
  JobView job{.state = "queued"};
  job.reason = boost::json::parse(
      R"({"code":"retrying","facts":{"cause":"agent","attempt":1,"pause_ms":2000,"at":"2026-11-29T12:00:02.000Z"}})");
  constexpr std::int64_t noon = 1'795'953'600'000;  // 2026-11-29T12:00:00Z
  EXPECT_EQ(
      why_it_is_held_back(job, noon),
      "queued again, after a pause of 2s (until 2026-11-29T12:00:02.000Z): its agent could not run it (attempt 1)");
  EXPECT_EQ(why_it_is_held_back(job, noon + 2001), "");
  job.state = "running";
  EXPECT_EQ(why_it_is_held_back(job, noon), "");
}

}  // namespace
}  // namespace open_cicd::cli
