// Contract: values, statements and their failures.
#pragma once

#include "contract/db_contract_fixture.h"
#include "db/row.h"

#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <limits>

namespace open_cicd::db {

inline constexpr Query kCreateValues{"create_values",
                                     "CREATE TABLE vals (id bigint PRIMARY KEY, t text, b bytea, n bigint)"};
inline constexpr Query kInsertValue{"insert_value", "INSERT INTO vals (id, t, b, n) VALUES ($1, $2, $3, $4)"};
inline constexpr Query kGetValue{"get_value", "SELECT t, b, n FROM vals WHERE id = $1"};
inline constexpr Query kCountValues{"count_values", "SELECT count(*) FROM vals"};

TEST_P(DbContract, ValuesOfEveryTypeComeBackAsTheyWere) {
  write(kCreateValues);
  std::string all_bytes;
  for (int i = 0; i < 256; ++i) all_bytes.push_back(static_cast<char>(i));
  const std::string megabyte(1 << 20, 'x');
  using Limits = std::numeric_limits<std::int64_t>;
  struct Case {
    std::string text;
    std::string bytes;
    std::int64_t number;
  };
  const std::vector<Case> cases{{"", "", 0},
                                {"plain", std::string("\0", 1), Limits::max()},
                                {"grüße 試験 🚀 \r\n\t'\"\\ $1 %", all_bytes, Limits::min()},
                                {megabyte, megabyte + all_bytes, -1}};
  for (std::int64_t id = 0; const Case& c : cases) {
    EXPECT_EQ(write(kInsertValue, {id, c.text, Bytes{c.bytes}, c.number}).affected(), 1);
    const Rows rows = read(kGetValue, {id});
    ASSERT_EQ(rows.size(), 1u);
    EXPECT_EQ(rows.text(0, 0), c.text);
    EXPECT_EQ(rows.bytes(0, 1), c.bytes);
    EXPECT_EQ(rows.integer(0, 2), c.number);
    ++id;
  }
}

TEST_P(DbContract, NullIsNotEmpty) {
  write(kCreateValues);
  write(kInsertValue, {1, {}, {}, {}});
  const Rows rows = read(kGetValue, {1});
  EXPECT_TRUE(rows.is_null(0, 0) && rows.is_null(0, 1) && rows.is_null(0, 2));
  EXPECT_EQ(rows.maybe_text(0, 0), std::nullopt);
  EXPECT_EQ(rows.maybe_integer(0, 2), std::nullopt);
}

struct NamedValue {
  std::int64_t id = 0;
  std::string t;
  std::optional<std::int64_t> n;
  bool flag = false;
  std::vector<std::string> list;
};
BOOST_DESCRIBE_STRUCT(NamedValue, (), (id, t, n, flag, list))

TEST_P(DbContract, AStructIsReadByTheNamesOfItsColumnsWhereverTheyStand) {
  write(kCreateValues);
  write(kInsertValue, {7, std::string("[\"a\",\"b\"]"), {}, 1});
  const Query in_order{"named", "SELECT v.id, 'x' AS t, v.n, v.n AS flag, v.t AS list FROM vals v"};
  const Query moved{"named_moved", "SELECT v.n AS flag, v.b, v.t AS list, 'x' AS t, v.n, v.id FROM vals v"};
  for (const Query& query : {in_order, moved}) {
    const std::optional<NamedValue> value = read_first<NamedValue>(read(query));
    ASSERT_TRUE(value) << query.name;
    EXPECT_EQ(value->id, 7);
    EXPECT_EQ(value->t, "x");
    EXPECT_EQ(value->n, 1);
    EXPECT_TRUE(value->flag);
    EXPECT_EQ(value->list, (std::vector<std::string>{"a", "b"}));
  }
  EXPECT_EQ(read_column<std::optional<std::string>>(read(in_order), 0, "t"), "x");
  EXPECT_TRUE(
      read_all<NamedValue>(read({"none", "SELECT id, t, n, n AS flag, t AS list FROM vals WHERE id = 8"})).empty());
  EXPECT_FALSE(read_first<NamedValue>(read({"none_first", "SELECT id FROM vals WHERE id = 8"})));
}

TEST_P(DbContract, APrefixTellsTheColumnsOfTwoStructsApart) {
  const Rows rows =
      read({"prefixed",
            "SELECT CAST(1 AS bigint) AS id, CAST(2 AS bigint) AS a_id, CAST('y' AS text) AS a_t, CAST(NULL "
            "AS bigint) AS a_n, CAST(0 AS bigint) AS a_flag, CAST('[]' AS text) AS a_list"});
  const NamedValue value = Reader<NamedValue>(rows, "a_")[0];
  EXPECT_EQ(value.id, 2);
  EXPECT_EQ(value.n, std::nullopt);
}

TEST_P(DbContract, AColumnThatIsMissingOrOfAnotherTypeIsAnErrorThatNamesIt) {
  const auto refused = [&](std::string_view sql) {
    const Rows rows = read({sql, sql});
    try {
      read_first<NamedValue>(rows);
    } catch (const DatabaseError& e) {
      return std::string(e.what());
    }
    return std::string("read");
  };
  EXPECT_TRUE(refused("SELECT CAST(1 AS bigint) AS id").contains("column t"));
  EXPECT_TRUE(
      refused("SELECT CAST(NULL AS bigint) AS id, CAST('x' AS text) AS t, CAST(1 AS bigint) AS n, CAST(1 AS bigint) "
              "AS flag, CAST('[]' AS text) AS list")
          .contains("column id"));
}

TEST_P(DbContract, ParametersAreBoundByNumberNotByOrder) {
  const Rows rows = read({"order", "SELECT CAST($2 AS text), CAST($1 AS text), CAST($2 AS text)"},
                         {std::string("one"), std::string("two")});
  EXPECT_EQ(rows.text(0, 0) + rows.text(0, 1) + rows.text(0, 2), "twoonetwo");
}

TEST_P(DbContract, AggregatesAreIntegers) {
  write(kCreateValues);
  EXPECT_TRUE(read({"sum", "SELECT sum(n) FROM vals"}).is_null(0, 0));
  for (int id = 1; id <= 4; ++id) write(kInsertValue, {id, {}, {}, 1'000'000'007LL * id});
  EXPECT_EQ(read({"sum", "SELECT sum(n) FROM vals"}).integer(0, 0), 10'000'000'070LL);
  EXPECT_EQ(read({"negative", "SELECT -sum(n) FROM vals"}).integer(0, 0), -10'000'000'070LL);
  EXPECT_EQ(read({"max", "SELECT max(id), min(n), count(t) FROM vals"}).integer(0, 0), 4);
  EXPECT_EQ(read({"round", "SELECT sum(n) - sum(n) + 40000 FROM vals"}).integer(0, 0), 40000);
}

TEST_P(DbContract, AffectedCountsChangedRowsOnly) {
  write(kCreateValues);
  for (int id = 1; id <= 3; ++id) write(kInsertValue, {id, {}, {}, 0});
  EXPECT_EQ(write({"update", "UPDATE vals SET n = 1 WHERE id >= $1"}, {2}).affected(), 2);
  EXPECT_EQ(write({"update", "UPDATE vals SET n = 1 WHERE id >= $1"}, {9}).affected(), 0);
  EXPECT_EQ(write(kCountValues).affected(), 0);
  EXPECT_EQ(write({"delete", "DELETE FROM vals WHERE n = 1"}).affected(), 2);
  EXPECT_EQ(write({"drop", "DROP TABLE vals"}).affected(), 0);
}

TEST_P(DbContract, ReturningGivesRowsAndAffected) {
  write(kCreateValues);
  const Rows rows = write({"returning", "INSERT INTO vals (id, t) VALUES (1, $1), (2, $2) RETURNING id, t"},
                          {std::string("x"), std::string("y")});
  EXPECT_EQ(rows.affected(), 2);
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows.integer(1, 0), 2);
  EXPECT_EQ(rows.text(1, 1), "y");
  const Rows none = write({"returning_none", "UPDATE vals SET t = 'z' WHERE id = 7 RETURNING id"});
  EXPECT_EQ(none.affected(), 0);
  EXPECT_TRUE(none.empty());
}

TEST_P(DbContract, OnConflictDoNothingChangesNothing) {
  write(kCreateValues);
  constexpr Query insert{"insert_once", "INSERT INTO vals (id, t) VALUES ($1, $2) ON CONFLICT DO NOTHING"};
  EXPECT_EQ(write(insert, {1, std::string("first")}).affected(), 1);
  EXPECT_EQ(write(insert, {1, std::string("second")}).affected(), 0);
  EXPECT_EQ(read(kGetValue, {1}).text(0, 0), "first");
}

TEST_P(DbContract, StatementErrorsLeaveTheSessionUsable) {
  using enum DatabaseError::Kind;
  write(kCreateValues);
  write(kInsertValue, {1, std::string("kept"), {}, 1});
  EXPECT_EQ(failure_of([&] { read({"syntax", "SELEC 1"}); }), statement);
  EXPECT_EQ(failure_of([&] { read({"missing", "SELECT * FROM missing"}); }), statement);
  EXPECT_EQ(failure_of([&] { write(kInsertValue, {1, {}, {}, 1}); }), statement);
  EXPECT_EQ(failure_of([&] { read(kGetValue, {}); }), statement) << "a parameter is missing";
  EXPECT_EQ(failure_of([&] { read(kGetValue, {1, 2}); }), statement) << "a parameter too many";
  EXPECT_EQ(failure_of([&] { read({"two", "SELECT 1; SELECT 2"}); }), statement);
  EXPECT_EQ(failure_of([&] { write(kInsertValue, {2, std::string("a\0b", 3), {}, 1}); }), statement);
  EXPECT_EQ(failure_of([&] { write(kInsertValue, {2, std::string("\xff"), {}, 1}); }), statement);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(read(kGetValue, {1}).text(0, 0), "kept");
  EXPECT_EQ(read(kCountValues).integer(0, 0), 1);
}

TEST_P(DbContract, ReadRefusesToWrite) {
  write(kCreateValues);
  EXPECT_EQ(failure_of([&] { read(kInsertValue, {1, {}, {}, {}}); }), DatabaseError::Kind::statement);
  EXPECT_EQ(read(kCountValues).integer(0, 0), 0);
}

TEST_P(DbContract, MoreStatementsThanTheCacheHolds) {
  for (int i = 0; i < 1200; ++i) {
    const std::string sql = fmt::format("SELECT CAST($1 AS bigint) + {}", i);
    ASSERT_EQ(read({"many", sql}, {1}).integer(0, 0), i + 1);
  }
}

TEST_P(DbContract, MetricsCountQueriesByName) {
  prometheus::Registry registry;
  Metrics metrics(registry);
  session_ = database_->open(&metrics);
  write(kCreateValues);
  for (int i = 0; i < 3; ++i) read(kCountValues);
  failure_of([&] { read({"broken", "SELECT * FROM missing"}); });
  const std::string text = prometheus::TextSerializer().Serialize(registry.Collect());
  EXPECT_NE(text.find("open_cicd_db_query_seconds_count{query=\"count_values\"} 3"), std::string::npos) << text;
  EXPECT_NE(text.find("open_cicd_db_query_errors_total{query=\"broken\"} 1"), std::string::npos) << text;
  EXPECT_NE(text.find("open_cicd_db_query_errors_total{query=\"count_values\"} 0"), std::string::npos) << text;
  EXPECT_NE(text.find("open_cicd_db_commit_group_size_count 1"), std::string::npos) << text;
  session_.reset();
}

}  // namespace open_cicd::db
