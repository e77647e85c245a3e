// Enums in JSON: read by their names, as far as the rule of their member lets them.
#include "base/json_rules.h"

#include <gtest/gtest.h>

namespace open_cicd::json {
namespace {

enum class Light : unsigned char { red, amber, green };
constexpr std::array<std::string_view, 3> lights{"red", "amber", "green"};

constexpr std::string_view name_of(Light light) {
  return lights[static_cast<std::size_t>(light)];
}
constexpr bool parse_name(std::string_view name, Light& light) {
  const auto found = std::ranges::find(lights, name);
  if (found == lights.end()) return false;
  light = static_cast<Light>(found - lights.begin());
  return true;
}

struct Crossing {
  Light main = Light::red;
  std::optional<Light> side;
};
BOOST_DESCRIBE_STRUCT(Crossing, (), (main, side))

}  // namespace

template <>
struct RulesOf<Crossing> {
  static constexpr std::array rules{Rule{.member = "main", .words = lights},
                                    Rule{.member = "side", .words = std::span(lights).subspan(1)}};
  static constexpr std::array needs{Need{.member = "main", .word = "green", .needs = "side"}};
};

namespace {

std::string refused(std::string_view text) {
  const Result<Crossing> read = read_text<Crossing>(text, Unknown::reject);
  std::string all;
  if (!read)
    for (const FieldError& error : read.error().fields()) all += fmt::format("{} {};", error.path, error.message);
  return all;
}

TEST(JsonWords, AreWrittenAndReadByTheirNames) {
  const std::string text = R"({"main":"amber","side":"green"})";
  const Result<Crossing> read = read_text<Crossing>(text, Unknown::reject);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->main, Light::amber);
  EXPECT_EQ(read->side, Light::green);
  EXPECT_EQ(write_text(*read), text);
  EXPECT_EQ(serialize(write(*read)), text);
  EXPECT_EQ(read_own<Crossing>(R"({"main":"red","side":null})").side, std::nullopt);
  EXPECT_EQ(write_text(Crossing{}), R"({"main":"red"})");
}

TEST(JsonWords, AreOnlyThoseOfTheRule) {
  EXPECT_EQ(refused(R"({"main":"blue"})"), "main must be red, amber or green;");
  EXPECT_EQ(refused(R"({"main":"Red","side":"red"})"), "main must be red, amber or green;side must be amber or green;");
  EXPECT_EQ(refused(R"({"main":1})"), "main expected a string, found a number;");
  EXPECT_EQ(refused(R"({"side":"green"})"), "main is required;");
}

TEST(JsonWords, AreCheckedWhereNobodyReadThem) {
  EXPECT_TRUE(check_rules(Crossing{.main = Light::red, .side = Light::amber}));
  const Result<void> wrong = check_rules(Crossing{.main = Light::red, .side = Light::red});
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().fields().front().message, "must be amber or green");
  const Result<void> lacking = check_rules(Crossing{.main = Light::green, .side = std::nullopt});
  ASSERT_FALSE(lacking);
  EXPECT_EQ(lacking.error().fields().front().path, "side");
}

}  // namespace
}  // namespace open_cicd::json
