#include "expressions/functions.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

namespace open_cicd::expressions {
namespace {

// In a table of Markdown a | would begin the next cell.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) out += c == '|' ? "\\|" : std::string(1, c);
  return out;
}

std::string table() {
  std::string text;
  for (const Function& function : functions())
    text += fmt::format("| `{}` | {} | {} | {} |\n", cell(function.signature()), kind_text(function.result),
                        stage_name(function.stage), cell(function.sentence));
  return text;
}

TEST(Functions, StandInTheReference) {
  std::ifstream file(std::string(OPEN_CICD_DOCS) + "/reference/expressions.md", std::ios::binary);
  const std::string page(std::istreambuf_iterator<char>(file), {});
  EXPECT_TRUE(page.contains("|---|---|---|---|\n" + table() + "\n"))
      << "The table of functions in docs/reference/expressions.md should be:\n"
      << table();
}

TEST(Functions, AreFoundByName) {
  for (const Function& function : functions()) {
    EXPECT_EQ(find_function(function.name), &function);
    EXPECT_EQ(function.id, functions()[static_cast<std::size_t>(function.id)].id) << "in the order of FunctionId";
    EXPECT_LE(function.arguments_min(), function.arguments_max());
  }
  EXPECT_EQ(find_function("nothing"), nullptr);
  EXPECT_EQ(find_function("Join"), nullptr);
}

TEST(Functions, SayWhatTheyTake) {
  EXPECT_EQ(find_function("success")->signature(), "success()");
  EXPECT_EQ(find_function("contains")->signature(), "contains(where: string, list or null, what: any)");
  EXPECT_EQ(find_function("hash")->signature(), "hash(patterns: string, …)");
  EXPECT_EQ(find_function("hash")->arguments_min(), 1);
  EXPECT_EQ(find_function("format")->arguments_min(), 1);
  EXPECT_EQ(find_function("default")->arguments_max(), 2);
}

}  // namespace
}  // namespace open_cicd::expressions
