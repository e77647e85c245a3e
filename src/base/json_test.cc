#include "base/json.h"

#include <gtest/gtest.h>

namespace open_cicd::json {
namespace {

struct Inner {
  int number = 0;
  std::optional<std::string> note;
};
BOOST_DESCRIBE_STRUCT(Inner, (), (number, note))

struct Outer {
  std::string name;
  bool flag = false;
  std::vector<Inner> list;
  std::map<std::string, std::int64_t> counts;
  std::optional<double> share;
  std::uint8_t small = 7;
  static constexpr std::array<std::string_view, 2> json_optional = {"small", "counts"};
};
BOOST_DESCRIBE_STRUCT(Outer, (), (name, flag, list, counts, share, small))

std::vector<FieldError> errors_of(std::string_view text) {
  const auto read = read_text<Outer>(text, Unknown::reject);
  return read ? std::vector<FieldError>() : read.error().fields();
}

TEST(Json, ReadsDescribedStructs) {
  const auto read = read_text<Outer>(
      R"({"name":"n","flag":true,"list":[{"number":-3},{"number":4,"note":"x"}],"counts":{"a":1},"share":0.5})",
      Unknown::reject);
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(read->name, "n");
  EXPECT_TRUE(read->flag);
  ASSERT_EQ(read->list.size(), 2u);
  EXPECT_EQ(read->list[0].number, -3);
  EXPECT_FALSE(read->list[0].note);
  EXPECT_EQ(read->list[1].note, "x");
  EXPECT_EQ(read->counts.at("a"), 1);
  EXPECT_EQ(read->small, 7);
}

TEST(Json, NamesEveryWrongField) {
  const auto errors =
      errors_of(R"({"name":5,"flag":"yes","list":[{"number":1},{"number":1.5,"more":1}],"small":256,"zzz":null})");
  ASSERT_EQ(errors.size(), 6u);
  EXPECT_EQ(errors[0], (FieldError{"name", "expected a string, found a number"}));
  EXPECT_EQ(errors[1], (FieldError{"flag", "expected true or false, found a string"}));
  EXPECT_EQ(errors[2], (FieldError{"list[1].number", "expected a whole number, found a number"}));
  EXPECT_EQ(errors[3], (FieldError{"list[1].more", "is not a known field"}));
  EXPECT_EQ(errors[4], (FieldError{"small", "must be between 0 and 255"}));
  EXPECT_EQ(errors[5], (FieldError{"zzz", "is not a known field"}));
}

TEST(Json, AWholeNumberMayBeWrittenWithAPoint) {
  const auto read = read_text<Outer>(R"({"name":"n","flag":true,"list":[],"small":9.0})", Unknown::reject);
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(read->small, 9);
  const auto errors = errors_of(R"({"name":"n","flag":true,"list":[],"small":1e300})");
  ASSERT_EQ(errors.size(), 1U);
  EXPECT_EQ(errors[0], (FieldError{"small", "must be between 0 and 255"}));
}

TEST(Json, RequiresWhatHasNoDefault) {
  const auto errors = errors_of("{}");
  ASSERT_EQ(errors.size(), 3u);
  EXPECT_EQ(errors[0], (FieldError{"name", "is required"}));
  EXPECT_EQ(errors[2].path, "list");
}

TEST(Json, IgnoresUnknownFieldsOfANewerPeer) {
  EXPECT_TRUE(read_text<Inner>(R"({"number":1,"later":true})", Unknown::ignore));
  EXPECT_FALSE(read_text<Inner>(R"({"number":1,"later":true})", Unknown::reject));
  EXPECT_TRUE(read_text<Inner>(R"({"number":1,"ext":{"mine":true}})", Unknown::reject));
}

TEST(Json, WritesWhatItReads) {
  const Outer outer{
      .name = "a\"\n", .flag = true, .list = {{1, "x"}, {2, std::nullopt}}, .counts = {{"k", 1'234'567'890'123}}};
  const std::string text = write_text(outer);
  EXPECT_EQ(
      text,
      R"({"name":"a\"\n","flag":true,"list":[{"number":1,"note":"x"},{"number":2}],"counts":{"k":1234567890123},"small":7})");
  const auto again = read_text<Outer>(text, Unknown::reject);
  ASSERT_TRUE(again);
  EXPECT_EQ(write_text(*again), text);
}

TEST(Json, WritesAsTheLibraryDoes) {
  std::string all;
  for (int c = 0; c < 256; ++c) all.push_back(static_cast<char>(c));
  for (const std::string& text : {std::string(), all.substr(0, 128), std::string("ä€😀"), std::string("\"\\\"")})
    EXPECT_EQ(write_text(text), serialize(bj::value(text)));
  EXPECT_EQ(write_text(all), serialize(bj::value(all)));
  for (const double number : {0.0, -0.5, 1e300, 123456.75}) EXPECT_EQ(write_text(number), serialize(bj::value(number)));
  for (const std::int64_t number : {std::numeric_limits<std::int64_t>::min(), std::int64_t{0}, std::int64_t{42}})
    EXPECT_EQ(write_text(number), serialize(bj::value(number)));
  EXPECT_EQ(write_text(std::vector<std::optional<bool>>{true, false, std::nullopt}), "[true,false,null]");
  EXPECT_EQ(write_text(std::vector<std::vector<int>>{{}, {1}}), "[[],[1]]");
  EXPECT_EQ(write_text(std::map<std::string, bj::value>{{"a\n", bj::array{1, nullptr}}}), R"({"a\n":[1,null]})");
  EXPECT_EQ(write_text(std::map<std::string, int>{}), "{}");
  EXPECT_EQ(write_text(std::vector<Text>{{R"({"k":1})"}, {}}), R"([{"k":1},null])");
}

TEST(Json, ReadsItsOwnText) {
  EXPECT_EQ(read_own<Inner>(R"({"number":1,"later":true})").number, 1);
  EXPECT_EQ(write_text(read_own<std::vector<Inner>>(R"([{"number":1,"note":"x"}])")), R"([{"number":1,"note":"x"}])");
  EXPECT_THROW(read_own<Inner>(R"({"number":"1"})"), std::runtime_error);
  EXPECT_ANY_THROW(read_own<Inner>("{"));
}

TEST(Json, WritesInvalidUtf8AsReplacementCharacters) {
  EXPECT_EQ(write_text(std::string("a\xff")), "\"a\xef\xbf\xbd\"");
}

TEST(Json, G5_RefusesWhatIsNotStrictJson) {
  for (const std::string& text :
       {std::string(), std::string("{"), std::string("[1,]"), std::string("{\"a\":1,}"), std::string("01"),
        std::string("NaN"), std::string("'a'"), std::string("[1] 2"), std::string("\"\xff\""),
        std::string("\"\xed\xa0\x80\""), std::string("// a\n1"), std::string("\"a\nb\""),
        std::string("{\"a\":1,\"b\":{\"c\":1,\"c\":2}}"), std::string("{\"a\":1,\"\\u0061\":2}"),
        std::string(100'000, '['), std::string("\"\\ud800\"")}) {
    const auto parsed = parse(text);
    ASSERT_FALSE(parsed) << text.substr(0, 40);
    EXPECT_EQ(parsed.error().kind(), ErrorKind::malformed);
    EXPECT_EQ(parsed.error().code(), "malformed_json");
  }
  for (const std::string& text : {std::string("[\"a\",\n1"),
                                  std::string("[1,,2]"),
                                  std::string("[,1]"),
                                  std::string("{\"a\" 1}"),
                                  std::string("{a:1}"),
                                  std::string("{'a':1}"),
                                  std::string("{\"a\":1,,}"),
                                  std::string("[\"\\x00\"]"),
                                  std::string("[\"\\u12\"]"),
                                  std::string("[\"\\uD800\\u\"]"),
                                  std::string("[\"\t\"]"),
                                  std::string("[\"\0\"]", 5),
                                  std::string("\xef\xbb\xbf[]"),
                                  std::string("[]\xff"),
                                  std::string("\xff\xfe[\0]\0", 6),
                                  std::string("tru"),
                                  std::string("True"),
                                  std::string("[1]]"),
                                  std::string("{\"a\":/**/1}"),
                                  std::string("\xc0\xaf"),
                                  std::string("[\f]"),
                                  std::string("{}}"),
                                  std::string("-012"),
                                  std::string("[1\0]", 4)})
    EXPECT_FALSE(parse(text)) << text;
  EXPECT_TRUE(parse(std::string(32, '[') + std::string(32, ']')));
  EXPECT_FALSE(parse(std::string(65, '[') + std::string(65, ']')));
}

TEST(Json, G5_NumbersThatJsonCannotWriteAreRefused) {
  for (const char* text : {"1e400", "-1e400", "{\"a\": 20e990}", "[1e99999999999]", "1e+", "1.", ".5", "+1", "-", "0x1",
                           "1e1.5", "Infinity", "-Infinity", "nan"})
    EXPECT_FALSE(parse(text)) << text;
  for (const char* text : {"1e308", "-0", "1e-400", "9007199254740993", "18446744073709551615", "18446744073709551616",
                           "-9223372036854775809"})
    EXPECT_TRUE(parse(serialize(parse(text).value()))) << text;
}

TEST(Json, G5_SameKeyInDifferentObjectsIsFine) {
  EXPECT_TRUE(parse(R"([{"a":1},{"a":2,"b":{"a":3}}])"));
  const auto twice = parse("{\"k\\u001b\":1,\"k\\u001b\":2}");
  ASSERT_FALSE(twice);
  EXPECT_FALSE(twice.error().message().contains('\x1b'));
}

}  // namespace
}  // namespace open_cicd::json
