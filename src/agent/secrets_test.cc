// What an agent does with the secrets of a claim.
#include "agent/agent_fixture.h"

#include <fstream>
#include <sstream>

namespace open_cicd::agent {
namespace {

constexpr std::string_view canary = "canary-4f1d9c07b2";

class AgentSecrets : public AgentFixture {
 protected:
  ScriptedJob& add_job(std::vector<std::vector<std::string>> steps, bj::object more = {}) {
    more["secrets"] = {{"TOKEN", "KEY"}};
    ScriptedJob& job = server_.add_job(std::move(steps), std::move(more));
    job.claim_more = {{"secrets", {{"KEY", canary}}}};
    return job;
  }

  // The files of the agent in which the text stands.
  std::vector<std::string> files_with(std::string_view text) const {
    std::vector<std::string> found;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_)) {
      if (!entry.is_regular_file()) continue;
      std::stringstream content;
      content << std::ifstream(entry.path(), std::ios::binary).rdbuf();
      if (content.str().contains(text)) found.push_back(entry.path().string());
    }
    return found;
  }
};

TEST_F(AgentSecrets, C6_NothingThatIsSentHoldsOne) {
  ScriptedJob& job = add_job({{"show TOKEN"},
                              {"print ::error::" + std::string(canary)},
                              {"write summary " + std::string(canary), "write output v=" + std::string(canary)}},
                             {{"outputs", {"v"}}});
  start();
  until_finished(job);
  EXPECT_EQ(job.logs[0], "***\n");
  EXPECT_EQ(job.logs[1], "::error::***\n");
  const std::string finish = bj::serialize(*job.finish);
  EXPECT_FALSE(finish.contains(canary)) << finish;
  EXPECT_EQ(job.finish->at("annotations").at(0).at("message"), "***");
  EXPECT_EQ(job.finish->at("summary"), "***\n");
  EXPECT_EQ(job.state, "failed") << "an output holds none";
  end();
}

TEST_F(AgentSecrets, C7_NoFileOfTheAgentHoldsOneWhileItsJobRunsAndWhenItsEndWaits) {
  ScriptedJob& job = add_job({{"show TOKEN", "print " + std::string(300 << 10, 'x')}, {"wait"}});
  start();
  until_calls("step 1");
  EXPECT_EQ(files_with(canary), std::vector<std::string>());
  for (int i = 0; i < 3; ++i) server_.faults.emplace("finish", Fault::lose_request);
  server_.lease_state = "cancel";
  server_.bump();
  until([&] { return server_.count("finish") >= 2; }, "a finish that is not answered");
  EXPECT_EQ(files_with(canary), std::vector<std::string>());
  until_finished(job);
  EXPECT_EQ(record_.env[0].at("TOKEN"), canary);
  end();
}

TEST_F(AgentSecrets, WhatTheServerRefusesFailsTheJobAtItsSetUp) {
  ScriptedJob& job = add_job({{"print never"}});
  job.claim_more = {{"secrets_error", "The secret KEY is not for this branch."}};
  start();
  until_finished(job);
  EXPECT_EQ(job.state, "failed");
  EXPECT_EQ(job.finish->at("cause"), "exit");
  EXPECT_EQ(job.finish->at("message"), "The secret KEY is not for this branch.");
  EXPECT_EQ(job.finish->at("setup").at("state"), "failed");
  EXPECT_EQ(job.finish->at("steps").at(0).at("reason").at("code"), "skipped_setup");
  EXPECT_EQ(job.logs[-1], "error: The secret KEY is not for this branch.\n");
  EXPECT_TRUE(record_.env.empty());
  end();
}

}  // namespace
}  // namespace open_cicd::agent
