// tests/golden/plans: each NAME.yml shows one thing; NAME.json is its plan, or what is wrong with it. The first line
// says what the plan is made for, as options of `open-cicd plan`. OPEN_CICD_UPDATE_GOLDEN=1 writes them anew.
#include "base/json.h"
#include "base/readable_json.h"
#include "workflows/planner.h"

#include <boost/json/parse.hpp>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace open_cicd::workflows {
namespace {

namespace fs = std::filesystem;

std::string read_golden(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string readable(std::string_view text) {
  return json::readable(boost::json::parse(text));
}

// "# --event push --input a=b"
struct Asked {
  Claim claim;
  InputTexts inputs;
};
Asked asked_by(const std::string& first_line) {
  Asked asked;
  std::istringstream words(first_line.substr(1));
  std::string option, value;
  while (words >> option >> value) {
    if (option == "--event") asked.claim.event = value;
    if (option == "--branch") asked.claim.branch = value;
    if (option == "--tag") asked.claim.tag = value;
    if (option == "--changed") {
      if (!asked.claim.changed) asked.claim.changed.emplace();
      asked.claim.changed->push_back(value);
    }
    if (option == "--input") asked.inputs[value.substr(0, value.find('='))] = value.substr(value.find('=') + 1);
  }
  return asked;
}

Source golden_source(const fs::path& path) {
  return {.path = path.filename().string(),
          .text = read_golden(path),
          .read_file = [root = path.parent_path()](const std::string& file) -> std::optional<std::string> {
            if (!fs::is_regular_file(root / file)) return std::nullopt;
            return read_golden(root / file);
          }};
}

std::string golden_result(const fs::path& path) {
  const Source source = golden_source(path);
  const std::string first_line = source.text.substr(0, source.text.find('\n'));
  EXPECT_TRUE(first_line.starts_with("#")) << path << " does not begin with what it is planned for";
  const Asked asked = asked_by(first_line);
  const auto plan = make_plan(source, claimed_event(asked.claim), asked.inputs);
  if (plan) return readable(plan_text(*plan));
  return readable(json::write_text(plan.error()));
}

std::vector<fs::path> golden_files() {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(fs::path(OPEN_CICD_TESTS) / "golden/plans"))
    if (entry.path().extension() == ".yml") files.push_back(entry.path());
  std::ranges::sort(files);
  return files;
}

class GoldenPlan : public testing::TestWithParam<fs::path> {};

TEST_P(GoldenPlan, IsWhatItWas) {
  fs::path expected = GetParam();
  expected.replace_extension(".json");
  const std::string now = golden_result(GetParam());
  if (std::getenv("OPEN_CICD_UPDATE_GOLDEN") != nullptr)
    std::ofstream(expected, std::ios::binary) << now;
  else
    EXPECT_EQ(now, read_golden(expected)) << "If this is what it should be: dev/golden, and look at the difference";
}

TEST_P(GoldenPlan, IsTheSameTwice) {
  EXPECT_EQ(golden_result(GetParam()), golden_result(GetParam()));
}

// What must hold for every plan, whatever it is of.
TEST_P(GoldenPlan, HasEveryJobOnceAndInAnOrderThatRespectsNeeds) {
  const Source source = golden_source(GetParam());
  const Asked asked = asked_by(source.text.substr(0, source.text.find('\n')));
  const auto plan = make_plan(source, claimed_event(asked.claim), asked.inputs);
  if (!plan) return;
  std::set<std::string> keys, jobs;
  for (const PlannedJob& job : plan->jobs) {
    EXPECT_TRUE(keys.insert(job.key).second) << job.key << " stands twice";
    for (const PlannedNeed& need : job.needs)
      EXPECT_TRUE(need.optional || jobs.contains(need.job)) << job.key << " stands before " << need.job;
    jobs.insert(job.job);
    EXPECT_EQ(job.skipped.has_value() || (job.uses && job.uses->contains('@')), !job.spec) << job.key;
    if (!job.spec) continue;
    const std::string spec = json::write_text(*job.spec);
    EXPECT_EQ(json::write_text(json::read_own<pipelines::JobSpec>(spec)), spec);
    if (GetParam().stem() != "literal-braces") EXPECT_FALSE(spec.contains("${{")) << job.key;
  }
}

INSTANTIATE_TEST_SUITE_P(Files, GoldenPlan, testing::ValuesIn(golden_files()), [](const auto& file) {
  std::string name = file.param.stem().string();
  std::ranges::replace(name, '-', '_');
  return name;
});

TEST(GoldenPlans, AreManyAndEachHasItsInput) {
  EXPECT_GE(golden_files().size(), 60u);
  for (const auto& entry : fs::directory_iterator(fs::path(OPEN_CICD_TESTS) / "golden/plans")) {
    fs::path input = entry.path();
    if (input.extension() != ".json") continue;
    EXPECT_TRUE(fs::exists(input.replace_extension(".yml"))) << entry.path() << " has no input";
  }
}

}  // namespace
}  // namespace open_cicd::workflows
