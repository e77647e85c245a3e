#include "workflows/workflow.h"

#include "workflows/planner.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace open_cicd::workflows {
namespace {

TEST(Workflow, First) {
  const Source source{.text = R"(
on:
  push: {branches: [main]}
  pull_request: {paths: ["src/**", "!**/*.md"]}
  manual: {}
inputs:
  target: {type: choice, options: [staging, prod], default: staging}
defaults: {image: "gcc:14", timeout: 20m}
jobs:
  build:
    cache: [{key: "cc-${{ hash('CMakeLists.txt') }}", fallback: [cc-], paths: [.ccache]}]
    artifacts: [{name: bin, paths: [build/app]}]
    steps:
      - run: cmake -B build && cmake --build build -j
  test:
    needs: [build]
    matrix: {db: ["postgres:16", "postgres:17"], fail_fast: false}
    services:
      db: {image: "${{ matrix.db }}", ready: {tcp: 5432}}
    reports: {junit: ["out/*.xml"]}
    steps:
      - run: ctest --test-dir build --output-junit out/r.xml
  deploy:
    needs: [test]
    if: event.name == 'manual' && git.branch == 'main'
    environment: {name: "${{ inputs.target }}"}
    approval: {count: 1}
    concurrency: {group: "deploy-${{ inputs.target }}"}
    steps:
      - run: ./deploy.sh
        env: {TARGET: "${{ inputs.target }}"}
        secrets: [DEPLOY_KEY]
)"};
  const Verdict verdict = lint(source);
  for (const Finding& f : verdict.errors) fmt::print("{}:{}: {}: {} [{}]\n", f.line, f.column, f.path, f.message, f.hint);
  EXPECT_TRUE(verdict.valid);
  const auto plan = make_plan(source, claimed_event({}), {});
  if (!plan)
    for (const Finding& f : plan.error()) fmt::print("{}:{}: {}: {} [{}]\n", f.line, f.column, f.path, f.message, f.hint);
  ASSERT_TRUE(plan);
  fmt::print("{}\n", plan_text(*plan));
}

}  // namespace
}  // namespace open_cicd::workflows
