#include "expressions/value.h"

#include "base/json.h"
#include "expressions/type.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace open_cicd::expressions {
namespace {

Value from(std::string_view text) {
  return *json::parse(text);
}

TEST(Value, NumbersCompareWhateverTheirKind) {
  constexpr auto int_max = std::numeric_limits<std::int64_t>::max();
  // In order; those of one row are equal.
  const std::vector<std::vector<Value>> rows = {
      {-std::numeric_limits<double>::infinity()},
      {-1e300},
      {std::numeric_limits<std::int64_t>::min(), -0x1p63},
      {-2},
      {-1.5},
      {-1, -1.0},
      {0, 0.0, -0.0, std::uint64_t{0}},
      {0.5},
      {1, 1.0, std::uint64_t{1}},
      {std::int64_t{1} << 53},
      {(std::int64_t{1} << 53) + 1},
      {int_max, static_cast<std::uint64_t>(int_max)},
      {0x1p63, static_cast<std::uint64_t>(int_max) + 1},
      {std::numeric_limits<std::uint64_t>::max()},
      {0x1p64},
      {1e300},
      {std::numeric_limits<double>::infinity()},
      {std::nan("")},
  };
  for (std::size_t i = 0; i < rows.size(); ++i)
    for (std::size_t j = 0; j < rows.size(); ++j)
      for (const Value& a : rows[i])
        for (const Value& b : rows[j]) {
          EXPECT_EQ(compare_numbers(a, b), i <=> j) << i << " and " << j;
          EXPECT_EQ(equal(a, b), i == j) << i << " and " << j;
        }
}

TEST(Value, KindsAreNeverConverted) {
  const std::vector<Value> different = {nullptr,
                                        false,
                                        true,
                                        0,
                                        1,
                                        "",
                                        "1",
                                        "null",
                                        from("[]"),
                                        from("[1]"),
                                        from("[null]"),
                                        from("{}"),
                                        from(R"({"a":1})"),
                                        from(R"({"a":null})"),
                                        from(R"({"b":1})")};
  for (std::size_t i = 0; i < different.size(); ++i)
    for (std::size_t j = 0; j < different.size(); ++j)
      EXPECT_EQ(equal(different[i], different[j]), i == j) << i << " and " << j;
  EXPECT_TRUE(equal(from(R"({"a":1,"b":[2]})"), from(R"({"b":[2.0],"a":1.0})")));
}

TEST(Value, NumbersPrintWithoutAnExponentWhileTheyCan) {
  EXPECT_EQ(number_text(1), "1");
  EXPECT_EQ(number_text(1.0), "1");
  EXPECT_EQ(number_text(-0.0), "0");
  EXPECT_EQ(number_text(0.1), "0.1");
  EXPECT_EQ(number_text(-2.5), "-2.5");
  EXPECT_EQ(number_text(1e18), "1000000000000000000");
  EXPECT_EQ(number_text(std::numeric_limits<std::uint64_t>::max()), "18446744073709551615");
  EXPECT_EQ(number_text(1e30), "1e+30");
  EXPECT_EQ(number_text(1e-7), "1e-07");
}

TEST(Value, JsonHasNoSpacesAndEndsSoonAfterItsLimit) {
  EXPECT_EQ(json_text(from(R"({"b": [1.0, -2.5, true, null], "a": "ü\n", "c": {}})"), 1000),
            R"({"b":[1,-2.5,true,null],"a":"ü\n","c":{}})");
  EXPECT_EQ(json_text(Value(std::nan("")), 10), "null");
  const Value many(boost::json::array(10'000, Value("text")));
  EXPECT_GT(json_text(many, 100).size(), 100);
  EXPECT_LT(json_text(many, 100).size(), 120);
}

TEST(Value, WeightCountsValuesStringsAndKeys) {
  EXPECT_EQ(weight(nullptr, 1000), 16);
  EXPECT_EQ(weight("abc", 1000), 19);
  EXPECT_EQ(weight(from(R"([1, {"key": "v"}])"), 1000), 16 * 4 + 4);
  EXPECT_LT(weight(Value(boost::json::array(10'000, Value(1))), 100), 200);
}

TEST(Type, SaysItselfInWords) {
  EXPECT_EQ(Type::number().or_null().text(), "number or null");
  EXPECT_EQ(Type::list(Type::string()).text(), "list of string");
  EXPECT_EQ(Type::list(Type::string().or_null()).text(), "list of (string or null)");
  EXPECT_EQ(Type::list(Type::any()).text(), "list");
  EXPECT_EQ(Type::one_of({"a", "b"}).or_null().text(), "one of 'a', 'b' or null");
  EXPECT_EQ(Type::one_of({"a"}).text(), "'a'");
  EXPECT_EQ(Type::map({}).text(), "map");
  EXPECT_EQ(Type::any().or_null().text(), "any value");
  EXPECT_EQ(Type::null().or_null().text(), "null");
}

TEST(Type, CommonTypeIsWhatBothFit) {
  const Type number = Type::number(), string = Type::string(), none = Type::null();
  EXPECT_EQ(common_type(number, number), number);
  EXPECT_EQ(common_type(number, none), number.or_null());
  EXPECT_EQ(common_type(none, number), number.or_null());
  EXPECT_EQ(common_type(number.or_null(), number), number.or_null());
  EXPECT_EQ(common_type(number, string), Type::any());
  EXPECT_EQ(common_type(none, none), none);
  EXPECT_EQ(common_type(Type::one_of({"a"}), Type::one_of({"b", "a"})), Type::one_of({"a", "b"}));
  EXPECT_EQ(common_type(Type::one_of({"a"}), string), string);
  EXPECT_EQ(common_type(Type::list(number), Type::list(none)), Type::list(number.or_null()));
  EXPECT_EQ(common_type(Type::map({{"a", number}}), Type::map({{"a", number}, {"b", string}})),
            Type::map({{"a", number}, {"b", string.or_null()}}));
  EXPECT_EQ(common_type(Type::map({{"a", number}}), Type::open_map({}, number)),
            Type::open_map({{"a", number.or_null()}}, number));
  EXPECT_EQ(common_type(Type::open_map({}, number), Type::open_map({}, string)), Type::open_map({}, Type::any()));
  EXPECT_EQ(common_type(number.known(Stage::agent), none.known(Stage::release)), number.or_null().known(Stage::agent));
}

TEST(Type, AValueFitsItsOwnType) {
  for (const std::string_view text : {"null", "true", "1", "0.5", "'x'", R"("x")", "[]", "[1, null]", "[1, \"a\"]",
                                      R"({"a": [{"b": 1}, {"c": 2}]})"}) {
    const auto value = json::parse(text);
    if (value) EXPECT_TRUE(fits(*value, type_of(*value))) << text << ": " << type_of(*value).text();
  }
  EXPECT_EQ(type_of(from("[1, null]")), Type::list(Type::number().or_null()));
  EXPECT_EQ(type_of(from("[1, \"a\"]")), Type::list(Type::any()));
  EXPECT_EQ(type_of(from("[]")), Type::list(Type::any()));
}

TEST(Type, FitsAsItPromises) {
  EXPECT_FALSE(fits(nullptr, Type::number()));
  EXPECT_FALSE(fits(1, Type::null()));
  EXPECT_TRUE(fits(nullptr, Type::map({}).or_null()));
  EXPECT_TRUE(fits("a", Type::one_of({"a", "b"})));
  EXPECT_FALSE(fits("c", Type::one_of({"a", "b"})));
  const Type closed = Type::map({{"a", Type::number()}, {"b", Type::string().or_null()}});
  EXPECT_TRUE(fits(from(R"({"a":1})"), closed));
  EXPECT_FALSE(fits(from(R"({"b":"x"})"), closed));
  EXPECT_FALSE(fits(from(R"({"a":1,"c":2})"), closed));
  const Type open = Type::open_map({{"a", Type::number()}}, Type::string());
  EXPECT_TRUE(fits(from(R"({"a":1,"c":"x","d":null})"), open));
  EXPECT_FALSE(fits(from(R"({"a":1,"c":2})"), open));
}

TEST(Type, KnowsTheLatestStageInIt) {
  EXPECT_EQ(Type::number().latest_stage(), Stage::plan);
  EXPECT_EQ(Type::list(Type::number().known(Stage::agent)).latest_stage(), Stage::agent);
  EXPECT_EQ(Type::list(Type::number().known(Stage::agent)).stage(), Stage::plan);
  EXPECT_EQ(Type::map({{"a", Type::number().known(Stage::release)}}).known(Stage::agent).latest_stage(), Stage::agent);
  EXPECT_EQ(Type::open_map({}, Type::any().known(Stage::release)).latest_stage(), Stage::release);
}

}  // namespace
}  // namespace open_cicd::expressions
