#include "expressions/evaluate.h"

#include "expressions/scope_fixture.h"

#include <gtest/gtest.h>

#include <ostream>

namespace open_cicd::expressions {
namespace {

Outcome<Value> evaluated(std::string_view text, const Context& context, Budget budget = {}) {
  auto parsed = parse(text);
  if (!parsed) return std::unexpected(parsed.error());
  return evaluate(*parsed, context, budget);
}

std::string result(std::string_view text, const Context& context) {
  const auto value = evaluated(text, context);
  return value ? json_text(*value, 10'000) : "error: " + value.error().text();
}

struct Evaluated {
  std::string_view text;
  std::string_view json;
};

TEST(Evaluate, GivesValues) {
  PipelineValues values;
  for (const auto& [text, json] : std::to_array<Evaluated>({
           {"null", "null"},
           {"'it''s'", "\"it's\""},
           {"1.50", "1.5"},
           {"git.sha", "\"0123abcd\""},
           {"git.changed[1]", "\"docs/b.md\""},
           {"git.changed[1.0]", "\"docs/b.md\""},
           {"git.changed[inputs.count]", "error: git.changed has 2 items, and no 3. The first item has the number 0."},
           {"git['sha']", "\"0123abcd\""},
           {"event.nothing", "null"},
           {"event.nothing.at.all[3]", "null"},
           {"event.data.list[1]", "\"two\""},
           {"from_json('{\"a\": [{\"b\": 1}]}').a[0].b", "1"},
           {"change.title == 'fix: ''it'''", "true"},
           {"git.tag == null", "true"},
           {"git.tag != 'v1'", "true"},
           {"1 == 1.0", "true"},
           {"event.data.list == from_json('[1.0, \"two\", null]')", "true"},
           {"inputs.count == 3 && inputs.count < 3.5 && inputs.count >= 3 && inputs.count <= 3 && !(inputs.count > 3)",
            "true"},
           {"'a' < 'b' && 'a' < 'aa' && 'Z' < 'a' && 'z' < 'ä'", "true"},
           {"true || event.name < 3", "true"},
           {"false && event.name < 3", "false"},
           {"true && false || true", "true"},
           {"!true", "false"},
           {"success()", "true"},
           {"failure()", "false"},
           {"cancelled()", "false"},
           {"always()", "true"},
           {"contains(git.changed, 'src/a.cc')", "true"},
           {"contains(git.changed, 'src/a')", "false"},
           {"contains(matrix.ports, 1.0)", "true"},
           {"contains(event.data.list, null)", "true"},
           {"contains('abc', 'bc')", "true"},
           {"contains('abc', '')", "true"},
           {"contains('abc', 'cb')", "false"},
           {"contains(git.tag, '')", "false"},
           {"starts_with(git.branch, 'ma')", "true"},
           {"starts_with(git.branch, 'main-')", "false"},
           {"starts_with(git.tag, '')", "false"},
           {"ends_with(git.branch, 'in')", "true"},
           {"ends_with(git.tag, 'x')", "false"},
           {"matches('v1.2', '^v[0-9]+')", "true"},
           {"matches('xv1', '^v')", "false"},
           {"matches('xv1', 'v')", "true"},
           {"matches('ä', '^.$')", "true"},
           {"matches(git.tag, '')", "false"},
           {"join(git.changed, ', ')", "\"src/a.cc, docs/b.md\""},
           {"join(matrix.ports, ' ')", "\"1 2.5 3000000000\""},
           {"join(from_json('[]'), ',')", "\"\""},
           {"join(from_json('[true, 1.0]'), '')", "\"true1\""},
           {"format('{1}-{0} {{{1}}}', inputs.count, true)", "\"true-3 {true}\""},
           {"default(git.tag, 'none')", "\"none\""},
           {"default(git.branch, 'none')", "\"main\""},
           {"to_json(event.data)", R"("{\"list\":[1,\"two\",null],\"yes\":true}")"},
           {"from_json(to_json(matrix)) == matrix", "true"},
           {"from_json('1e999')", "error: from_json"},
           {"hash('a', 'b')", "\"digest-of-a\""},
           // and errors
           {"git.changed[-1]", "error: git.changed has 2 items, and no -1. The first item has the number 0."},
           {"git.changed[0.5]", "error: git.changed has 2 items, and no 0.5. The first item has the number 0."},
           {"event.data.list.a", "error: event.data.list is a list: its items are numbered, and 'a' is a string"},
           {"event.data[0]", "error: event.data is a map: its keys are strings, and 0 is a number"},
           {"event.name.x", "error: event.name is a string: it has no fields"},
           {"event.data && true",
            "error: a boolean is expected here, and event.data is a map. There is no truthiness: compare it, as in "
            "event.data == true."},
           {"!event.nothing",
            "error: a boolean is expected here, and event.nothing is null. There is no truthiness: compare it, as in "
            "event.nothing == true."},
           {"event.name < 3",
            "error: event.name is a string, and 3 is a number: they have no order. Two numbers have one, and two "
            "strings."},
           {"event.nothing < 3",
            "error: event.nothing is null, and 3 is a number: they have no order. Two numbers have one, and two "
            "strings."},
           {"starts_with(event.data, 'x')",
            "error: starts_with(text: string or null, prefix: string): event.data is a map, and text is expected"},
           {"contains(event.name, event.nothing)",
            "error: event.name is a string: its parts are strings, and event.nothing is null"},
           {"join(event.data.list, '')", "error: an item of event.data.list is null, which has no text"},
           {"join(from_json('[[]]'), '')",
            "error: from_json('[[]]') is a list, which has no text. Write join(from_json('[[]]'), ', ') or "
            "to_json(from_json('[[]]'))."},
           {"format('{0}', git.tag)",
            "error: git.tag is null, which has no text. Say what to write then: default(git.tag, '…')."},
           {"format(event.name, 1)", "error: the pattern does not use value {0}"},
           {"matches('a', event.actor)", "false"},
           {"matches('a', format('{0}(', 'x'))", "error: the pattern has a ( without its ): x("},
           {"from_json('{')", "error: from_json"},
           {"hash('missing')", "error: no file matches missing"},
           {"nothing", "error: \"nothing\" is not known here yet"},
           {"nothing()", "error: there is no function \"nothing\""},
           {"join('a')", "error: join() has another number of arguments. Write join(items: list, separator: string)."},
       })) {
    const std::string given = result(text, values.context());
    if (json == "error: from_json")
      EXPECT_TRUE(given.starts_with("error: '") && given.contains("' is not JSON: ")) << given;
    else
      EXPECT_EQ(given, json) << text;
  }
}

TEST(Evaluate, ErrorsStandWhereTheirCauseIs) {
  PipelineValues values;
  const auto offset = [&](std::string_view text) { return evaluated(text, values.context()).error().offset; };
  EXPECT_EQ(offset("true && git.changed[7] == ''"), 20);
  EXPECT_EQ(offset("format('{0}{1}', 1, git.tag)"), 20);
  EXPECT_EQ(offset("inputs.fast && event.data"), 15);
  EXPECT_EQ(offset("1 < event.data"), 4);
  EXPECT_EQ(offset("event.data['list'].x"), 19);
}

TEST(Evaluate, WhatIsNotKnownYetIsAnError) {
  const Context empty;
  EXPECT_EQ(evaluated("steps.x", empty).error().text(), "\"steps\" is not known here yet");
  EXPECT_EQ(evaluated("always()", empty).error().text(), "always() is not known here yet");
  EXPECT_EQ(evaluated("hash('a')", empty).error().text(), "hash() is not known here yet");
  EXPECT_EQ(evaluated("steps", empty).error().fault, Fault::name);
}

TEST(Evaluate, StatusFunctionsAnswerFromTheContext) {
  Context context;
  context.set_status({.success = false, .failure = true, .cancelled = true});
  EXPECT_EQ(result("success()", context), "false");
  EXPECT_EQ(result("failure()", context), "true");
  EXPECT_EQ(result("cancelled()", context), "true");
  EXPECT_EQ(result("always()", context), "true");
}

TEST(Evaluate, AConditionIsABoolean) {
  PipelineValues values;
  const auto condition = [&](std::string_view text) { return evaluate_condition(*parse(text), values.context()); };
  EXPECT_EQ(condition("event.data.yes"), true);
  EXPECT_EQ(condition("!inputs.fast"), false);
  EXPECT_EQ(condition("event.nothing").error().fault, Fault::type);
}

TEST(Evaluate, TheResultOutlivesItsContext) {
  std::optional<Value> kept;
  {
    PipelineValues values;
    kept = *evaluated("git.changed", values.context());
  }
  EXPECT_EQ(json_text(*kept, 100), R"(["src/a.cc","docs/b.md"])");
}

TEST(Evaluate, OperationsHaveALimit) {
  PipelineValues values;
  const auto fault = [&](std::string_view text, Budget budget) {
    const auto value = evaluated(text, values.context(), budget);
    return value ? std::string("fine") : value.error().message;
  };
  EXPECT_EQ(fault("1 == 2", {.operations = 4}), "fine");
  EXPECT_EQ(fault("1 == 2", {.operations = 2}), "the expression takes more than 2 operations");
  // What a comparison looks at counts.
  values["event"] = boost::json::object{{"a", boost::json::array(10'000, Value("text"))},
                                        {"b", boost::json::array(10'000, Value("text"))}};
  EXPECT_EQ(fault("event.a == event.b", {}), "fine");
  EXPECT_EQ(fault("event.a == event.b", {.operations = 500}), "the expression takes more than 500 operations");
  EXPECT_EQ(fault("contains(event.a, 'x')", {}), "fine");
  EXPECT_EQ(fault("contains(event.a, 'x')", {.operations = 500}), "the expression takes more than 500 operations");
  std::string many = "contains(event.a, 'x')";
  while (many.size() < 4000) many += " || contains(event.a, 'x')";
  EXPECT_EQ(fault(many, {}), "the expression takes more than 10000 operations");
  std::string patterns = "matches('x', 'y')";
  while (patterns.size() < 4000) patterns += " || matches('x', 'y')";
  EXPECT_EQ(fault(patterns, {}), "the expression takes more than 10000 operations");
}

TEST(Evaluate, SeveralCanHaveALimitTogether) {
  PipelineValues values;
  SharedBudget together(8);
  const auto said = [&] {
    const auto value = evaluated("1 == 2", values.context(), {.together = &together});
    return value ? std::string("fine") : value.error().message;
  };
  EXPECT_EQ(said(), "fine");
  EXPECT_EQ(together.left, 4u);
  EXPECT_EQ(said(), "fine");
  EXPECT_EQ(said(), "the expressions that are evaluated together take more than 8 operations");
  SharedBudget large(1'000'000);
  const auto value = evaluated("1 == 2", values.context(), {.operations = 2, .together = &large});
  EXPECT_EQ(value.error().message, "the expression takes more than 2 operations");
}

TEST(Evaluate, StringsAndResultsHaveALimit) {
  PipelineValues values;
  const auto error = [&](std::string_view text) {
    const auto value = evaluated(text, values.context());
    return value ? std::string("fine") : value.error().message;
  };
  const std::size_t max = limits::result_bytes_max;
  values["event"] = boost::json::object{{"fits", std::string(max, 'x')},
                                        {"long", std::string(max + 1, 'x')},
                                        {"list", boost::json::array(10'000, Value("text"))}};
  EXPECT_EQ(error("event.fits"), "fine");
  EXPECT_EQ(error("event.long"), "event.long is longer than 65536 bytes");
  EXPECT_EQ(error("event.list"), "event.list is longer than 65536 bytes");
  EXPECT_EQ(error("contains(event.long, 'y')"), "fine") << "what is looked at may be longer";
  EXPECT_EQ(error("to_json(event.list)"), "to_json(event.list) is longer than 65536 bytes");
  EXPECT_EQ(error("join(event.list, '1234567')"), "event.list is longer than 65536 bytes");
  EXPECT_EQ(error("format('{0}', event.fits)"), "fine");
  EXPECT_EQ(error("format('{0}!', event.fits)"), "format('{0}!', event.fits) is longer than 65536 bytes");
  EXPECT_EQ(error("format('{0}{0}', event.fits)"), "event.fits is longer than 65536 bytes");
  EXPECT_EQ(error("from_json(event.long)"), "event.long is longer than 65536 bytes");
}

TEST(Evaluate, HostilePatternsAndNeedlesStayLinear) {
  PipelineValues values;
  values["event"] = boost::json::object{{"a", std::string(60'000, 'a')}, {"b", std::string(30'000, 'a') + 'b'}};
  EXPECT_EQ(result("matches(event.a, '(a*)*b')", values.context()), "false");
  EXPECT_EQ(result("matches(event.a, '(a|a)*(a|aa)*$')", values.context()), "true");
  EXPECT_EQ(result("contains(event.a, event.b)", values.context()), "false");
  EXPECT_EQ(result("matches('x', '((((a{30}){30}){30}){30})')", values.context()).substr(0, 19), "error: the pattern ");
  EXPECT_EQ(result("matches(event.a, '(a{1,50}){20}b')", values.context()),
            "error: the expression takes more than 10000 operations");
}

}  // namespace
}  // namespace open_cicd::expressions
