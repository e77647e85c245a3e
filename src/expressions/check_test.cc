#include "expressions/check.h"

#include "expressions/scope_fixture.h"

#include <gtest/gtest.h>

#include <ostream>

namespace open_cicd::expressions {
namespace {

Outcome<Checked> checked(std::string_view text, const Scope& scope = pipeline_scope()) {
  auto parsed = parse(text);
  if (!parsed) return std::unexpected(parsed.error());
  return check(*parsed, scope);
}

struct Typed {
  std::string_view text;
  std::string_view type;
  Stage stage = Stage::plan;
};

TEST(Check, KnowsTypeAndStage) {
  for (const auto& [text, type, stage] : std::to_array<Typed>({
           {"null", "null"},
           {"true", "boolean"},
           {"1", "number"},
           {"'x'", "'x'"},
           {"git.sha", "string"},
           {"git.tag", "string or null"},
           {"git['tag']", "string or null"},
           {"git.changed", "list of string"},
           {"git.changed[0]", "string"},
           {"git.changed[inputs.count]", "string"},
           {"matrix.mixed[0]", "any value"},
           {"change", "map or null"},
           {"change.draft", "boolean or null"},
           {"change.labels[0]", "string or null"},
           {"event.name", "one of 'push', 'pull_request', 'tag', 'manual'"},
           {"event.release.draft", "any value"},
           {"event[git.sha]", "any value"},
           {"event.data[0]", "any value"},
           {"steps.tag.outputs.x", "string or null", Stage::agent},
           {"steps.tag.outputs[git.sha]", "string or null", Stage::agent},
           {"env[git.sha]", "string or null", Stage::release},
           {"env[default(null, 'A')]", "string"},
           {"env[default(git.tag, 'A')]", "string or null", Stage::release},
           {"env['A']", "string"},
           {"git[default(null, 'sha')]", "string"},
           {"git.tag == null", "boolean"},
           {"git.tag == 'v1'", "boolean"},
           {"change.draft == true", "boolean"},

           {"event.name == 'push' && !inputs.fast", "boolean"},
           {"event.name == git.sha", "boolean"},
           {"event.x && event.y || !event.z", "boolean"},
           {"event.x < 3", "boolean"},
           {"event.x == 3", "boolean"},
           {"git.changed == matrix.ports", "boolean"},
           {"inputs.count <= 3.5", "boolean"},
           {"git.sha >= 'a'", "boolean"},
           {"run.number", "number", Stage::release},
           {"needs.build.result == 'failed'", "boolean", Stage::release},
           {"needs.test-unit.result", "one of 'succeeded', 'failed', 'cancelled', 'skipped'", Stage::release},
           {"env.A", "string"},
           {"env.LATE", "string", Stage::release},
           {"to_json(env)", "string", Stage::release},
           {"to_json(env.A)", "string"},
           {"env == needs", "boolean", Stage::release},
           {"success() && inputs.fast", "boolean", Stage::release},
           {"always()", "boolean", Stage::release},
           {"hash('a', 'b')", "string", Stage::agent},
           {"contains(git.tag, 'v')", "boolean"},
           {"contains(change.labels, 'bug')", "boolean"},
           {"contains(matrix.ports, 80)", "boolean"},
           {"contains(event.x, 1)", "boolean"},
           {"starts_with(git.tag, 'v') && ends_with(git.branch, '-x')", "boolean"},
           {"matches(git.tag, '^v[0-9]+$')", "boolean"},
           {"join(git.changed, ', ')", "string"},
           {"join(matrix.mixed, ', ')", "string"},
           {"format('{0} {{}} {1}', git.tag, 3)", "string"},
           {"format('x')", "string"},
           {"format(git.sha, 1)", "string"},
           {"default(git.tag, 'none')", "string"},
           {"default(git.tag, null)", "string or null"},
           {"default(inputs.note, git.tag)", "string or null"},
           {"default(null, 1)", "number"},
           {"default(event.x, 1)", "any value"},
           {"default(inputs.target, 'x')", "one of 'staging', 'prod'"},
           {"default(change.draft, false)", "boolean"},
           {"default(needs.build.outputs.version, '0')", "string", Stage::release},
           {"from_json('{}').a", "any value"},
           {"to_json(null)", "string"},
       })) {
    const auto result = checked(text);
    EXPECT_EQ(result ? result->type.text() : "error", type) << text << (result ? "" : ": " + result.error().text());
    if (result) EXPECT_EQ(result->stage, stage) << text;
  }
}

struct Refused {
  std::string_view text;
  Fault fault;
  std::size_t offset;
  std::string_view error;
};

void PrintTo(const Refused& refused, std::ostream* out) {
  *out << refused.text;
}

class CheckErrors : public testing::TestWithParam<Refused> {};

TEST_P(CheckErrors, SayWhereAndWhatToWrite) {
  const auto& [text, fault, offset, error] = GetParam();
  const auto result = checked(text);
  ASSERT_FALSE(result) << result->type.text();
  EXPECT_EQ(result.error().text(), error);
  EXPECT_EQ(result.error().offset, offset);
  EXPECT_EQ(result.error().fault, fault);
}

INSTANTIATE_TEST_SUITE_P(
    Names, CheckErrors,
    testing::Values(
        Refused{"gti.sha", Fault::name, 0, "\"gti\" is not known. Did you mean \"git\"?"},
        Refused{"True", Fault::name, 0, "\"True\" is not known. Did you mean \"true\"?"},
        Refused{"inputs.target == prod", Fault::name, 17, "\"prod\" is not known. For a string write 'prod'."},
        Refused{"inputs.cuont", Fault::name, 7, "inputs has no \"cuont\". Did you mean \"count\"?"},
        Refused{"git['brnch']", Fault::name, 4, "git has no \"brnch\". Did you mean \"branch\"?"},
        Refused{"env.SOMETHING", Fault::name, 4, "env has no \"SOMETHING\". It has A, LATE."},
        Refused{"needs.test-unit.outputs.x", Fault::name, 24,
                "needs.test-unit.outputs has no \"x\". It is empty here."},
        Refused{"needs.biuld.result", Fault::name, 6, "needs has no \"biuld\". Did you mean \"build\"?"},
        Refused{"change.tilte", Fault::name, 7, "change has no \"tilte\". Did you mean \"title\"?"},
        Refused{"startsWith(git.sha, 'x')", Fault::name, 0,
                "there is no function \"startsWith\". Did you mean \"starts_with\"?"},
        Refused{"toJSON(git)", Fault::name, 0, "there is no function \"toJSON\". Did you mean \"to_json\"?"},
        Refused{"frobnicate()", Fault::name, 0, "there is no function \"frobnicate\""},
        Refused{"git()", Fault::name, 0, "\"git\" is not a function. It is a context: write its name alone."},
        Refused{"success && inputs.fast", Fault::name, 0, "\"success\" is a function. Write success()."}));

INSTANTIATE_TEST_SUITE_P(
    Types, CheckErrors,
    testing::Values(
        Refused{"inputs.count == '3'", Fault::type, 16,
                "inputs.count is a number, and '3' is a string: they are never equal. Values are compared without "
                "conversion."},
        Refused{"event.name == 'pul_request'", Fault::type, 14,
                "event.name is never 'pul_request': it is one of 'push', 'pull_request', 'tag', 'manual'. Did you mean "
                "'pull_request'?"},
        Refused{"'failure' == needs.build.result", Fault::type, 0,
                "needs.build.result is never 'failure': it is one of 'succeeded', 'failed', 'cancelled', 'skipped'"},
        Refused{"inputs.target != event.name", Fault::type, 0,
                "inputs.target is one of 'staging', 'prod', and event.name is one of 'push', 'pull_request', 'tag', "
                "'manual': they are never equal"},
        Refused{"git.sha == null", Fault::type, 11, "git.sha is never null: it is a string"},
        Refused{"null != git.sha", Fault::type, 0, "git.sha is never null: it is a string"},
        Refused{"git.tag == inputs.limit", Fault::type, 11,
                "git.tag is a string, and inputs.limit is a number: they are never equal. Values are compared without "
                "conversion."},
        Refused{"git.sha.length", Fault::type, 8, "git.sha is a string: it has no fields"},
        Refused{"inputs.count[0]", Fault::type, 13, "inputs.count is a number: it has no fields"},
        Refused{"git[0]", Fault::type, 4, "git is a map: its keys are strings, and 0 is a number"},
        Refused{"git[git.tag]", Fault::type, 4, "git.tag may be null. Say what counts then: default(git.tag, …)."},
        Refused{"git.changed.first", Fault::type, 12,
                "git.changed is a list: its items are numbered, and 'first' is a string. Write git.changed[0] for the "
                "first."},
        Refused{"git.changed[inputs.limit]", Fault::type, 12,
                "inputs.limit may be null. Say what counts then: default(inputs.limit, …)."},
        Refused{"event.data[true]", Fault::type, 11, "a key is a string or a number, and true is a boolean"},
        Refused{"event.data[null]", Fault::type, 11, "null cannot stand here"},
        Refused{"inputs.count < 'a'", Fault::type, 15,
                "inputs.count is a number, and 'a' is a string: they have no order. Values are compared without "
                "conversion."},
        Refused{"true < false", Fault::type, 0, "only numbers and strings have an order, and true is a boolean"},
        Refused{"inputs.limit < 3", Fault::type, 0,
                "inputs.limit may be null. Say what counts then: default(inputs.limit, …)."},
        Refused{
            "inputs.fast && git.sha", Fault::type, 15,
            "a boolean is expected here, and git.sha is a string. There is no truthiness: compare it, as in git.sha "
            "!= ''."},
        Refused{"inputs.count || inputs.fast", Fault::type, 0,
                "a boolean is expected here, and inputs.count is a number. There is no truthiness: compare it, as in "
                "inputs.count != 0."},
        Refused{"!git.changed", Fault::type, 1,
                "a boolean is expected here, and git.changed is a list of string. There is no truthiness: compare what "
                "is in it."},
        Refused{"!change.draft", Fault::type, 1, "change.draft may be null. Write change.draft == true."},
        Refused{"!inputs.fast == 'x'", Fault::type, 16,
                "!inputs.fast is a boolean, and 'x' is a string: they are never equal. Values are compared without "
                "conversion."}));

INSTANTIATE_TEST_SUITE_P(
    Calls, CheckErrors,
    testing::Values(
        Refused{"success(1)", Fault::type, 8, "success() takes no arguments, not 1. Write success()."},
        Refused{"join(git.changed)", Fault::type, 0,
                "join() takes 2 arguments, not 1. Write join(items: list, separator: string)."},
        Refused{"to_json(1, 2)", Fault::type, 11, "to_json() takes 1 argument, not 2. Write to_json(value: any)."},
        Refused{"hash()", Fault::type, 0, "hash() takes at least 1 argument, not 0. Write hash(patterns: string, …)."},
        Refused{"format()", Fault::type, 0,
                "format() takes at least 1 argument, not 0. Write format(pattern: string, values: string, number, "
                "boolean or null, …)."},
        Refused{"starts_with(1, 'x')", Fault::type, 12,
                "starts_with(text: string or null, prefix: string): 1 is a number, and text is expected"},
        Refused{"starts_with(git.sha, git.tag)", Fault::type, 21,
                "git.tag may be null. Say what counts then: default(git.tag, …)."},
        Refused{"contains(git.sha, 1)", Fault::type, 18,
                "git.sha is a string: its parts are strings, and 1 is a number"},
        Refused{"contains(git.sha, git.tag)", Fault::type, 18,
                "git.tag may be null. Say what counts then: default(git.tag, …)."},
        Refused{"contains(git.changed, 1)", Fault::type, 22,
                "an item of git.changed is a string, and 1 is a number: it never has it. Values are compared without "
                "conversion."},
        Refused{"contains(git, 'sha')", Fault::type, 9,
                "contains(where: string, list or null, what: any): git is a map, and where is expected"},
        Refused{"join(git.sha, ',')", Fault::type, 5,
                "join(items: list, separator: string): git.sha is a string, and items is expected"},
        Refused{"format('{0}', git.changed)", Fault::type, 14,
                "format(pattern: string, values: string, number, boolean or null, …): git.changed is a list of string, "
                "and values is expected"},
        Refused{"default(inputs.limit, 'none')", Fault::type, 22,
                "inputs.limit is a number, so its fallback cannot be a string"},
        Refused{"from_json(git)", Fault::type, 10, "from_json(text: string): git is a map, and text is expected"},
        Refused{"matches(git.sha, '(')", Fault::value, 17, "the pattern has a ( without its ): ("},
        Refused{"matches(git.sha, 'a(?=b)')", Fault::value, 17,
                "the pattern has what RE2 does not know, such as looking ahead or behind: (?="},
        Refused{"format('{0} {1}', 1)", Fault::value, 7, "the pattern asks for value {1}, but 1 value follows"},
        Refused{"format('{0}', 1, 2)", Fault::value, 7, "the pattern does not use value {1}"},
        Refused{"format('{x}', 1)", Fault::value, 7,
                "between { and } stands the number of a value, from 0; {{ stands for a brace"},
        Refused{"format('{0', 1)", Fault::value, 7, "the pattern has a { without its }; {{ stands for a brace"},
        Refused{"format('}', 1)", Fault::value, 7, "the pattern has a } without its {; }} stands for a brace"}));

TEST(Check, WhatMayNotStandHereSaysWhy) {
  Scope scope = pipeline_scope();
  scope.refuse("needs", "cannot stand in `image`: what a job wrote cannot choose what runs");
  const auto result = checked("needs.build.outputs.version", scope);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().text(), "\"needs\" cannot stand in `image`: what a job wrote cannot choose what runs");
  EXPECT_EQ(result.error().fault, Fault::name);
  scope.declare("needs", Type::map({}));
  EXPECT_TRUE(checked("needs", scope));
}

TEST(Scope, TheInnerOneHidesWhatIsAround) {
  Scope outer, inner;
  outer.declare("a", Type::string()).declare("b", Type::string()).refuse("c", "is refused outside");
  inner.inside(outer).declare("c", Type::number()).refuse("b", "is refused inside").declare("a", Type::boolean());
  EXPECT_EQ(inner.find("a")->kind(), Kind::boolean);
  EXPECT_EQ(inner.find("b"), nullptr);
  EXPECT_EQ(*inner.refusal("b"), "is refused inside");
  EXPECT_EQ(inner.find("c")->kind(), Kind::number);
  EXPECT_EQ(inner.refusal("c"), nullptr);
  EXPECT_EQ(*outer.refusal("c"), "is refused outside");
  EXPECT_EQ(inner.names(), (std::vector<std::string_view>{"a", "c"}));
  outer.declare("d", Type::null());
  EXPECT_EQ(inner.names(), (std::vector<std::string_view>{"a", "c", "d"}));
}

TEST(Check, StatusIsKnownWhereTheScopeSays) {
  Scope scope = pipeline_scope();
  EXPECT_EQ(checked("failure()", scope)->stage, Stage::release);
  scope.status_known(Stage::agent);
  EXPECT_EQ(checked("failure() || inputs.fast", scope)->stage, Stage::agent);
}

TEST(Check, AConditionIsABoolean) {
  const auto condition = [](std::string_view text) { return check_condition(*parse(text), pipeline_scope()); };
  EXPECT_TRUE(condition("inputs.fast"));
  EXPECT_TRUE(condition("event.whatever"));
  EXPECT_EQ(condition("success()")->stage, Stage::release);
  EXPECT_EQ(condition("git.tag").error().text(),
            "a boolean is expected here, and git.tag is a string or null. There is no truthiness: compare it, as in "
            "git.tag != null.");
  EXPECT_EQ(condition("change.draft").error().text(), "change.draft may be null. Write change.draft == true.");
  EXPECT_EQ(condition("null").error().text(),
            "a boolean is expected here, and null is null. There is no truthiness: compare it, as in null != null.");
}

}  // namespace
}  // namespace open_cicd::expressions
