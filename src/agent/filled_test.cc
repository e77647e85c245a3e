#include "agent/filled.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

namespace open_cicd::agent {
namespace {

protocol::ClaimReply claim_of(std::string_view spec, std::map<std::string, std::string> filled) {
  protocol::ClaimReply claim;
  claim.spec = boost::json::parse(spec);
  if (!filled.empty()) claim.filled = std::move(filled);
  return claim;
}

std::string completed(std::string_view spec, std::map<std::string, std::string> filled) {
  const auto complete = complete_spec(claim_of(spec, std::move(filled)));
  return complete ? boost::json::serialize(*complete) : std::string(complete.error().code());
}

TEST(Filled, ValuesStandAtTheirPaths) {
  EXPECT_EQ(completed(R"({"steps":[{},{"env":{"A":"old","B":"kept"}}]})",
                      {{"env.JOB", "j"},
                       {"steps[1].env.A", "new"},
                       {"steps[0].with.tag", "1.7"},
                       {"contexts.needs", R"({"a":{"result":"failed"}})"}}),
            R"({"steps":[{"with":{"tag":"1.7"}},{"env":{"A":"new","B":"kept"}}],)"
            R"("contexts":{"needs":{"a":{"result":"failed"}}},"env":{"JOB":"j"}})");
}

TEST(Filled, WithoutAnythingTheSpecStays) {
  EXPECT_EQ(completed(R"({"steps":[]})", {}), R"({"steps":[]})");
  EXPECT_EQ(completed("7", {{"env.A", "x"}}), "7");  // what is no spec is refused by whoever reads it
}

TEST(Filled, NamesWithDotsAreNames) {
  EXPECT_EQ(completed(R"({})", {{"env.A.B", "x"}}), R"({"env":{"A.B":"x"}})");
}

TEST(Filled, WhatIsNoPlaceOfThisJobIsRefused) {
  for (const std::string path :
       {"image", "steps[2].env.A", "steps[-1].env.A", "steps[0]env.A", "steps[0].image", "steps[0].run",
        "steps[99999999999999999999].env.A", "steps[", "with.A", "contexts.x", ""})
    EXPECT_EQ(completed(R"({"steps":[{}]})", {{path, "x y"}}), "unknown_path") << path;
}

TEST(Filled, TheRunIsAContext) {
  protocol::ClaimReply claim = claim_of(R"({})", {});
  claim.run = protocol::RunOfJob{.id = "r", .number = 7, .round = 2};
  EXPECT_EQ(boost::json::serialize(*complete_spec(claim)), R"({"contexts":{"run":{"id":"r","number":7,"round":2}}})");
}

}  // namespace
}  // namespace open_cicd::agent
