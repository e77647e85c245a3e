// Random trees: printing and parsing gives them back, and what type-checks does not fail by type.
#include "expressions/check.h"
#include "expressions/functions.h"
#include "expressions/scope_fixture.h"
#include "expressions/template.h"

#include <gtest/gtest.h>

#include <random>

namespace open_cicd::expressions {
namespace {

// Trees as parse() could make them, of any type.
class RandomTrees {
 public:
  explicit RandomTrees(unsigned seed) : random_(seed) {}

  Node tree(int depth) {
    if (depth <= 1) return pick(3) == 0 ? named(NodeKind::root, name()) : literal();
    switch (pick(8)) {
      case 0:
        return literal();
      case 1:
        return named(NodeKind::root, name());
      case 2:
      case 3:
        return of(NodeKind::index, {tree(depth - 1), pick(2) == 0 ? tree(depth - 1) : text(name())});
      case 4: {
        Node call = named(NodeKind::call, name());
        for (std::size_t n = pick(4); n > 0; --n) call.children.push_back(tree(depth - 1));
        return call;
      }
      case 5:
        return of(NodeKind::negate, {tree(depth - 1)});
      case 6: {
        Node chain = of(pick(2) == 0 ? NodeKind::both : NodeKind::either, {tree(depth - 1), tree(depth - 1)});
        for (std::size_t n = pick(3); n > 0; --n) chain.children.push_back(tree(depth - 1));
        return chain;
      }
      default:
        return of(static_cast<NodeKind>(static_cast<int>(NodeKind::equal) + static_cast<int>(pick(6))),
                  {tree(depth - 1), tree(depth - 1)});
    }
  }

  std::size_t pick(std::size_t count) { return std::uniform_int_distribution<std::size_t>(0, count - 1)(random_); }

 private:
  static Node of(NodeKind kind, std::vector<Node> children) { return {.kind = kind, .children = std::move(children)}; }
  static Node named(NodeKind kind, std::string name) { return {.kind = kind, .name = std::move(name)}; }
  static Node text(std::string_view text) { return {.value = Value(text)}; }

  std::string name() {
    static constexpr auto names = std::to_array<std::string_view>({"a", "b_2", "_x", "test-unit", "nullx", "e1"});
    return std::string(names[pick(names.size())]);
  }

  Node literal() {
    static const std::vector<Value> values = {nullptr,
                                              true,
                                              false,
                                              0,
                                              1,
                                              -1,
                                              0.5,
                                              -2.25e-7,
                                              1e30,
                                              std::numeric_limits<std::int64_t>::max(),
                                              std::numeric_limits<std::int64_t>::min(),
                                              "",
                                              "x",
                                              "it's",
                                              "''",
                                              "a b",
                                              "${{ }}",
                                              "ä\n",
                                              "true",
                                              "1",
                                              "a-b"};
    return {.value = values[pick(values.size())]};
  }

  std::mt19937 random_;
};

TEST(Property, PrintedTreesParseToThemselves) {
  for (unsigned seed = 0; seed < 3000; ++seed) {
    RandomTrees random(seed);
    const Expression expression(random.tree(1 + static_cast<int>(seed % 6)));
    const std::string text = print(expression);
    if (text.size() > limits::text_bytes_max) continue;
    const auto parsed = parse(text);
    ASSERT_TRUE(parsed) << "seed " << seed << ": " << text << ": " << parsed.error().text();
    ASSERT_EQ(*parsed, expression) << "seed " << seed << ": " << text << " became " << print(*parsed);
    ASSERT_EQ(print(*parsed), text);
    const auto in_template = parse_template("a${{ " + text + "}}");
    ASSERT_TRUE(in_template) << text;
    ASSERT_EQ(*in_template->parts()[1].expression, expression) << text;
    ASSERT_EQ(*parse_condition("${{" + text + "}}"), expression) << text;
  }
}

// Texts from the words of the language and of the scope: many pass the check.
class RandomTexts {
 public:
  explicit RandomTexts(unsigned seed) : random_(seed) {}

  // A text that is likely, not sure, to have this type.
  std::string of(Kind kind, int depth) {
    if (pick(12) == 0) kind = kinds[pick(kinds.size())];
    if (depth <= 0 || pick(4) == 0) return leaf(kind);
    switch (kind) {
      case Kind::boolean:
        return boolean(depth - 1);
      case Kind::number:
        return pick(2) == 0 ? "default(" + of(kind, depth - 1) + ", " + of(kind, depth - 1) + ")"
                            : "matrix.ports[" + of(kind, depth - 1) + "]";
      case Kind::string:
        return string(depth - 1);
      case Kind::list:
        return pick(2) == 0 ? leaf(kind) : "default(change.labels, " + of(kind, depth - 1) + ")";
      default:
        return leaf(kind);
    }
  }

  std::size_t pick(std::size_t count) { return std::uniform_int_distribution<std::size_t>(0, count - 1)(random_); }

 private:
  static constexpr auto kinds =
      std::to_array<Kind>({Kind::boolean, Kind::number, Kind::string, Kind::list, Kind::map, Kind::null});

  std::string boolean(int depth) {
    static constexpr auto equalities = std::to_array<std::string_view>({" == ", " != "});
    static constexpr auto orders = std::to_array<std::string_view>({" < ", " <= ", " > ", " >= "});
    const Kind compared = kinds[pick(kinds.size())];
    switch (pick(10)) {
      case 0:
        return "!" + in_brackets(of(Kind::boolean, depth));
      case 1:
      case 2:
        return in_brackets(of(Kind::boolean, depth)) + (pick(2) == 0 ? " && " : " || ") +
               in_brackets(of(Kind::boolean, depth));
      case 3:
      case 4:
        return in_brackets(of(compared, depth)) + std::string(equalities[pick(2)]) + in_brackets(of(compared, depth));
      case 5: {
        const Kind ordered = pick(2) == 0 ? Kind::number : Kind::string;
        return in_brackets(of(ordered, depth)) + std::string(orders[pick(4)]) + in_brackets(of(ordered, depth));
      }
      case 6:
        return "contains(" + of(pick(2) == 0 ? Kind::list : Kind::string, depth) + ", " +
               of(pick(3) == 0 ? Kind::number : Kind::string, depth) + ")";
      case 7:
        return (pick(2) == 0 ? "starts_with(" : "ends_with(") + of(Kind::string, depth) + ", " +
               of(Kind::string, depth) + ")";
      case 8:
        return "matches(" + of(Kind::string, depth) + ", " + of(Kind::string, depth) + ")";
      default:
        return "default(change.draft, " + of(Kind::boolean, depth) + ")";
    }
  }

  std::string string(int depth) {
    switch (pick(7)) {
      case 0:
        return "join(" + of(Kind::list, depth) + ", " + of(Kind::string, depth) + ")";
      case 1:
        return "format('{0}-{1}', " + of(kinds[pick(3)], depth) + ", " + of(Kind::string, depth) + ")";
      case 2:
        return "default(" + of(Kind::string, depth) + ", " + of(Kind::string, depth) + ")";
      case 3:
        return "to_json(" + of(kinds[pick(kinds.size())], depth) + ")";
      case 4:
        return "git.changed[" + of(Kind::number, depth) + "]";
      case 5:
        return "env[" + of(Kind::string, depth) + "]";
      default:
        return "hash(" + of(Kind::string, depth) + ")";
    }
  }

  static std::string in_brackets(const std::string& text) { return "(" + text + ")"; }

  std::string leaf(Kind kind) {
    static const std::map<Kind, std::vector<std::string>> leaves = {
        {Kind::boolean, {"true", "inputs.fast", "change.draft", "success()", "cancelled()"}},
        {Kind::number,
         {"0", "1", "-0.5", "inputs.count", "inputs.limit", "run.number", "change.number", "matrix.ports[1]"}},
        {Kind::string,
         {"'a'", "'v[0-9]'", "'('", "git.sha", "git.tag", "git.branch", "inputs.target", "inputs.note", "event.name",
          "needs.build.result", "needs.build.outputs.version", "steps.tag.outputs.x", "env.A", "change.title"}},
        {Kind::list, {"git.changed", "change.labels", "matrix.ports", "default(change.labels, git.changed)"}},
        {Kind::map, {"git", "change", "needs", "inputs", "steps.tag.outputs"}},
        {Kind::null, {"null", "git.tag", "change"}},
    };
    const std::vector<std::string>& of_kind = leaves.at(kind);
    return of_kind[pick(of_kind.size())];
  }

  std::mt19937 random_;
};

// Values that fit pipeline_scope(), with null wherever they may be null.
void vary(PipelineValues& values, RandomTexts& random) {
  if (random.pick(2) == 0) values["change"] = nullptr;
  values["git"].as_object()["tag"] = random.pick(2) == 0 ? Value("v1.2") : Value(nullptr);
  values["git"].as_object()["branch"] = random.pick(2) == 0 ? Value("main") : Value(nullptr);
  values["inputs"].as_object()["limit"] = random.pick(2) == 0 ? Value(0.5) : Value(nullptr);
  if (random.pick(2) == 0) values["needs"].as_object()["build"].as_object()["outputs"].as_object().clear();
}

TEST(Property, WhatIsCheckedDoesNotFailByType) {
  const Scope scope = pipeline_scope();
  std::size_t passed = 0, evaluated_well = 0;
  for (unsigned seed = 0; seed < 6000; ++seed) {
    RandomTexts random(seed);
    constexpr auto wanted = std::to_array<Kind>({Kind::boolean, Kind::string, Kind::number, Kind::list});
    const std::string text = random.of(wanted[seed % wanted.size()], 1 + static_cast<int>(seed % 4));
    const auto parsed = parse(text);
    ASSERT_TRUE(parsed) << text << ": " << parsed.error().text();
    const auto checked_type = check(*parsed, scope);
    if (!checked_type) {
      ASSERT_LT(checked_type.error().offset, text.size()) << text;
      continue;
    }
    ++passed;
    PipelineValues values;
    vary(values, random);
    const auto value = evaluate(*parsed, values.context());
    if (value) {
      ++evaluated_well;
      ASSERT_TRUE(fits(*value, checked_type->type))
          << text << " is " << json_text(*value, 1000) << ", not " << checked_type->type.text();
    } else {
      ASSERT_TRUE(value.error().fault == Fault::value || value.error().fault == Fault::limit)
          << text << ": " << value.error().text();
    }
  }
  EXPECT_GT(passed, 1200) << "the generator should find more that passes";
  EXPECT_GT(evaluated_well, 700);
}

// Nothing of a later stage is asked for when the check says that an expression is known earlier.
TEST(Property, AnEarlyStageNeedsNoLaterValues) {
  const Scope scope = pipeline_scope();
  for (unsigned seed = 0; seed < 4000; ++seed) {
    RandomTexts random(seed);
    const std::string text = random.of(seed % 2 == 0 ? Kind::boolean : Kind::string, 1 + static_cast<int>(seed % 4));
    const auto parsed = parse(text);
    ASSERT_TRUE(parsed);
    const auto checked_type = check(*parsed, scope);
    if (!checked_type || checked_type->stage != Stage::plan) continue;
    PipelineValues all;
    Context early;
    for (const char* root : {"event", "git", "change", "inputs", "matrix", "env"}) early.set(root, all[root]);
    const auto value = evaluate(*parsed, early);
    if (!value) ASSERT_NE(value.error().fault, Fault::name) << text << ": " << value.error().text();
  }
}

TEST(Property, WhateverIsWrittenEndsInAnAnswer) {
  PipelineValues values;
  const Scope scope = pipeline_scope();
  const std::vector<std::string_view> words = {"git",  ".",     "sha", "[",   "]",  "(",    ")", "'", "''",
                                               "1",    "-",     "==",  "<",   "&&", "||",   "!", ",", " ",
                                               "join", "event", "x",   "${{", "}}", "null", "ä", "\""};
  for (unsigned seed = 0; seed < 6000; ++seed) {
    RandomTexts random(seed);
    std::string text;
    for (std::size_t n = random.pick(12); n > 0; --n) text += words[random.pick(words.size())];
    if (const auto parsed = parse(text)) {
      static_cast<void>(check(*parsed, scope));
      static_cast<void>(evaluate(*parsed, values.context()));
    } else {
      ASSERT_LE(parsed.error().offset, text.size()) << text;
      ASSERT_FALSE(parsed.error().message.empty());
    }
    if (const auto parsed = parse_template(text); !parsed) ASSERT_LE(parsed.error().offset, text.size()) << text;
  }
}

}  // namespace
}  // namespace open_cicd::expressions
