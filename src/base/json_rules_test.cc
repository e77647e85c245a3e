#include "base/json_rules.h"

#include <gtest/gtest.h>

namespace open_cicd::json {
namespace {

struct Part {
  std::string state;
  std::optional<std::int64_t> took_ms;
};
BOOST_DESCRIBE_STRUCT(Part, (), (state, took_ms))

struct Whole {
  std::string name;
  std::optional<std::string> id;
  int count = 1;
  std::map<std::string, std::string> labels;
  std::vector<std::string> words;
  std::vector<Part> parts;
  std::map<std::string, Part> by_step;
};
BOOST_DESCRIBE_STRUCT(Whole, (), (name, id, count, labels, words, parts, by_step))

constexpr std::array<std::string_view, 2> states{"begun", "ended"};

}  // namespace

template <>
struct RulesOf<Part> {
  static constexpr std::array rules{Rule{.member = "state", .words = states}, Rule{.member = "took_ms", .min = 0}};
  static constexpr std::array needs{Need{.member = "state", .word = "ended", .needs = "took_ms"}};
};
template <>
struct RulesOf<Whole> {
  static constexpr std::array rules{
      Rule{.member = "name", .min = 1, .max = 3, .form = &line_form},
      Rule{.member = "id", .form = &uuid_form},
      Rule{.member = "count", .min = 1, .max = 9},
      Rule{.member = "labels", .max = 2, .form = &line_form, .item_max = 4, .key_form = &word_form, .key_max = 4},
      Rule{.member = "words", .min = 1, .form = &word_form},
      Rule{.member = "by_step", .key_form = &step_key_form}};
};

namespace {

Whole fine() {
  return {.name = "abc",
          .id = "0190a000-0000-7000-8000-000000000000",
          .count = 9,
          .labels = {{"a/b", "x y"}},
          .words = {"w"},
          .parts = {{"begun", std::nullopt}, {"ended", 0}},
          .by_step = {{"-1", {"begun", 1}}, {"0", {"begun", 1}}, {"12", {"begun", 1}}}};
}

std::string wrong(const Whole& value) {
  const Result<void> checked = check_rules(value);
  std::string all;
  if (!checked)
    for (const FieldError& field : checked.error().fields()) all += field.path + ": " + field.message + "\n";
  return all;
}

TEST(JsonRules, WhatKeepsThemPasses) {
  EXPECT_EQ(wrong(fine()), "");
  Whole absent = fine();
  absent.id.reset();
  EXPECT_EQ(wrong(absent), "");
}

TEST(JsonRules, CharactersCountAndNotBytes) {
  Whole value = fine();
  value.name = "äöü";
  EXPECT_EQ(wrong(value), "");
  value.name = "äöüß";
  EXPECT_EQ(wrong(value), "name: must have 1 to 3 characters\n");
  value.name = "";
  EXPECT_EQ(wrong(value), "name: must have 1 to 3 characters\n");
}

TEST(JsonRules, EveryBreachIsNamedWhereItStands) {
  Whole value = fine();
  value.name = "a\nb";
  value.id = "0190A000-0000-7000-8000-000000000000";
  value.count = 10;
  value.labels = {{"a b", ""}, {"k", "12345"}};
  value.words = {"w", "a b"};
  value.parts = {{"gone", -1}, {"ended", std::nullopt}};
  value.by_step = {{"01", {"begun", 1}}, {"7", {"gone", 1}}};
  EXPECT_EQ(wrong(value),
            "name: must be printable: no control characters, quotes or backslashes\n"
            "id: must be a UUID in lower case\n"
            "count: must be between 1 and 9\n"
            "labels.a b: a key must be a word of letters, digits and . _ - /\n"
            "labels.k: must have 4 characters at most\n"
            "words[1]: must be a word of letters, digits and . _ - /\n"
            "parts[0].state: must be begun or ended\n"
            "parts[0].took_ms: must be 0 or more\n"
            "parts[1].took_ms: is required when state is ended\n"
            "by_step.01: a key must be the index of a step, or -1\n"
            "by_step.7.state: must be begun or ended\n");
}

TEST(JsonRules, TooManyEntriesAreSaidOnce) {
  Whole value = fine();
  value.labels = {{"a", ""}, {"b", ""}, {"c", ""}};
  value.words = {};
  EXPECT_EQ(wrong(value), "labels: must have 2 entries at most\nwords: must have 1 entries or more\n");
}

}  // namespace
}  // namespace open_cicd::json
