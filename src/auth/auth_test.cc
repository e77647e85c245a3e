#include "auth/auth.h"

#include "adapters/sqlite/sqlite.h"
#include "base/run_alone.h"
#include "db/migrator.h"
#include "support/fake_clock.h"
#include "support/slow_reads.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <stdlib.h>
#include <utility>

namespace open_cicd::auth {
namespace {

class AuthTest : public testing::Test {
 protected:
  AuthTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "auth_test_XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
    folder = pattern;
    session = sqlite::open_sqlite({.path = (folder / "test.db").string()});
    EXPECT_TRUE(run_alone(db::migrate(*session)));
    here.emplace(*session, clock);
    elsewhere.emplace(*session, clock);
  }
  ~AuthTest() override { std::filesystem::remove_all(folder); }

  bool known(Auth& auth, const Secret& token) { return run_alone(auth.identify({token.reveal()})).has_value(); }

  std::filesystem::path folder;
  FakeClock clock;
  std::unique_ptr<db::Session> session;
  std::optional<Auth> here, elsewhere;  // two processes on one database
};

TEST_F(AuthTest, ATokenThatAnotherProcessRevokedIsRefusedWithinASecond) {
  const Secret token = run_alone(here->reset(TokenKind::admin));
  EXPECT_TRUE(known(*here, token));
  const Secret successor = run_alone(elsewhere->reset(TokenKind::admin));
  clock.advance(Milliseconds(999));
  EXPECT_TRUE(known(*here, token)) << "it is remembered, so that not every request asks the database";
  clock.advance(Milliseconds(1));
  EXPECT_FALSE(known(*here, token));
  EXPECT_TRUE(known(*here, successor));
}

TEST_F(AuthTest, UseDoesNotLengthenTheSecond) {
  const Secret token = run_alone(here->reset(TokenKind::admin));
  EXPECT_TRUE(known(*here, token));
  run_alone(elsewhere->reset(TokenKind::admin));
  for (int i = 0; i < 9; ++i) {
    clock.advance(Milliseconds(100));
    EXPECT_TRUE(known(*here, token)) << i;
  }
  clock.advance(Milliseconds(100));
  EXPECT_FALSE(known(*here, token));
}

TEST_F(AuthTest, ATokenThatThisProcessRevokedIsRefusedAtOnce) {
  const Secret token = run_alone(here->reset(TokenKind::admin));
  EXPECT_TRUE(known(*here, token));
  run_alone(here->reset(TokenKind::admin));
  EXPECT_FALSE(known(*here, token));
}

// Its answer is from before the revocation, and what came since has made the memory new.
TEST_F(AuthTest, ALookUpThatWasUnderWayDuringARevocationIsNotRemembered) {
  const Secret token = run_alone(here->reset(TokenKind::admin));
  SlowReads slow(*session);
  Auth auth(slow, clock);
  slow.meanwhile = [&]() -> Task<void> {
    const Secret successor = co_await auth.reset(TokenKind::admin);
    EXPECT_TRUE(co_await auth.identify({successor.reveal()}));
  };
  EXPECT_TRUE(known(auth, token)) << "it asked before the revocation";
  EXPECT_FALSE(known(auth, token)) << "and now it is after it";
}

TEST_F(AuthTest, ALookUpThatWasUnderWayWhileNobodyElseAskedIsNotRememberedEither) {
  const Secret token = run_alone(here->reset(TokenKind::admin));
  SlowReads slow(*session);
  Auth auth(slow, clock);
  slow.meanwhile = [&]() -> Task<void> { co_await auth.reset(TokenKind::admin); };
  EXPECT_TRUE(known(auth, token));
  EXPECT_FALSE(known(auth, token));
}

TEST_F(AuthTest, ARefusalIsNotRemembered) {
  const FreshToken fresh = make_token(TokenKind::admin);
  EXPECT_FALSE(known(*here, fresh.token));
  const Secret token = run_alone(here->reset(TokenKind::registration));
  EXPECT_TRUE(known(*here, token));
  EXPECT_FALSE(known(*here, fresh.token));
}

TEST_F(AuthTest, TheFirstTokensAreMadeOnce) {
  const auto first = run_alone(here->make_first_tokens());
  ASSERT_TRUE(first);
  EXPECT_EQ(run_alone(here->identify({first->admin.reveal()})).value()->kind, TokenKind::admin);
  EXPECT_EQ(run_alone(here->identify({first->registration.reveal()})).value()->kind, TokenKind::registration);
  EXPECT_FALSE(run_alone(elsewhere->make_first_tokens()));
}

}  // namespace
}  // namespace open_cicd::auth
