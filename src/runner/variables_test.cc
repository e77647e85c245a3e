#include "runner/variables.h"

#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>

namespace open_cicd::runner {
namespace {

TEST(Variables, ThePageListsThemAll) {
  std::ifstream page(OPEN_CICD_DOCS "/reference/variables.md");
  ASSERT_TRUE(page);
  std::vector<std::string> listed;
  for (std::string line; std::getline(page, line);) {
    constexpr std::string_view begin = "| `CI";
    if (!line.starts_with(begin)) continue;
    listed.push_back(line.substr(3, line.find('`', 3) - 3));
  }
  std::vector<std::string> known;
  for (const Variable& variable : variables()) known.emplace_back(variable.name);
  EXPECT_EQ(listed, known);
}

TEST(Variables, ComeFromTheContextsOfARun) {
  pipelines::JobSpec spec;
  EXPECT_TRUE(variables_of_run(spec).empty());
  spec.contexts = boost::json::object{
      {"git", {{"branch", "main"}, {"tag", nullptr}, {"sha", "c0ffee"}, {"changed", boost::json::array()}}},
      {"event", {{"name", "push"}}},
      {"run", {{"number", 7}}},
      {"change", nullptr}};
  EXPECT_EQ(variables_of_run(spec),
            (std::map<std::string, std::string>{
                {"CI_BRANCH", "main"}, {"CI_COMMIT", "c0ffee"}, {"CI_EVENT", "push"}, {"CI_RUN_NUMBER", "7"}}));
}

TEST(Variables, B11_WhatComesFromOutsideIsAValueAndNothingElse) {
  for (const std::string text :
       {"$(touch /tmp/p)", "`id`", "\"; id #", "${{ secrets.X }}", "a\nCI_JOB=b", "%0a", "--help"}) {
    pipelines::JobSpec spec;
    spec.contexts = boost::json::object{{"git", {{"branch", text}, {"message", text}}}, {"change", {{"title", text}}}};
    EXPECT_EQ(variables_of_run(spec),
              (std::map<std::string, std::string>{
                  {"CI_BRANCH", text}, {"CI_COMMIT_MESSAGE", text}, {"CI_CHANGE_TITLE", text}}));
  }
  pipelines::JobSpec spec;
  spec.contexts = boost::json::object{{"git", {{"message", std::string("a\0b", 3) + std::string(100'000, 'x')}}}};
  const std::string message = variables_of_run(spec).at("CI_COMMIT_MESSAGE");
  EXPECT_EQ(message.size(), std::size_t{64} << 10);
  EXPECT_TRUE(message.starts_with("abx"));
}

}  // namespace
}  // namespace open_cicd::runner
