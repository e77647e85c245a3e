// docs/guides/pipelines.md: every example that is a pipeline is valid and can be planned.
#include "workflows/planner.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace open_cicd::workflows {
namespace {

std::vector<std::string> examples_of(const std::string& page) {
  std::ifstream file(std::string(OPEN_CICD_DOCS) + page);
  std::vector<std::string> examples;
  std::string line;
  bool inside = false;
  while (std::getline(file, line)) {
    if (line == "```yaml") {
      inside = true;
      examples.emplace_back();
    } else if (line == "```") {
      inside = false;
    } else if (inside) {
      examples.back() += line + "\n";
    }
  }
  return examples;
}

TEST(Guide, EveryPipelineInItCanBePlanned) {
  const auto examples = examples_of("/guides/pipelines.md");
  std::string of_template;
  for (const std::string& example : examples)
    if (!example.contains("jobs:")) of_template = example;
  std::size_t planned = 0;
  for (const std::string& example : examples) {
    if (!example.contains("jobs:")) continue;
    const Source source{.text = example, .read_file = [&](const std::string& path) {
                          return path == "ci/build.yml" ? std::optional(of_template) : std::nullopt;
                        }};
    for (const char* event : {"", "push", "pull_request", "manual"}) {
      const auto plan = make_plan(source, claimed_event({.event = event}), {});
      EXPECT_TRUE(plan) << example << "\n"
                        << (plan ? "" : plan.error().front().path + ": " + plan.error().front().message);
    }
    ++planned;
  }
  EXPECT_GE(planned, 7u);
}

}  // namespace
}  // namespace open_cicd::workflows
