#include "pipelines/limits.h"
#include "pipelines/node.h"

#include <gtest/gtest.h>

#include <chrono>
#include <malloc.h>

namespace open_cicd::pipelines {
namespace {

using Kind = Node::Kind;

NodePtr composed(std::string_view text) {
  auto root = compose_yaml(text);
  if (root) return *root;
  ADD_FAILURE() << root.error().message();
  return std::make_shared<Node>();
}

// "line:column: message", or "" when it was accepted.
std::string refusal(std::string_view text) {
  const auto root = compose_yaml(text);
  if (root) return "";
  EXPECT_EQ(root.error().kind(), ErrorKind::malformed);
  EXPECT_EQ(root.error().code(), "malformed_yaml");
  const FieldError& field = root.error().fields().at(0);
  return fmt::format("{}:{}: {}", field.line, field.column, field.message);
}

Kind kind_of(std::string_view scalar) {
  return composed(fmt::format("a: {}\n", scalar))->find("a")->value->kind;
}

std::string repeat(std::string_view text, int times) {
  std::string out;
  while (times-- > 0) out += text;
  return out;
}

struct Cost {
  std::chrono::milliseconds time;
  std::size_t bytes;
};
template <class F>
Cost cost_of(F work) {
  const auto used = [] { return ::mallinfo2().uordblks + ::mallinfo2().hblkhd; };
  const std::size_t before = used();
  const auto start = std::chrono::steady_clock::now();
  work();
  const auto time = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start);
  const std::size_t after = used();
  return {time, after > before ? after - before : 0};
}

// What a sanitizer's slowness does not change: a bomb that really expanded would take minutes.
constexpr std::chrono::milliseconds bomb_time_max{500};

std::string alias_bomb() {
  std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 9; ++i) text += fmt::format("a{0}: &a{0} [{1}]\n", i, repeat(fmt::format("*a{},", i - 1), 9));
  return text;
}

TEST(Yaml, G1_AliasBombIsRefusedQuickly) {
  std::string wrong;
  const Cost cost = cost_of([&] { wrong = refusal(alias_bomb()); });
  EXPECT_TRUE(wrong.contains("More than 50000 values, aliases and merge keys expanded")) << wrong;
  EXPECT_LT(cost.time, bomb_time_max);
  EXPECT_LT(cost.bytes, 32u << 20);
}

TEST(Yaml, G1_AliasBombOfLongStringsIsRefused) {
  const std::string text = "a: &a " + std::string(100'000, 'x') + "\nb: [" + repeat("*a,", 50) + "]\n";
  EXPECT_TRUE(refusal(text).contains("Larger than 4194304 bytes"));
}

TEST(Yaml, G1_SelfReferencingAnchorIsRefused) {
  EXPECT_EQ(refusal("a: &a [*a]\n"), "1:8: The alias *a is inside its own anchor.");
  EXPECT_EQ(refusal("a: &a {b: {c: *a}}\n"), "1:15: The alias *a is inside its own anchor.");
  EXPECT_EQ(refusal("&a a: &b\n  c: *b\n"), "2:6: The alias *b is inside its own anchor.");
}

TEST(Yaml, G1_MergeKeyBombIsRefusedQuickly) {
  std::string text = "a0: &a0 {" + repeat("", 1);
  for (int i = 0; i < 200; ++i) text += fmt::format("k{}: v,", i);
  text += "}\n";
  for (int i = 1; i < 12; ++i)
    text += fmt::format("a{0}: &a{0} {{<<: [{1}]}}\n", i, repeat(fmt::format("*a{},", i - 1), 9));
  std::string wrong;
  const Cost cost = cost_of([&] { wrong = refusal(text); });
  EXPECT_TRUE(wrong.contains("More than 50000 values")) << wrong;
  EXPECT_LT(cost.time, bomb_time_max);
}

TEST(Yaml, G1_UnknownAliasIsRefused) {
  EXPECT_EQ(refusal("a: *b\n"), "1:4: There is no anchor &b above.");
}

TEST(Yaml, G1_DepthThroughAliasesCounts) {
  const std::string half = repeat("[", 40) + repeat("]", 40);
  EXPECT_EQ(refusal("a: &a " + half + "\n"), "");
  EXPECT_TRUE(refusal("a: &a " + half + "\nb: " + repeat("[", 40) + "*a" + repeat("]", 40) + "\n")
                  .contains("Nested deeper than 64"));
}

TEST(Yaml, G2_DeepNestingIsRefusedWithoutRecursion) {
  for (const std::string_view open : {"[", "{a: ", "- "}) {
    std::string wrong;
    const Cost cost = cost_of([&] { wrong = refusal(repeat(open, 100'000)); });
    EXPECT_TRUE(wrong.contains("Nested deeper than 64 levels.") || wrong.contains("does not allow") ||
                wrong.contains("not YAML"))
        << open << " → " << wrong;
    EXPECT_LT(cost.time, bomb_time_max);
  }
  std::string deep;
  for (int i = 0; i < 66; ++i) deep += std::string(static_cast<std::size_t>(i), ' ') + "a:\n";
  EXPECT_EQ(refusal(deep), "65:65: Nested deeper than 64 levels.");
  EXPECT_EQ(refusal(repeat("[", 64) + repeat("]", 64)), "");
  EXPECT_EQ(refusal(repeat("[", 65) + repeat("]", 65)), "1:65: Nested deeper than 64 levels.");
}

TEST(Yaml, G2_TooManyKeysAndAnchorsAreRefused) {
  std::string keys;
  for (int i = 0; i < 60'000; ++i) keys += fmt::format("k{}: 1\n", i);
  EXPECT_TRUE(refusal(keys).contains("More than 50000 values"));
  std::string anchors;
  for (int i = 0; i < 60'000; ++i) anchors += fmt::format("- &b{} x\n", i);
  EXPECT_TRUE(refusal(anchors).contains("More than 50000 values"));
}

TEST(Yaml, G2_TextOverOneMebibyteIsRefusedUnread) {
  EXPECT_EQ(refusal("a: " + std::string(limits::text_bytes_max, 'x')), "1:1: The file is larger than 1048576 bytes.");
  const std::string most = "a: " + std::string(limits::text_bytes_max - 3, 'x');
  EXPECT_EQ(composed(most)->find("a")->value->text.size(), limits::text_bytes_max - 3);
}

TEST(Yaml, G3_DuplicateKeysAreRefused) {
  EXPECT_EQ(refusal("a: 1\nb: 2\na: 3\n"), "3:1: The key \"a\" stands twice in one map.");
  EXPECT_EQ(refusal("{a: 1, \"a\": 2}"), "1:8: The key \"a\" stands twice in one map.");
  EXPECT_EQ(refusal("<<: {a: 1}\n<<: {b: 1}\n"), "2:1: The key \"<<\" stands twice in one map.");
}

TEST(Yaml, G3_CoreSchemaDecidesWhatIsAString) {
  for (const char* text :
       {"on",       "off",  "yes", "no",  "y",    "NO", "1_000", "2026-11-24", "2026-11-24T17:00:00Z",
        "12:30:45", "0b1",  "0o9", "0x",  "-0x1", "+",  ".",     "1e",         "1.2.3",
        "nUll",     "tRue", "0o",  "--1", "+-1",  "v1", "'1'",   "\"true\"",   "!!str 12",
        "! 12",     "1e3x"})
    EXPECT_EQ(kind_of(text), Kind::string) << text;
  for (const char* text : {"true", "True", "TRUE", "false", "False", "FALSE", "!!bool true"})
    EXPECT_EQ(kind_of(text), Kind::boolean) << text;
  for (const char* text : {"~", "null", "Null", "NULL"}) EXPECT_EQ(kind_of(text), Kind::null) << text;
  for (const char* text : {"0", "12", "-12", "+12", "012", "0o17", "0xff", "!!int \"12\""})
    EXPECT_EQ(kind_of(text), Kind::integer) << text;
  for (const char* text :
       {"1.5", "1e3", "-1.5E-3", ".5", "1.", ".inf", "-.INF", ".nan", "99999999999999999999", "1e400"})
    EXPECT_EQ(kind_of(text), Kind::number) << text;
  EXPECT_EQ(composed("a: 012")->find("a")->value->integer, 12);
  EXPECT_EQ(composed("a: 0o17")->find("a")->value->integer, 15);
  EXPECT_EQ(composed("a: 1e3")->find("a")->value->number, 1000);
  EXPECT_EQ(composed("on: 1")->members[0].key, "on");
}

TEST(Yaml, G3_MergeKeysFollowTheirOrder) {
  const NodePtr root = composed("x: &x {a: 1, b: 1}\ny: &y {b: 2, c: 2}\nz:\n  c: 3\n  <<: [*x, *y]\n");
  const Node& z = *root->find("z")->value;
  EXPECT_EQ(z.find("a")->value->integer, 1);
  EXPECT_EQ(z.find("b")->value->integer, 1);
  EXPECT_EQ(z.find("c")->value->integer, 3);
  EXPECT_EQ(z.members.size(), 3u);
  EXPECT_EQ(composed("'<<': 1")->members[0].key, "<<");
  EXPECT_EQ(refusal("<<: 1\n"), "1:5: \"<<\" takes a map or a list of maps.");
  EXPECT_EQ(refusal("<<: [{a: 1}, 2]\n"), "1:14: \"<<\" takes a map or a list of maps.");
}

TEST(Yaml, G4_TagsOutsideTheCoreSchemaAreRefused) {
  EXPECT_EQ(refusal("a: !!binary aGk=\n"),
            "1:4: The tag \"tag:yaml.org,2002:binary\" is not supported: write the value without it.");
  for (const char* text :
       {"a: !!python/object:os.system x", "a: !x y", "a: !x [y]", "a: !x {y: z}", "a: !!set {y}", "a: !!omap [y: 1]",
        "a: !!int x", "a: !!timestamp 2026-01-01", "%TAG ! tag:evil,2000:\n---\na: !x y"})
    EXPECT_TRUE(refusal(text).contains("is not supported: write the value without it")) << text;
  EXPECT_EQ(refusal("a: !!map {b: !!seq [!!str c, !!float 1.5, !!null ~]}\n"), "");
}

TEST(Yaml, G4_OneDocumentOnly) {
  EXPECT_EQ(refusal("---\na: 1\n...\n"), "");
  EXPECT_EQ(refusal("a: 1\n---\nb: 2\n"), "2:1: Only one document is taken: remove what follows \"---\".");
  EXPECT_EQ(composed("")->kind, Kind::null);
  EXPECT_EQ(composed("# only a comment\n")->kind, Kind::null);
}

TEST(Yaml, G4_EncodingsAreDefined) {
  EXPECT_EQ(refusal("\xef\xbb\xbf"
                    "a: 1\n"),
            "1:1: The file starts with a byte order mark: save it as UTF-8 without one.");
  const std::string utf16 = "The file is UTF-16 or UTF-32: save it as UTF-8.";
  EXPECT_EQ(refusal(std::string_view("\xff\xfe"
                                     "a\0:\0",
                                     6)),
            "1:1: " + utf16);
  EXPECT_EQ(refusal(std::string_view("\xfe\xff\0a\0:", 6)), "1:1: " + utf16);
  EXPECT_EQ(refusal(std::string_view("a\0:\0", 4)), "1:1: " + utf16);
  EXPECT_EQ(refusal(std::string_view("\0a\0:", 4)), "1:1: " + utf16);
  EXPECT_TRUE(refusal("a: 1\nb: \xc3\x28\n").starts_with("2:5: This is not YAML text: invalid trailing UTF-8 octet"))
      << refusal("a: 1\nb: \xc3\x28\n");
  EXPECT_TRUE(refusal("a: \xed\xa0\x80\n").starts_with("1:4: "));
  EXPECT_TRUE(refusal("a: \xc0\xaf\n").starts_with("1:4: "));
}

TEST(Yaml, G4_ControlCharactersAreRefused) {
  EXPECT_TRUE(refusal("é: 1\nb: \x01\n").starts_with("2:4: This is not YAML text: control characters are not allowed"));
  EXPECT_TRUE(refusal("a: \xc2\x9b\n").starts_with("1:4: "));
  EXPECT_TRUE(refusal(std::string_view("abc: d\0e\n", 9)).starts_with("1:7: "));
  EXPECT_EQ(composed("a: \"\\e\"")->find("a")->value->text, "\x1b");
}

TEST(Yaml, SyntaxErrorsNameTheirPlace) {
  EXPECT_EQ(refusal("a: 1\n b: 2\n"),
            "2:3: This is not YAML: mapping values are not allowed in this context. A key begins its line; a value "
            "with \": \" in it needs quotes.");
  EXPECT_EQ(refusal("a:\n\tb: 1\n"),
            "2:1: This is not YAML: found character that cannot start any token. Indent with spaces, not with tabs.");
  EXPECT_TRUE(refusal("a: [1, 2\n").starts_with("2:1: "));
  EXPECT_TRUE(refusal("a: \"x\n").starts_with("2:1: "));
  EXPECT_EQ(refusal("? [a]\n: b\n"), "1:3: A key must be a string, not a list or a map.");
  EXPECT_EQ(refusal("? \n: b\n"), "1:2: A key must not be empty.");
}

TEST(Yaml, ColumnsCountCharacters) {
  const NodePtr root = composed("\"äöü\": [1, \xf0\x9f\x98\x80, x]\n");
  const Node& list = *root->members[0].value;
  EXPECT_EQ(list.at.column, 8);
  EXPECT_EQ(list.items[2]->at.column, 15);
}

TEST(Yaml, LineBreaksOfWindowsAreLineBreaks) {
  const NodePtr root = composed("a: |\r\n  x\r\n  y\r\nb: 1\r\n");
  EXPECT_EQ(root->find("a")->value->text, "x\ny\n");
  EXPECT_EQ(root->find("b")->key_at.line, 4);
}

TEST(JsonDocument, LimitsAreTheSame) {
  EXPECT_TRUE(compose_json("[" + repeat("1,", 49'998) + "1]"));
  const auto many = compose_json("[" + repeat("1,", 49'999) + "1]");
  ASSERT_FALSE(many);
  EXPECT_EQ(many.error().message(), "The document has more than 50000 values.");
  EXPECT_FALSE(compose_json(repeat("[", 100'000)));
  EXPECT_FALSE(compose_json("\"" + std::string(limits::text_bytes_max, 'x') + "\""));
  EXPECT_FALSE(compose_json(R"({"a": 1, "a": 2})"));
}

TEST(JsonDocument, NumbersKeepTheirText) {
  const auto root = compose_json(R"([1, -1, 1.5, 18446744073709551615, true])");
  ASSERT_TRUE(root);
  EXPECT_EQ((*root)->items[0]->text, "1");
  EXPECT_EQ((*root)->items[2]->text, "1.5");
  EXPECT_EQ((*root)->items[3]->kind, Kind::number);
  EXPECT_EQ((*root)->items[4]->text, "true");
}

}  // namespace
}  // namespace open_cicd::pipelines
