#include "cli/reason.h"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include <vector>

namespace open_cicd::cli {
namespace {

TEST(Reason, IsAClause) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"null", ""},
      {R"({"code":"step_failed","facts":{"exit_code":127,"step":1,"name":"two"}})",
       "step \"two\" ended with exit code 127"},
      {R"({"code":"step_failed","facts":{"message":"step \"two\" ran out of memory","name":"two"}})",
       "step \"two\" ran out of memory"},
      {R"({"code":"timed_out","facts":{"step":0,"name":"sleep 100"}})",
       "step \"sleep 100\" ran longer than its timeout"},
      {R"({"code":"timed_out"})", "the job ran longer than its timeout"},
      {R"({"code":"image_pull","facts":{}})", "the image could not be pulled"},
      {R"({"code":"agent_lost","facts":{"agent":"x","attempt":1}})", "its agent was lost"},
      {R"({"code":"agent_error"})", "its agent could not run it"},
      {R"({"code":"retrying","facts":{"cause":"agent_lost","attempt":1}})",
       "queued again: its agent was lost (attempt 1)"},
      {R"({"code":"retrying","facts":{"cause":"image_pull","attempt":2,"pause_ms":10000}})",
       "queued again, after a pause of 10s: the image could not be pulled (attempt 2)"},
      {R"({"code":"retrying","facts":{"cause":"agent","attempt":1,"pause_ms":2000,"at":"2026-11-29T12:00:02.000Z"}})",
       "queued again, after a pause of 2s (until 2026-11-29T12:00:02.000Z): its agent could not run it (attempt 1)"},
      {R"({"code":"unplaceable","facts":{"releases":5,"last":"disk full"}})",
       "agents took it 5 times and gave it back, the last because: disk full"},
      {R"({"code":"superseded","facts":{"by":"j2","group":"deploy"}})",
       "a newer job of group \"deploy\", j2, took its place"},
      {R"({"code":"waiting_for_concurrency","facts":{"group":"deploy","position":2}})",
       "another job of group \"deploy\" has to end first; this one is number 2 in the queue"},
      {R"({"code":"waiting_for_agent","facts":{"executor":"docker","runs_on":["a","b=c"]}})",
       "no agent has taken it; it needs executor docker and labels a, b=c"},
      {R"({"code":"waiting_for_agent","facts":{"executor":"docker","runs_on":["a"],"agents_fitting":2,"position":3}})",
       "no agent has taken it; it needs executor docker and labels a; this one is number 3 in the queue"},
      {R"({"code":"waiting_for_agent","facts":{"executor":"docker","runs_on":[],"agents_fitting":0,"position":1}})",
       "no agent has taken it; it needs executor docker; no agent that fits is there now"},
      {R"({"code":"no_agent_fits","facts":{"nearest":{"agent":"big","missing":["gpu","executor docker"]}}})",
       "no agent fits: big, the nearest, lacks gpu, executor docker"},
      {R"({"code":"no_agent_fits","facts":{"nearest":null}})", "no agent is registered"},
      {R"({"code":"made_of_moss","facts":{"depth":3,"kind":"wet"}})", "made of moss (depth: 3, kind: wet)"}};
  for (const auto& [reason, clause] : cases) EXPECT_EQ(clause_of_reason(boost::json::parse(reason)), clause) << reason;
}

TEST(Reason, EndsASentence) {
  const auto end = [](std::string_view state, std::string_view reason, std::optional<int> code = std::nullopt) {
    return sentence_of_end(state, boost::json::parse(boost::json::string_view(reason.data(), reason.size())), code);
  };
  EXPECT_EQ(end("failed", R"({"code":"step_failed","facts":{"exit_code":127,"name":"two"}})", 127),
            "job failed: step \"two\" ended with exit code 127");
  EXPECT_EQ(end("cancelled", R"({"code":"cancelled","facts":{"by":"admin"}})"), "job cancelled by the user");
  EXPECT_EQ(end("cancelled", R"({"code":"cancelled","facts":{"by":"01a2","by_name":"night shift"}})"),
            "job cancelled by night shift");
  EXPECT_EQ(end("cancelled", R"({"code":"cancelled","facts":{}})"), "job cancelled");
  EXPECT_EQ(end("timed_out", R"({"code":"timed_out","facts":{"name":"sleep 100"}})"),
            "job timed out: step \"sleep 100\" ran longer than its timeout");
  EXPECT_EQ(end("lost", R"({"code":"agent_removed","facts":{}})"), "job was lost: its agent was removed");
  EXPECT_EQ(end("succeeded", "null", 0), "job succeeded");
  EXPECT_EQ(end("failed", "null", 9), "job failed, exit code 9");
}

}  // namespace
}  // namespace open_cicd::cli
