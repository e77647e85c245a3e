#include "expressions/template.h"

#include "expressions/scope_fixture.h"

#include <gtest/gtest.h>

namespace open_cicd::expressions {
namespace {

std::string template_result(std::string_view text) {
  PipelineValues values;
  const auto parsed = parse_template(text);
  if (!parsed) return fmt::format("{}: {}", parsed.error().offset, parsed.error().text());
  const auto value = evaluate(*parsed, values.context());
  return value ? json_text(*value, 100'000) : fmt::format("{}: {}", value.error().offset, value.error().text());
}

struct TemplateCase {
  std::string_view text;
  std::string_view result;
};

TEST(Template, GivesTextOrTheValueOfItsOnlyExpression) {
  for (const auto& [text, expected] : std::to_array<TemplateCase>({
           {"", "\"\""},
           {"plain", "\"plain\""},
           {"$ { } }} $${ {{", "\"$ { } }} $${ {{\""},
           {"cc-${{ matrix.db }}", "\"cc-postgres:16\""},
           {"${{git.sha}}-${{ run.number }}-${{ inputs.fast }}", "\"0123abcd-12-true\""},
           {"${{ run.number }}", "12"},
           {"${{ inputs.fast }}", "true"},
           {"${{ git.tag }}", "null"},
           {"${{ git.changed }}", R"(["src/a.cc","docs/b.md"])"},
           {" ${{ run.number }}", "\" 12\""},
           {"${{ matrix.ports[2] }}!", "\"3000000000!\""},
           {"${{ '${{' }} x }}", "\"${{ x }}\""},
           {"${{ '}}' }}${{ format('{{{0}}}', 1) }}", "\"}}{1}\""},
           {"$${{ 1 }}", "\"$1\""},
           {"ä${{ 'ö' }}", "\"äö\""},
           // and errors, with offsets in the whole text
           {"v-${{ git.tag }}",
            "6: git.tag is null, which has no text. Say what to write then: default(git.tag, '…')."},
           {"v-${{ git.changed }}",
            "6: git.changed is a list, which has no text. Write join(git.changed, ', ') or to_json(git.changed)."},
           {"v-${{ git }}", "6: git is a map, which has no text. Write to_json(git)."},
           {"ab ${{ git.sha", "3: the ${{ that begins here is not closed. Write }} where the expression ends."},
           {"ab ${{ git.sha }", "15: \"}\" means nothing here"},
           {"ab ${{", "3: the ${{ that begins here is not closed. Write }} where the expression ends."},
           {"ab ${{ f(a", "8: the ( that begins here is not closed. Write ) where it ends."},
           {"ab ${{ (a }}", "7: the ( that begins here is not closed. Write ) where it ends."},
           {"ab ${{ a && }}", "12: the expression ends too early"},
           {"ab ${{ }}", "7: there is no expression"},
           {"ab ${{ 'x }}",
            "7: the string that begins here has no closing quote. Write 'text'; a quote in it is doubled: 'it''s'."},
           {"${{ a + b }}", "6: there is no operator +. Write format('{0}{1}', a, b), or join(list, ', ')."},
           {"x ${{ ${{ a }} }}", "6: an expression has no ${{ inside. Write the name alone, such as git.branch."},
       }))
    EXPECT_EQ(template_result(text), expected) << text;
}

TEST(Template, KnowsItsParts) {
  const auto parsed = parse_template("a${{ b }}c${{d}}");
  ASSERT_TRUE(parsed);
  ASSERT_EQ(parsed->parts().size(), 4);
  EXPECT_EQ(parsed->parts()[0].literal, "a");
  EXPECT_EQ(parsed->parts()[1].offset, 1);
  EXPECT_EQ(print(*parsed->parts()[1].expression), "b");
  EXPECT_EQ(parsed->parts()[1].expression->root().offset, 5);
  EXPECT_EQ(parsed->parts()[2].offset, 9);
  EXPECT_EQ(parsed->parts()[3].expression->root().offset, 13);
  EXPECT_EQ(print(*parsed), "a${{ b }}c${{ d }}");
  EXPECT_EQ(parsed->only(), nullptr);
  EXPECT_TRUE(parsed->has_expressions());
  EXPECT_FALSE(parse_template("plain")->has_expressions());
  EXPECT_NE(parse_template("${{ a }}")->only(), nullptr);
  EXPECT_TRUE(has_expression("echo ${{ a"));
  EXPECT_FALSE(has_expression("echo ${a} {{ b }}"));
}

TEST(Template, TypesAndStages) {
  const Scope scope = pipeline_scope();
  const auto checked = [&](std::string_view text) { return check(*parse_template(text), scope); };
  EXPECT_EQ(checked("plain")->type.text(), "string");
  EXPECT_EQ(checked("${{ inputs.count }}")->type.text(), "number");
  EXPECT_EQ(checked("x${{ inputs.count }}")->type.text(), "string");
  EXPECT_EQ(checked("x${{ inputs.count }}")->stage, Stage::plan);
  EXPECT_EQ(checked("${{ inputs.count }}${{ steps.tag.outcome }}${{ run.number }}")->stage, Stage::agent);
  EXPECT_TRUE(checked("x${{ git.tag }}")) << "it may be null, which shows when it is evaluated";
  EXPECT_EQ(checked("x${{ null }}").error().text(), "null is null, which has no text");
  EXPECT_EQ(
      checked("x${{ git.changed }}").error().text(),
      "git.changed is a list of string, which has no text. Write join(git.changed, ', ') or to_json(git.changed).");
  EXPECT_EQ(checked("x${{ change }}").error().text(),
            "change is a map or null, which has no text. Write to_json(change).");
  EXPECT_EQ(checked("abc ${{ gti }}").error().offset, 8);
}

TEST(Template, AsTextEvenAlone) {
  PipelineValues values;
  const auto text = [&](std::string_view t) { return evaluate_text(*parse_template(t), values.context()); };
  EXPECT_EQ(text("${{ run.number }}"), "12");
  EXPECT_EQ(text("${{ inputs.fast }}"), "true");
  EXPECT_EQ(text("${{ git.tag }}").error().fault, Fault::value);
  EXPECT_EQ(text("${{ git.changed }}").error().fault, Fault::type);
}

TEST(Template, PartsShareOneBudget) {
  PipelineValues values;
  const auto parsed = parse_template("${{ 1 == 1 }}${{ 1 == 1 }}");
  EXPECT_EQ(evaluate(*parsed, values.context(), {.operations = 5}).error().message,
            "the expression takes more than 5 operations");
  EXPECT_TRUE(evaluate(*parsed, values.context(), {.operations = 10}));
  const auto twice = parse_template("${{ git.sha }}${{ git.sha }}");
  EXPECT_TRUE(evaluate(*twice, values.context(), {.result_bytes = 16}));
  EXPECT_EQ(evaluate(*twice, values.context(), {.result_bytes = 15}).error().message,
            "git.sha is longer than 15 bytes");
  EXPECT_EQ(evaluate(*parse_template("${{ git.sha }}-"), values.context(), {.result_bytes = 8}).error().message,
            "the text is longer than 8 bytes");
}

TEST(Template, LimitsAreErrors) {
  EXPECT_TRUE(parse_template(std::string(limits::template_bytes_max, 'x')));
  EXPECT_EQ(parse_template(std::string(limits::template_bytes_max + 1, 'x')).error().message,
            "the text is longer than 65536 bytes");
  const std::string big = "'" + std::string(limits::text_bytes_max, 'x') + "'";
  const auto parsed = parse_template("ab${{" + big + "}}");
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().message, "the expression is longer than 8192 bytes");
  EXPECT_EQ(parsed.error().offset, 5);
}

TEST(Condition, WithAndWithoutBraces) {
  const auto condition = [](std::string_view text) {
    const auto parsed = parse_condition(text);
    return parsed ? print(*parsed) : fmt::format("{}: {}", parsed.error().offset, parsed.error().text());
  };
  EXPECT_EQ(condition("a && b"), "a && b");
  EXPECT_EQ(condition("${{ a && b }}"), "a && b");
  EXPECT_EQ(condition("\n ${{a}} \n"), "a");
  EXPECT_EQ(
      condition("${{ a }} && b"),
      "9: nothing may follow the expression of a condition. Write the whole condition in one ${{ }}, or without.");
  EXPECT_EQ(condition("a && ${{ b }}"),
            "5: an expression has no ${{ inside. Write the name alone, such as git.branch.");
  EXPECT_EQ(condition(" ${{ a"), "1: the ${{ that begins here is not closed. Write }} where the expression ends.");
  EXPECT_EQ(condition(""), "0: there is no expression");
  EXPECT_EQ(parse_condition("  ${{ a }}")->root().offset, 6);
}

}  // namespace
}  // namespace open_cicd::expressions
