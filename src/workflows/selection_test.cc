#include "workflows/selection.h"

#include "workflows/planner.h"

#include <gtest/gtest.h>

namespace open_cicd::workflows {
namespace {

constexpr std::string_view pipeline = R"(
jobs:
  lint: {steps: [{run: make lint}]}
  build: {image: "gcc:14", steps: [{run: make}, {run: make tools, image: "gcc:13", user: app}]}
  test:
    needs: [build]
    matrix: {db: [a, b]}
    steps: [{run: make test}]
  docs: {steps: [{run: make docs}]}
  deploy: {needs: [test, {job: docs, optional: true}], steps: [{run: make deploy}]}
)";

Plan plan_of(std::string_view text = pipeline) {
  auto plan = make_plan(Source{.text = std::string(text)}, claimed_event({}), {});
  EXPECT_TRUE(plan.has_value());
  return std::move(*plan);
}

std::vector<std::string> keys_of(const Plan& plan) {
  std::vector<std::string> keys;
  for (const PlannedJob& job : plan.jobs) keys.push_back(job.key);
  return keys;
}

using Keys = std::vector<std::string>;

Keys selected(std::vector<std::string> jobs) {
  Plan plan = plan_of();
  EXPECT_TRUE(select(plan, {.jobs = std::move(jobs)}));
  return keys_of(plan);
}

std::vector<FieldError> refused(Plan plan, const Selection& selection) {
  const auto result = select(plan, selection);
  return result ? std::vector<FieldError>() : result.error().fields();
}

TEST(Selection, JobsComeWithAllThatTheyNeedInTheOrderOfThePlan) {
  EXPECT_EQ(selected({"lint"}), Keys{"lint"});
  EXPECT_EQ(selected({"test (b)"}), (Keys{"build", "test (b)"}));
  EXPECT_EQ(selected({"test", "lint"}), (Keys{"lint", "build", "test (a)", "test (b)"}));
  EXPECT_EQ(selected({"deploy"}), (Keys{"build", "test (a)", "test (b)", "docs", "deploy"}));
  EXPECT_EQ(selected({}), keys_of(plan_of()));
}

TEST(Selection, AnUnknownJobIsAnErrorThatSaysWhatWasMeant) {
  EXPECT_EQ(refused(plan_of(), {.jobs = {"lint", "biuld", "x\ny"}}),
            (std::vector<FieldError>{
                {"jobs[1]", "is no job of this pipeline: \"biuld\". Did you mean \"build\"?"},
                {"jobs[2]", "is no job of this pipeline: \"x\\ny\""},
            }));
}

TEST(Selection, AnotherExecutorLeavesOutWhatOnlyContainersHave) {
  Plan plan = plan_of();
  ASSERT_TRUE(select(plan, {.jobs = {"build"}, .executor = "shell"}));
  const PlannedJob& build = plan.jobs.at(0);
  EXPECT_EQ(build.spec->executor, "shell");
  EXPECT_EQ(build.spec->image, "");
  EXPECT_EQ(build.spec->steps.at(1).image, "");
  for (const PlannedStep& step : build.steps) EXPECT_FALSE(step.user.has_value());
  EXPECT_EQ(build.spec->steps.at(1).run, std::vector<std::string>{"make tools"});
}

TEST(Selection, AnExecutorThatAJobCannotHaveIsAnError) {
  const Plan images = plan_of("jobs: {a: {steps: [{run: x}]}, b: {image: i, steps: [{run: x}]}}");
  EXPECT_EQ(refused(images, {.executor = "docker"}),
            (std::vector<FieldError>{{"executor", "cannot be docker: job \"a\" has no image"}}));
  const Plan services = plan_of("jobs: {a: {image: i, services: {db: {image: d}}, steps: [{run: x}]}}");
  EXPECT_EQ(refused(services, {.executor = "shell"}),
            (std::vector<FieldError>{{"executor", "cannot be shell: job \"a\" has services, which need docker"}}));
  const Plan plugin = plan_of("jobs: {a: {image: i, steps: [{uses: p}]}}");
  EXPECT_EQ(refused(plugin, {.executor = "sandbox"}),
            (std::vector<FieldError>{
                {"executor", "cannot be sandbox: job \"a\" has a step with \"uses\", which needs docker"}}));
  const Plan offline = plan_of("jobs: {a: {image: i, network: none, steps: [{run: x}]}}");
  EXPECT_EQ(refused(offline, {.executor = "shell"}).at(0).message,
            "cannot be shell: job \"a\" has \"network: none\", which needs docker or sandbox: shell shares the agent's "
            "network");
  EXPECT_TRUE(refused(offline, {.executor = "sandbox"}).empty());
  EXPECT_EQ(refused(plan_of(), {.executor = "podman"}),
            (std::vector<FieldError>{{"executor", "must be docker, sandbox or shell, not \"podman\""}}));
}

TEST(Selection, KeepGoingLetsTheOtherLegsEnd) {
  Plan plan = plan_of();
  ASSERT_TRUE(plan.jobs.at(2).matrix->fail_fast);
  ASSERT_TRUE(select(plan, {.keep_going = true}));
  EXPECT_FALSE(plan.jobs.at(2).matrix->fail_fast);
  EXPECT_FALSE(plan.jobs.at(0).matrix.has_value());
}

}  // namespace
}  // namespace open_cicd::workflows
