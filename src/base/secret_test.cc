#include "base/secret.h"

#include <gtest/gtest.h>

#include <string_view>

namespace open_cicd {
namespace {

// Of the object itself, without what it points to. Taken before a move, it still shows what the move left.
template <class T>
std::string_view memory_of(const T& object) {
  return {reinterpret_cast<const char*>(&object), sizeof(T)};
}

TEST(Wipe, WhatATextHeldBeforeItBecameShorterIsGone) {
  std::string text(100, 'k');
  const char* const memory = text.data();
  text.resize(3);
  wipe(text);
  EXPECT_TRUE(text.empty());
  EXPECT_EQ(memory, text.data());  // the same memory, so it may be looked at
  EXPECT_EQ(std::string(memory, 100), std::string(100, '\0'));
}

TEST(Wipe, AShortTextHasNoMemoryOfItsOwnAndIsGone) {
  std::string text = "short";
  wipe(text);
  EXPECT_FALSE(memory_of(text).contains("short"));
}

TEST(SecretType, IsMovedWithoutATrace) {
  Secret first(std::string("short key"));
  const std::string_view memory = memory_of(first);
  EXPECT_TRUE(memory.contains("short key"));
  const Secret second(std::move(first));
  EXPECT_EQ(second.reveal(), "short key");
  EXPECT_FALSE(memory.contains("short"));
}

TEST(SecretType, IsAssigned) {
  Secret one(std::string("one")), two(std::string("two"));
  one = two;
  EXPECT_EQ(one.reveal(), "two");
  const Secret& same = one;
  one = same;
  EXPECT_EQ(one.reveal(), "two");
  one = Secret(std::string("three"));
  EXPECT_EQ(one.reveal(), "three");
  EXPECT_FALSE(one.empty());
}

}  // namespace
}  // namespace open_cicd
