// Checking and planning over HTTP: the same words and bytes as on the command line.
#include "api/both_databases.h"
#include "workflows/planner.h"

#include <boost/json/parse.hpp>

#include <filesystem>
#include <fstream>

namespace open_cicd {
namespace {

class Pipelines : public BothDatabases {
 protected:
  Reply post(const std::string& target, const std::string& body, const std::string& type = "application/yaml") {
    return plane().call(http::Method::post, target, plane().admin(), body, {}, type);
  }
};

TEST_P(Pipelines, LintTellsEveryErrorWithItsPlace) {
  const auto answer = post("/api/v1/lint", "jobs:\n  a: {stesp: 1, steps: [{run: a}]}\n  b: {}\n");
  EXPECT_EQ(answer.status, 200);
  EXPECT_FALSE(answer.json.at("valid").as_bool());
  const auto& errors = answer.json.at("errors").as_array();
  ASSERT_EQ(errors.size(), 2u);
  EXPECT_EQ(errors[0].at("path"), "jobs.a.stesp");
  EXPECT_EQ(errors[0].at("line"), 2);
  EXPECT_EQ(errors[0].at("hint"), "Did you mean \"steps\"?");
  EXPECT_TRUE(post("/api/v1/lint", "jobs: {a: {steps: [{run: a}]}}").json.at("valid").as_bool());
  EXPECT_FALSE(post("/api/v1/lint", "jobs: [").json.at("valid").as_bool());
}

TEST_P(Pipelines, PlanIsByteForByteThatOfThePlanner) {
  std::size_t compared = 0;
  for (const auto& entry : std::filesystem::directory_iterator(OPEN_CICD_TESTS "/golden/plans")) {
    if (entry.path().extension() != ".yml") continue;
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string text(std::istreambuf_iterator<char>(file), {});
    const workflows::Claim claim{
        .event = "push", .branch = "main", .changed = std::vector<std::string>{"src/a c", "b"}};
    const auto plan = make_plan(workflows::Source{.text = text}, workflows::claimed_event(claim), {});
    const auto answer = post("/api/v1/plan?event=push&branch=main&changed=src/a%20c&changed=b", text);
    if (!plan) {
      EXPECT_EQ(answer.status, 422) << entry.path();
      EXPECT_EQ(answer.json.at("errors").as_array().size(), plan.error().size()) << entry.path();
      continue;
    }
    EXPECT_EQ(answer.status, 200) << entry.path();
    EXPECT_EQ(answer.body, plan_text(*plan)) << entry.path();
    ++compared;
  }
  EXPECT_GE(compared, 30u);
}

TEST_P(Pipelines, InputsStandInTheQuery) {
  const std::string text =
      "on: manual\ninputs: {n: {type: number, required: true}}\njobs: {a: {priority: '${{ inputs.n }}', steps: [{run: "
      "a}]}}";
  EXPECT_EQ(post("/api/v1/plan?input.n=7", text).json.at("jobs").at(0).at("spec").at("priority"), 7);
  EXPECT_EQ(post("/api/v1/plan", text).json.at("errors").at(0).at("field"), "inputs.n");
  EXPECT_EQ(post("/api/v1/plan?inputs.n=7", text).status, 422);
  EXPECT_EQ(post("/api/v1/plan?event=pusj", text).status, 422);
  EXPECT_EQ(post("/api/v1/plan?branch=a&branch=b", text).status, 422);
  EXPECT_EQ(post("/api/v1/plan", text, "text/html").status, 415);
}

TEST_P(Pipelines, ATemplateCannotBeReadFromTheTextAlone) {
  const auto answer = post("/api/v1/plan", "jobs: {a: {uses: ./t.yml}}");
  EXPECT_EQ(answer.status, 422);
  EXPECT_EQ(answer.json.at("errors").at(0).at("message"),
            "cannot be read here: only the text of the workflow was given");
}

TEST_P(Pipelines, TheSchemaIsServedToAnyone) {
  const auto answer = plane().call(http::Method::get, "/api/v1/schema/pipeline.json", "", "");
  EXPECT_EQ(answer.status, 200);
  EXPECT_TRUE(answer.json.at("properties").as_object().contains("jobs"));
}

INSTANTIATE_ON_BOTH_DATABASES(Pipelines);

}  // namespace
}  // namespace open_cicd
