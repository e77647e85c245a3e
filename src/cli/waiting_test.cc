#include "cli/waiting.h"

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

}  // namespace
}  // namespace open_cicd::cli
