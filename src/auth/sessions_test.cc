#include "adapters/sqlite/sqlite.h"
#include "auth/auth.h"
#include "base/run_alone.h"
#include "db/migrator.h"
#include "support/fake_clock.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <set>
#include <stdlib.h>

namespace open_cicd::auth {
namespace {

constexpr Milliseconds age{3'600'000};

class SessionsTest : public testing::Test {
 protected:
  SessionsTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "sessions_test_XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
    folder = pattern;
    session = sqlite::open_sqlite({.path = (folder / "test.db").string()});
    EXPECT_TRUE(run_alone(db::migrate(*session)));
    auth.emplace(*session, clock, AuthSettings{.sessions = {.age = age, .per_token_max = 5, .codes_max = 5}});
    token = run_alone(auth->reset(TokenKind::admin));
    token_id = run_alone(auth->identify({token.reveal()})).value()->id;
  }
  ~SessionsTest() override { std::filesystem::remove_all(folder); }

  Sessions& sessions() { return auth->sessions(); }
  std::string opened() { return run_alone(sessions().open(token_id)).value.reveal(); }
  Result<std::shared_ptr<const Principal>> who(const std::string& value) {
    return run_alone(auth->identify({.secret = value, .is_session = true}));
  }

  std::filesystem::path folder;
  FakeClock clock;
  std::unique_ptr<db::Session> session;
  std::optional<Auth> auth;
  Secret token;
  std::string token_id;
};

TEST_F(SessionsTest, ASessionHasTheRightsOfItsToken) {
  const auto principal = who(opened());
  ASSERT_TRUE(principal);
  EXPECT_EQ((*principal)->kind, TokenKind::admin);
  EXPECT_EQ((*principal)->id, token_id);
  EXPECT_EQ((*principal)->session_expires_at, clock.unix_ms() + age.count());
}

TEST_F(SessionsTest, E12_EachSessionHasAValueOfItsOwn) {
  std::set<std::string> values;
  for (int i = 0; i < 10; ++i) values.insert(opened());
  EXPECT_EQ(values.size(), 10U);
}

TEST_F(SessionsTest, E12_ASessionIsNoTokenAndATokenIsNoSession) {
  const std::string value = opened();
  EXPECT_FALSE(run_alone(auth->identify({value})));
  EXPECT_FALSE(who(token.reveal()));
  ASSERT_TRUE(who(value));
  EXPECT_FALSE(run_alone(auth->identify({value}))) << "nor one that is remembered";
  ASSERT_TRUE(run_alone(auth->identify({token.reveal()})));
  EXPECT_FALSE(who(token.reveal()));
}

TEST_F(SessionsTest, ASessionEndsWithItsTime) {
  const std::string value = opened();
  clock.advance(age - Milliseconds(1));
  EXPECT_TRUE(who(value));
  clock.advance(Milliseconds(1'001));
  EXPECT_FALSE(who(value));
}

TEST_F(SessionsTest, E9_ASessionEndsWithItsTokenAndWithSigningOut) {
  const std::string left = opened(), other = opened();
  run_alone(sessions().close(left));
  auth->forget_cached();
  EXPECT_FALSE(who(left));
  EXPECT_TRUE(who(other));
  run_alone(auth->reset(TokenKind::admin));
  EXPECT_FALSE(who(other));
}

TEST_F(SessionsTest, TheOldestSessionsOfATokenMakeRoom) {
  const std::string first = opened();
  clock.advance(Milliseconds(10));
  for (int i = 0; i < 5; ++i) opened();
  EXPECT_FALSE(who(first));
}

TEST_F(SessionsTest, E11_ACodeWorksOnce) {
  const std::string code = run_alone(sessions().make_code(token_id)).value().value.reveal();
  const auto first = run_alone(sessions().use_code(code));
  ASSERT_TRUE(first);
  EXPECT_EQ(first->token_id, token_id);
  const auto second = run_alone(sessions().use_code(code));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code(), "unauthenticated");
}

TEST_F(SessionsTest, ACodeEndsAfterItsTimeAndWithItsToken) {
  const std::string old = run_alone(sessions().make_code(token_id)).value().value.reveal();
  clock.advance(Sessions::code_age);
  EXPECT_FALSE(run_alone(sessions().use_code(old)));
  const std::string of_revoked = run_alone(sessions().make_code(token_id)).value().value.reveal();
  run_alone(auth->reset(TokenKind::admin));
  EXPECT_FALSE(run_alone(sessions().use_code(of_revoked)));
}

TEST_F(SessionsTest, CodesThatNobodyUsesAreLimited) {
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(run_alone(sessions().make_code(token_id)));
  const auto refused = run_alone(sessions().make_code(token_id));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), "too_many_codes");
  clock.advance(Sessions::code_age);
  EXPECT_TRUE(run_alone(sessions().make_code(token_id)));
}

TEST_F(SessionsTest, WhatHasExpiredIsForgotten) {
  static constexpr db::Query count{
      .name = "test.count", .sql = "SELECT (SELECT count(*) FROM sessions) + (SELECT count(*) FROM sign_in_codes)"};
  opened();
  ASSERT_TRUE(run_alone(sessions().make_code(token_id)));
  run_alone(sessions().forget_expired());
  EXPECT_EQ(run_alone(session->read(count, {})).integer(0, 0), 2);
  clock.advance(age);
  run_alone(sessions().forget_expired());
  EXPECT_EQ(run_alone(session->read(count, {})).integer(0, 0), 0);
}

}  // namespace
}  // namespace open_cicd::auth
