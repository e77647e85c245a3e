#include "expressions/expression.h"
#include "expressions/limits.h"

#include <gtest/gtest.h>

#include <ostream>

namespace open_cicd::expressions {
namespace {

std::string repeated(std::string_view text, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

std::string printed(std::string_view text) {
  const auto parsed = parse(text);
  return parsed ? print(*parsed) : "error: " + parsed.error().text();
}

struct Printed {
  std::string_view text;
  std::string_view as;
};

TEST(Parse, PrintsWithoutNeedlessBracketsAndSpaces) {
  for (const auto& [text, as] : std::to_array<Printed>({
           {"null", "null"},
           {" true ", "true"},
           {"false", "false"},
           {"12", "12"},
           {"-0", "0"},
           {"1.0", "1"},
           {"1e2", "100"},
           {"-0.5", "-0.5"},
           {"1e30", "1e+30"},
           {"9223372036854775807", "9223372036854775807"},
           {"''", "''"},
           {"'it''s'", "'it''s'"},
           {"'a\nb'", "'a\nb'"},
           {"'}}'", "'}}'"},
           {"a", "a"},
           {"a.b", "a.b"},
           {"a['b']", "a.b"},
           {"a['b c']", "a['b c']"},
           {"a['1']", "a['1']"},
           {"a[0]", "a[0]"},
           {"a . b [ 'c' ] [ 1 ]", "a.b.c[1]"},
           {"a.build-linux.true.null", "a.build-linux.true.null"},
           {"needs[matrix.job].result", "needs[matrix.job].result"},
           {"1['a']", "1['a']"},
           {"'x'.a", "'x'.a"},
           {"(a || b).c", "(a || b).c"},
           {"a||b&&c", "a || b && c"},
           {"(a||b)&&c", "(a || b) && c"},
           {"(a&&b)||c", "a && b || c"},
           {"(a && b) && c", "(a && b) && c"},
           {"a && b && c", "a && b && c"},
           {"a||(b||c)", "a || (b || c)"},
           {"!a == b", "!a == b"},
           {"!(a == b)", "!(a == b)"},
           {"!!a", "!!a"},
           {"((((a))))", "a"},
           {"a<b", "a < b"},
           {"(a<b)==c", "(a < b) == c"},
           {"a\n!=\tb", "a != b"},
           {"f()", "f()"},
           {"f( a,b , c||d )", "f(a, b, c || d)"},
           {"f(g(x)).y", "f(g(x)).y"},
           {"truex", "truex"},
       }))
    EXPECT_EQ(printed(text), as) << text;
}

TEST(Parse, TheSameTreeWhateverItsSpelling) {
  EXPECT_EQ(*parse("a['b'] == 1.0"), *parse("(a.b)==1e0"));
  EXPECT_NE(*parse("a == 1"), *parse("a == '1'"));
  EXPECT_NE(*parse("a && b && c"), *parse("(a && b) && c"));
  EXPECT_NE(*parse("a.b"), *parse("a[b]"));
}

TEST(Parse, NodesKnowWhereTheyStand) {
  const Node root = parse(" a.b[c] == f('x')")->root();
  EXPECT_EQ(root.offset, 1);
  EXPECT_EQ(root.children[0].offset, 1);
  EXPECT_EQ(root.children[0].children[1].offset, 5);
  EXPECT_EQ(root.children[0].children[0].children[1].offset, 3);
  EXPECT_EQ(root.children[1].offset, 11);
  EXPECT_EQ(root.children[1].children[0].offset, 13);
}

struct Unparsable {
  std::string_view text;
  std::size_t offset;
  std::string_view error;
};

void PrintTo(const Unparsable& refused, std::ostream* out) {
  *out << refused.text;
}

class ParseErrors : public testing::TestWithParam<Unparsable> {};

TEST_P(ParseErrors, SayWhereAndWhatToWrite) {
  const auto& [text, offset, error] = GetParam();
  const auto parsed = parse(text);
  ASSERT_FALSE(parsed) << print(*parsed);
  EXPECT_EQ(parsed.error().text(), error);
  EXPECT_EQ(parsed.error().offset, offset);
  EXPECT_EQ(parsed.error().fault, Fault::syntax);
}

INSTANTIATE_TEST_SUITE_P(
    All, ParseErrors,
    testing::Values(
        Unparsable{"", 0, "there is no expression"}, Unparsable{"  ", 2, "there is no expression"},
        Unparsable{"a ==", 4, "the expression ends too early"}, Unparsable{"a &&", 4, "the expression ends too early"},
        Unparsable{"!", 1, "the expression ends too early"},
        Unparsable{"(a", 0, "the ( that begins here is not closed. Write ) where it ends."},
        Unparsable{"a[0", 1, "the [ that begins here is not closed. Write ] where it ends."},
        Unparsable{"f(a, b", 1, "the ( that begins here is not closed. Write ) where it ends."},
        Unparsable{"f(a,)", 4, "\")\" is not expected here"}, Unparsable{"f(,a)", 2, "\",\" is not expected here"},
        Unparsable{"a)", 1, "\")\" is not expected here"}, Unparsable{"()", 1, "\")\" is not expected here"},
        Unparsable{"a b", 2, "\"b\" is not expected here"},
        Unparsable{"a 'b'", 2, "the string 'b' is not expected here"},
        Unparsable{"a and b", 2, "\"and\" is not expected here. Write && for \"and\"."},
        Unparsable{"a or b", 2, "\"or\" is not expected here. Write || for \"or\"."},
        Unparsable{"not a", 4, "\"a\" is not expected here. Write ! for \"not\"."},
        Unparsable{"'x' in a", 4, "\"in\" is not expected here. Write contains(list, value)."},
        Unparsable{"a = b", 2, "a single = does not compare. Write ==."},
        Unparsable{"a === b", 2, "there is no operator ===. Write ==."},
        Unparsable{"a !== b", 2, "there is no operator !==. Write !=."},
        Unparsable{"a =~ b", 2, "there is no operator =~. Write matches(text, 'pattern')."},
        Unparsable{"a & b", 2, "a single & is no operator. Write &&."},
        Unparsable{"a | b", 2, "a single | is no operator. Write ||."},
        Unparsable{"inputs.count + 'x'", 13,
                   "there is no operator +. Write format('{0}{1}', a, b), or join(list, ', ')."},
        Unparsable{"a - 1", 2,
                   "there is no arithmetic in expressions. Compute it in a step, and read it as an output."},
        Unparsable{
            "a -1", 2,
            "\"-1\" is not expected here. There is no arithmetic: compute it in a step, and read it as an output."},
        Unparsable{"a * 2", 2,
                   "there is no arithmetic in expressions. Compute it in a step, and read it as an output."},
        Unparsable{
            "a ? b : c", 2,
            "there is no operator ?. Write default(value, fallback) where a value may be null; else use two steps "
            "with `if`."},
        Unparsable{"a < b < c", 6, "\"<\" is not expected here. Comparisons do not chain: write a < b && b < c."},
        Unparsable{"a == \"b\"", 5, "strings stand in single quotes. Write 'text'; a quote in it is doubled: 'it''s'."},
        Unparsable{"a == ‘b’", 5,
                   "strings stand in straight single quotes. Write 'text'; a quote in it is doubled: 'it''s'."},
        Unparsable{
            "a == 'b", 5,
            "the string that begins here has no closing quote. Write 'text'; a quote in it is doubled: 'it''s'."},
        Unparsable{"a == 'it's'", 9, "\"s\" is not expected here"},
        Unparsable{"${{ a }}", 0, "an expression has no ${{ inside. Write the name alone, such as git.branch."},
        Unparsable{"$HOME", 0,
                   "there are no variables of the shell here. Write env.NAME for what stands in `env` of the file."},
        Unparsable{"a }}", 2, "}} closes nothing"},
        Unparsable{"a.", 2, "a name is expected after the dot. Write ['a name'] for a key with other characters."},
        Unparsable{"a.0", 2, "a name is expected after the dot. Write [0] for an item of a list."},
        Unparsable{"a..b", 2, "a name is expected after the dot. Write ['a name'] for a key with other characters."},
        Unparsable{"a[]", 2, "\"]\" is not expected here"},
        Unparsable{"a.b(c)", 3, "\"(\" is not expected here. A function's name stands alone: contains(text, part)."},
        Unparsable{"[1]", 0,
                   "\"[\" is not expected here. There are no lists to write here: write from_json('[1, 2]')."},
        Unparsable{"{'a': 1}", 0, "there are no maps to write here. Write from_json('{\"key\": 1}')."},
        Unparsable{"012", 0, "012 begins with 0. Write a number without it, or a string in single quotes."},
        Unparsable{"30m", 0, "30m is not a number. Write '30m' for a string."},
        Unparsable{"1.2.3", 4, "a name is expected after the dot. Write [3] for an item of a list."},
        Unparsable{"9223372036854775808", 0,
                   "the number is out of range. Whole numbers have at most 18 digits, others an exponent up to 300."},
        Unparsable{"1e999", 0,
                   "the number is out of range. Whole numbers have at most 18 digits, others an exponent up to 300."},
        Unparsable{"a # b", 2, "\"#\" means nothing here"}, Unparsable{"a ä", 2, "\"ä\" means nothing here"},
        Unparsable{"a \x1b", 2, "\"\\x1b\" means nothing here"}));

TEST(Parse, LimitsAreErrorsThatNameThem) {
  const auto expect = [](const std::string& text, std::size_t offset, std::string_view error) {
    const auto parsed = parse(text);
    ASSERT_FALSE(parsed) << text.substr(0, 100);
    EXPECT_EQ(parsed.error().fault, Fault::limit);
    EXPECT_EQ(parsed.error().offset, offset);
    EXPECT_EQ(parsed.error().message, error);
  };
  const std::string_view deep = "the expression is more than 64 levels deep";
  const std::size_t max = limits::depth_max;
  EXPECT_TRUE(parse(repeated("(", max) + "a" + repeated(")", max)));
  expect(repeated("(", max + 1) + "a" + repeated(")", max + 1), max, deep);
  EXPECT_TRUE(parse(repeated("!", max - 1) + "a"));
  expect(repeated("!", max) + "a", 0, deep);
  EXPECT_TRUE(parse("a" + repeated(".b", max - 1)));
  expect("a" + repeated(".b", max), 0, deep);
  expect(repeated("f(", max) + "a" + repeated(")", max), 0, deep);
  expect(repeated("a[", 4000), max * 2 + 1, deep);
  expect(repeated("(", 5000), max, deep);
  expect(repeated("!(", 4000), max * 2 + 1, deep);
  EXPECT_TRUE(parse(repeated("a && ", 1000) + "a")) << "a chain is no depth";
  EXPECT_TRUE(parse("'" + std::string(limits::text_bytes_max - 2, 'x') + "'"));
  expect("'" + std::string(limits::text_bytes_max - 1, 'x') + "'", 0, "the expression is longer than 8192 bytes");
}

}  // namespace
}  // namespace open_cicd::expressions
