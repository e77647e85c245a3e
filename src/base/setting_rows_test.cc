#include "base/setting_rows.h"

#include <gtest/gtest.h>

#include <vector>

namespace open_cicd {
namespace {

struct Kitchen {
  Milliseconds bake{90'000};
  std::int64_t flour = std::int64_t{2} << 30;
  int eggs = 3;
  std::string name = "small";
  std::int64_t salt = 0;
};
using KitchenRows = SettingRows<Kitchen>;

const std::vector<KitchenRows::Row>& kitchen_rows() {
  static const std::vector<KitchenRows::Row> rows{
      KitchenRows::time(
          "bake", [](Kitchen& k) -> auto& { return k.bake; }, "How long."),
      KitchenRows::bytes(
          "flour", [](Kitchen& k) -> auto& { return k.flour; }, "How much."),
      KitchenRows::number("eggs", [](Kitchen& k) -> auto& { return k.eggs; }, "How many.", {.min = 1, .max = 12}),
      KitchenRows::text(
          "name", [](Kitchen& k) -> auto& { return k.name; }, "Whose."),
      KitchenRows::bytes(
          "salt", [](Kitchen& k) -> auto& { return k.salt; }, "How much."),
  };
  return rows;
}

Result<Kitchen> kitchen_of(const SettingSources& sources) {
  std::vector<SettingDecl> declared;
  for (const auto& row : kitchen_rows()) declared.push_back(row.declared);
  const Result<Settings> settings = Settings::load(declared, sources);
  if (!settings) return std::unexpected(settings.error());
  Kitchen kitchen{.bake = Milliseconds(0), .flour = 1, .eggs = 1, .name = "", .salt = 1};
  for (const auto& row : kitchen_rows()) row.apply(kitchen, *settings);
  return kitchen;
}

TEST(SettingRows, DefaultsAreThoseOfTheStruct) {
  std::string written;
  for (const auto& row : kitchen_rows()) written += fmt::format("{} ", row.declared.default_value);
  EXPECT_EQ(written, "1m30s 2Gi 3 small 0 ");
  const Result<Kitchen> kitchen = kitchen_of({});
  ASSERT_TRUE(kitchen);
  EXPECT_EQ(kitchen->bake, Milliseconds(90'000));
  EXPECT_EQ(kitchen->flour, std::int64_t{2} << 30);
  EXPECT_EQ(kitchen->eggs, 3);
  EXPECT_EQ(kitchen->name, "small");
  EXPECT_EQ(kitchen->salt, 0);
}

TEST(SettingRows, ValuesGoToTheirMembersWithinTheirBounds) {
  const Result<Kitchen> kitchen = kitchen_of({.flags = {{"bake", "2s"}, {"eggs", "12"}, {"salt", "1k"}}});
  ASSERT_TRUE(kitchen);
  EXPECT_EQ(kitchen->bake, Milliseconds(2'000));
  EXPECT_EQ(kitchen->eggs, 12);
  EXPECT_EQ(kitchen->salt, 1024);
  EXPECT_FALSE(kitchen_of({.flags = {{"eggs", "13"}}}));
}

}  // namespace
}  // namespace open_cicd
