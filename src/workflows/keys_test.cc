// The table of keys and the readers say the same.
#include "workflows/keys.h"

#include "workflows/schema.h"
#include "workflows/workflow.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <gtest/gtest.h>

namespace open_cicd::workflows {
namespace {

// Where each map of the table stands, as YAML around "KEY: VALUE".
const std::map<std::string, std::string> around = {
    {"Workflow", "{}\njobs: {{a: {{steps: [{{run: a}}]}}}}"},
    {"Events: `on`", "on: {{{}}}\njobs: {{a: {{steps: [{{run: a}}]}}}}"},
    {"Filters of `push`", "on: {{push: {{{}}}}}\njobs: {{a: {{steps: [{{run: a}}]}}}}"},
    {"Filters of `pull_request`", "on: {{pull_request: {{{}}}}}\njobs: {{a: {{steps: [{{run: a}}]}}}}"},
    {"Filters of `tag`", "on: {{tag: {{{}}}}}\njobs: {{a: {{steps: [{{run: a}}]}}}}"},
    {"An entry of `schedule`", "on: {{schedule: [{{{}}}]}}\njobs: {{a: {{steps: [{{run: a}}]}}}}"},
    {"An input", "inputs: {{a: {{{}}}}}\njobs: {{a: {{steps: [{{run: a}}]}}}}"},
    {"`concurrency`", "concurrency: {{{}}}\njobs: {{a: {{steps: [{{run: a}}]}}}}"},
    {"Job", "jobs: {{a: {{{}}}}}"},
    {"An entry of `needs`", "jobs: {{a: {{needs: [{{{}}}], steps: [{{run: a}}]}}}}"},
    {"`matrix`", "jobs: {{a: {{matrix: {{{}}}, steps: [{{run: a}}]}}}}"},
    {"A service", "jobs: {{a: {{services: {{db: {{{}}}}}, steps: [{{run: a}}]}}}}"},
    {"`ready`", "jobs: {{a: {{services: {{db: {{image: a, ready: {{{}}}}}}}, steps: [{{run: a}}]}}}}"},
    {"`retry`", "jobs: {{a: {{retry: {{{}}}, steps: [{{run: a}}]}}}}"},
    {"`allow_failure`", "jobs: {{a: {{allow_failure: {{{}}}, steps: [{{run: a}}]}}}}"},
    {"`checkout`", "jobs: {{a: {{checkout: {{{}}}, steps: [{{run: a}}]}}}}"},
    {"An entry of `cache`", "jobs: {{a: {{cache: [{{{}}}], steps: [{{run: a}}]}}}}"},
    {"An entry of `artifacts`", "jobs: {{a: {{artifacts: [{{{}}}], steps: [{{run: a}}]}}}}"},
    {"`reports`", "jobs: {{a: {{reports: {{{}}}, steps: [{{run: a}}]}}}}"},
    {"`environment`", "jobs: {{a: {{environment: {{{}}}, steps: [{{run: a}}]}}}}"},
    {"`approval`", "jobs: {{a: {{approval: {{{}}}, steps: [{{run: a}}]}}}}"},
    {"`resources`", "jobs: {{a: {{resources: {{{}}}, steps: [{{run: a}}]}}}}"},
    {"Step", "jobs: {{a: {{steps: [{{{}}}]}}}}"},
};

Verdict lint_in(const std::string& section, const std::string& member) {
  std::string text = fmt::format(fmt::runtime(around.at(section)), member);
  return lint(Source{.text = std::move(text)});
}

bool tells(const Verdict& verdict, std::string_view key, std::string_view message) {
  return std::ranges::any_of(verdict.errors, [&](const Finding& finding) {
    return finding.path.contains(key) && finding.message.contains(message);
  });
}

TEST(Keys, EachKeyOfTheTableIsKnownAndRead) {
  for (const Section& section : sections()) {
    if (section.title == "Job template") continue;  // its keys are those of a job; tests/golden has it
    ASSERT_TRUE(around.contains(std::string(section.title))) << section.title << " has no place in this test";
    for (const Key& key : section.keys) {
      if (key.name == "jobs") continue;  // it stands there already
      const Verdict verdict = lint_in(std::string(section.title), fmt::format("{}: [[[{{}}]]]", key.name));
      EXPECT_FALSE(tells(verdict, key.name, "not a known key")) << section.title << " " << key.name;
      EXPECT_TRUE(tells(verdict, key.name, "")) << "nothing reads " << section.title << " " << key.name;
    }
  }
}

TEST(Keys, AKeyThatIsNotInTheTableIsNotKnown) {
  for (const auto& [section, text] : around) {
    if (section == "`matrix`") continue;  // there it is an axis
    EXPECT_TRUE(tells(lint_in(section, "no_such_key: 1"), "no_such_key", "not a known key")) << section;
  }
}

TEST(Keys, ExpressionsStandWhereTheTableSaysSo) {
  for (const char* title : {"Job", "Step"})
    for (const Section& section : sections()) {
      if (section.title != title) continue;
      for (const Key& key : section.keys) {
        const bool is_text = key.shape.form == Form::text || key.shape.form == Form::choice ||
                             key.shape.form == Form::duration || key.shape.form == Form::boolean;
        if (!is_text) continue;
        const Verdict verdict = lint_in(title, fmt::format("{}: \"${{{{ git.sha }}}}\"", key.name));
        EXPECT_EQ(tells(verdict, key.name, "must not hold ${{ }}"), key.shape.allowed == Allowed::nothing)
            << title << " " << key.name;
      }
    }
}

TEST(Keys, EveryKeySaysWhatItMeans) {
  for (const Section& section : sections())
    for (const Key& key : section.keys) EXPECT_FALSE(key.meaning.empty()) << section.title << " " << key.name;
}

TEST(Keys, TheSchemaHasThemAll) {
  const auto schema = json_schema();
  for (const Key& key : workflow_keys())
    EXPECT_TRUE(schema.at("properties").as_object().contains(key.name)) << key.name;
  for (const Key& key : job_keys())
    EXPECT_TRUE(schema.at("$defs").at("job").at("properties").as_object().contains(key.name)) << key.name;
  for (const Key& key : step_keys())
    EXPECT_TRUE(schema.at("$defs").at("step").at("properties").as_object().contains(key.name)) << key.name;
}

}  // namespace
}  // namespace open_cicd::workflows
