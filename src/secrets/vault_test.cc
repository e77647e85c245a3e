#include "secrets/vault.h"

#include "adapters/postgres/postgres.h"
#include "adapters/sqlite/sqlite.h"
#include "base/run_alone.h"
#include "db/migrator.h"
#include "secrets/limits.h"
#include "support/fake_clock.h"
#include "support/postgres_fixture.h"
#include "support/slow_reads.h"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <stdlib.h>
#include <thread>
#include <utility>
#include <vector>

namespace open_cicd::secrets {
namespace {

namespace fs = std::filesystem;

const std::string repository = "0190e5a0-0000-7000-8000-000000000001", other = "0190e5a0-0000-7000-8000-000000000002";

class VaultTest : public testing::TestWithParam<const char*> {
 protected:
  VaultTest() { EXPECT_TRUE(run_alone(db::migrate(*session))); }
  ~VaultTest() override {
    session.reset();
    fs::remove_all(folder);
  }

  static Keys keys_of(const std::string& digits) {
    std::string text;
    for (const char digit : digits) text += std::string(64, digit) + "\n";
    return Keys::parse(text).value();
  }
  Vault vault_with(const std::string& digits, const std::string& server = "a server") {
    return {*session, clock, keys_of(digits), server};
  }
  Result<Info> put(const std::string& scope, const std::string& name, const std::string& value, Limits limits = {}) {
    return run_alone(vault.put(
        {.scope = scope, .name = name, .value = Secret(value), .limits = std::move(limits), .by = "someone"}));
  }
  // What a job gets: values with a space between, or the code of the error.
  std::string opened(Vault& by, const std::vector<std::string>& names, const Use& use) {
    const auto all = run_alone(by.open_for(names, use));
    if (!all) return all.error().code();
    std::string text;
    for (const Opened& one : *all) text += (text.empty() ? "" : " ") + one.name + "=" + one.value.reveal();
    return text;
  }
  std::string opened(const std::vector<std::string>& names, const std::string& scope = repository) {
    return opened(vault, names, {.scope = scope, .event = "push", .branch = "main"});
  }
  std::string limit_of(const std::string& name, const Use& use) {
    const auto all = run_alone(vault.open_for({name}, use));
    if (all) return "";
    EXPECT_EQ(all.error().code(), "secret_refused");
    EXPECT_EQ(all.error().facts().at("secret"), name.c_str());
    return std::string(all.error().facts().at("limit").as_string());
  }
  void execute(std::string_view sql, db::Params params = {}) {
    const db::Query query{.name = sql, .sql = sql};
    run_alone(session->transact([&](db::Transaction& tx) -> Task<void> { co_await tx.run(query, params); }));
  }

  static fs::path temporary_folder() {
    std::string pattern = (fs::temp_directory_path() / "vault_test_XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
    return pattern;
  }
  std::unique_ptr<db::Session> open() {
    if (std::string_view(GetParam()) == "sqlite") return sqlite::open_sqlite({.path = (folder / "test.db").string()});
    return postgres::open_postgres({.url = PostgresFixture::instance().create_database()});
  }

  const fs::path folder = temporary_folder();
  FakeClock clock;
  std::unique_ptr<db::Session> session = open();
  Vault vault = vault_with("1");
};

TEST_P(VaultTest, AJobGetsWhatWasStored) {
  ASSERT_TRUE(put(repository, "TOKEN", "s3cr3t\nvalue"));
  ASSERT_TRUE(put(repository, "KEY", "another"));
  EXPECT_EQ(opened({"KEY", "TOKEN"}), "KEY=another TOKEN=s3cr3t\nvalue");
  EXPECT_EQ(opened({}), "");
}

TEST_P(VaultTest, WhatTheServerKeepsIsInAListOfItsOwn) {
  ASSERT_TRUE(put(repository, "TOKEN", "s3cr3t"));
  EXPECT_EQ(run_alone(vault.put_own(repository, "@a:b", Secret("one"), "ann")).version, 1);
  EXPECT_EQ(run_alone(vault.put_own(repository, "@a:b", Secret("two"), "bob")).version, 2);
  run_alone(vault.put_own(repository, "@a:a", Secret("three"), "ann"));
  run_alone(vault.put_own(repository, "@b", Secret("four"), "ann"));
  run_alone(vault.put_own("", "@a:c", Secret("five"), "ann"));
  const std::vector<Info> own = run_alone(vault.list_own(repository, "@a:"));
  ASSERT_EQ(own.size(), 2u);
  EXPECT_EQ(own[0].name, "@a:a");
  EXPECT_EQ(own[1].name, "@a:b");
  EXPECT_EQ(own[1].created_by, "bob");
  EXPECT_EQ(run_alone(vault.list(repository)).size(), 1u);
  EXPECT_EQ(run_alone(vault.list_own(other, "@")).size(), 0u);
}

TEST_P(VaultTest, AnotherRepositorysSecretsAreUnknown) {
  ASSERT_TRUE(put(repository, "TOKEN", "s3cr3t"));
  EXPECT_EQ(opened({"TOKEN"}, other), "secret_unknown");
  EXPECT_EQ(opened({"TOKEN"}, ""), "secret_unknown");
  EXPECT_EQ(opened({"token"}), "secret_unknown");
}

TEST_P(VaultTest, ARepositorysOwnSecretHidesTheServersAlsoWhereItIsRefused) {
  ASSERT_TRUE(put("", "TOKEN", "of all"));
  EXPECT_EQ(opened({"TOKEN"}), "TOKEN=of all");
  EXPECT_EQ(opened({"TOKEN"}, ""), "TOKEN=of all");
  ASSERT_TRUE(put(repository, "TOKEN", "its own", {.events = {"tag"}}));
  EXPECT_EQ(opened({"TOKEN"}), "secret_refused");
  EXPECT_EQ(opened({"TOKEN"}, other), "TOKEN=of all");
}

TEST_P(VaultTest, OneForProtectedRefsIsRefusedElsewhere) {
  ASSERT_TRUE(put(repository, "TOKEN", "s3cr3t", {.only_protected = true}));
  EXPECT_TRUE(run_alone(vault.list(repository))[0].limits.only_protected);
  const auto open = [&](bool is_protected, bool modified) {
    Use use{.scope = repository, .event = "push", .branch = "main", .is_protected = is_protected, .modified = modified};
    const auto got = run_alone(vault.open_for({"TOKEN"}, std::move(use)));
    return got ? got->front().value.reveal() : got.error().code();
  };
  EXPECT_EQ(open(true, false), "s3cr3t");
  EXPECT_EQ(open(false, false), "secret_refused");
  EXPECT_EQ(open(true, true), "secret_refused");
  ASSERT_TRUE(put(repository, "TOKEN", "another"));
  EXPECT_EQ(open(false, false), "another");
}

TEST_P(VaultTest, ANewValueReplacesTheOldOneAndItsLimits) {
  EXPECT_EQ(put(repository, "TOKEN", "first", {.events = {"tag"}, .images = {"alpine"}})->version, 1);
  clock.advance(Milliseconds(5000));
  const Info info = put(repository, "TOKEN", "second", {.branches = {"main"}}).value();
  EXPECT_EQ(info.version, 2);
  EXPECT_EQ(info.updated_at, info.created_at + 5000);
  EXPECT_EQ(info.limits, (Limits{.branches = {"main"}}));
  EXPECT_EQ(opened({"TOKEN"}), "TOKEN=second");
}

TEST_P(VaultTest, AListShowsAllButTheValues) {
  ASSERT_TRUE(put(repository, "ZEBRA", "s3cr3t"));
  ASSERT_TRUE(put(repository, "ALPHA", "s3cr3t", {.events = {"push", "tag"}, .branches = {"main", "!x"}}));
  ASSERT_TRUE(put("", "OTHER", "s3cr3t"));
  const std::vector<Info> all = run_alone(vault.list(repository));
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].name, "ALPHA");
  EXPECT_EQ(all[0].scope, repository);
  EXPECT_EQ(all[0].created_by, "someone");
  EXPECT_EQ(all[0].limits, (Limits{.events = {"push", "tag"}, .branches = {"main", "!x"}}));
  EXPECT_FALSE(all[0].last_used_at);
  EXPECT_EQ(all[1].name, "ZEBRA");
}

TEST_P(VaultTest, TheLastUseIsNotedToTheMinute) {
  ASSERT_TRUE(put(repository, "TOKEN", "s3cr3t"));
  const auto last_used = [&] { return run_alone(vault.list(repository)).at(0).last_used_at; };
  const std::int64_t first = clock.unix_ms();
  opened({"TOKEN"});
  EXPECT_EQ(last_used(), first);
  clock.advance(Milliseconds(59'999));
  opened({"TOKEN"});
  EXPECT_EQ(last_used(), first);
  clock.advance(Milliseconds(1));
  opened({"TOKEN"});
  EXPECT_EQ(last_used(), first + 60'000);
}

TEST_P(VaultTest, ARefusedUseIsNone) {
  ASSERT_TRUE(put(repository, "TOKEN", "s3cr3t"));
  ASSERT_TRUE(put(repository, "LIMITED", "s3cr3t", {.events = {"tag"}}));
  EXPECT_EQ(opened({"TOKEN", "LIMITED"}), "secret_refused");
  for (const Info& info : run_alone(vault.list(repository))) EXPECT_FALSE(info.last_used_at) << info.name;
}

TEST_P(VaultTest, WhatIsRemovedIsGone) {
  ASSERT_TRUE(put(repository, "TOKEN", "s3cr3t"));
  ASSERT_TRUE(put("", "TOKEN", "of all"));
  EXPECT_TRUE(run_alone(vault.remove(repository, "TOKEN")));
  EXPECT_EQ(run_alone(vault.remove(repository, "TOKEN")).error().kind(), ErrorKind::not_found);
  EXPECT_EQ(opened({"TOKEN"}), "TOKEN=of all");
  EXPECT_EQ(put(repository, "TOKEN", "again")->version, 1);
}

TEST_P(VaultTest, LimitsAreThoseOfTheUse) {
  ASSERT_TRUE(put(repository, "EVENT", "word", {.events = {"push", "tag"}}));
  ASSERT_TRUE(put(repository, "BRANCH", "word", {.branches = {"main", "release/*", "!release/old"}}));
  ASSERT_TRUE(put(repository, "IMAGE", "word", {.images = {"registry:5000/tools/deploy:*"}}));
  Use use{.scope = repository, .event = "push", .branch = "main", .image = "registry:5000/tools/deploy:1"};
  for (const std::string name : {"EVENT", "BRANCH", "IMAGE"}) EXPECT_EQ(limit_of(name, use), "") << name;
  use.branch = "release/1";
  EXPECT_EQ(limit_of("BRANCH", use), "");
  for (const std::string branch : {"main2", "xmain", "main\n", "refs/heads/main", "release/old", "release/a/b", ""}) {
    use.branch = branch;
    EXPECT_EQ(limit_of("BRANCH", use), "branch") << branch;
  }
  use.branch.reset();
  EXPECT_EQ(limit_of("BRANCH", use), "branch");
  for (const std::string image :
       {"evil/tools/deploy:1", "registry:5000/tools/deploy", "registry:5000/tools/deploy:a/b"}) {
    use.image = image;
    EXPECT_EQ(limit_of("IMAGE", use), "image") << image;
  }
  use.image.reset();
  EXPECT_EQ(limit_of("IMAGE", use), "image");
  for (const std::string event : {"pull_request", "PUSH", ""}) {
    use.event = event;
    EXPECT_EQ(limit_of("EVENT", use), "event") << event;
  }
}

TEST_P(VaultTest, AModifiedRunGetsNothingThatItsEventOrBranchDecides) {
  ASSERT_TRUE(put(repository, "EVENT", "word", {.events = {"push"}}));
  ASSERT_TRUE(put(repository, "BRANCH", "word", {.branches = {"main"}}));
  ASSERT_TRUE(put(repository, "ANY", "word"));
  const Use use{.scope = repository, .event = "push", .branch = "main", .modified = true};
  EXPECT_EQ(limit_of("EVENT", use), "event");
  EXPECT_EQ(limit_of("BRANCH", use), "branch");
  EXPECT_EQ(limit_of("ANY", use), "");
}

TEST_P(VaultTest, EveryWrongFieldOfANewSecretIsNamed) {
  const auto stored = put(repository, "1-x", "", {.events = {"push", "pushed"}, .branches = {"["}, .images = {""}});
  ASSERT_FALSE(stored);
  std::string paths;
  for (const FieldError& field : stored.error().fields()) paths += field.path + " ";
  EXPECT_EQ(paths, "name value events[1] branches[0] images[0] ");
  EXPECT_TRUE(run_alone(vault.list(repository)).empty());
}

TEST_P(VaultTest, ValuesAndNamesHaveLimits) {
  EXPECT_TRUE(
      put(repository, std::string(limits::name_bytes_max, 'N'), "x" + std::string(limits::value_bytes_max - 1, 'v')));
  for (const std::string& name : {std::string(limits::name_bytes_max + 1, 'N'), std::string(), std::string("A-B"),
                                  std::string("A\n"), std::string("Ä"), std::string("A=B"), std::string("9A")})
    EXPECT_EQ(put(repository, name, "word").error().fields().at(0).path, "name") << name;
  for (const std::string& value : {"x" + std::string(limits::value_bytes_max, 'v'), std::string("a\0b", 3)})
    EXPECT_EQ(put(repository, "NAME", value).error().fields().at(0).path, "value");
  EXPECT_EQ(put(repository, "NAME", "word", {.branches = std::vector<std::string>(limits::patterns_max + 1, "x")})
                .error()
                .fields()
                .at(0)
                .path,
            "branches");
}

TEST_P(VaultTest, AScopeAndAJobHaveLimits) {
  std::vector<db::Params> rows;
  for (std::size_t i = 0; i < limits::secrets_of_scope_max; ++i)
    rows.push_back({repository, "S" + std::to_string(i), db::Bytes{"x"}});
  const db::Query insert{.name = "test.insert",
                         .sql =
                             "INSERT INTO secrets (scope, name, version, sealed, key_id, events, branches, images, "
                             "created_by, created_at, updated_at) VALUES ($1, $2, 1, $3, '', '[]', '[]', '[]', '', "
                             "0, 0)"};
  run_alone(session->transact([&](db::Transaction& tx) -> Task<void> { co_await tx.run_each(insert, rows); }));
  EXPECT_EQ(put(repository, "ONE_MORE", "word").error().code(), "secret_limit");
  EXPECT_TRUE(put(repository, "S0", "a new value"));
  EXPECT_TRUE(put(other, "ONE_MORE", "word"));
  run_alone(vault.put_own(repository, "@kept", Secret("word"), "x"));
  EXPECT_TRUE(run_alone(vault.own(repository, "@kept"))) << "what the server itself keeps needs no room of theirs";
  EXPECT_EQ(opened(std::vector<std::string>(limits::secrets_of_job_max + 1, "S0")), "too_many_secrets");
}

TEST_P(VaultTest, C7_ARowThatIsMovedOrOlderDoesNotOpen) {
  ASSERT_TRUE(put(repository, "TOKEN", "s3cr3t"));
  execute("UPDATE secrets SET scope = $1", {other});
  EXPECT_EQ(opened({"TOKEN"}, other), "secret_damaged");
  execute("UPDATE secrets SET scope = $1, name = 'SHOWN'", {repository});
  EXPECT_EQ(opened({"SHOWN"}), "secret_damaged");
  execute("UPDATE secrets SET name = 'TOKEN', version = 2");
  EXPECT_EQ(opened({"TOKEN"}), "secret_damaged");
  execute("UPDATE secrets SET version = 1");
  EXPECT_EQ(opened({"TOKEN"}), "TOKEN=s3cr3t");
  Vault elsewhere = vault_with("1", "another server");
  EXPECT_EQ(opened(elsewhere, {"TOKEN"}, {.scope = repository, .event = "push"}), "secret_damaged");
}

TEST_P(VaultTest, TwoRowsThatAreSwappedDoNotOpen) {
  ASSERT_TRUE(put(repository, "ONE", "first"));
  ASSERT_TRUE(put(repository, "TWO", "second"));
  execute("UPDATE secrets SET name = 'THREE' WHERE name = 'ONE'");
  execute("UPDATE secrets SET name = 'ONE' WHERE name = 'TWO'");
  execute("UPDATE secrets SET name = 'TWO' WHERE name = 'THREE'");
  EXPECT_EQ(opened({"ONE"}), "secret_damaged");
  EXPECT_EQ(opened({"TWO"}), "secret_damaged");
}

TEST_P(VaultTest, RotationSealsEverythingWithTheCurrentKey) {
  for (int i = 0; i < 45; ++i) ASSERT_TRUE(put(i % 2 == 0 ? repository : "", "S" + std::to_string(i), "word"));
  Vault rotating = vault_with("21"), after = vault_with("2");
  const Use use{.scope = repository, .event = "push"};
  EXPECT_EQ(opened(rotating, {"S0", "S1"}, use), "S0=word S1=word");
  EXPECT_EQ(opened(after, {"S0"}, use), "secret_key_missing");
  const Rotated rotated = run_alone(rotating.rotate());
  EXPECT_EQ(rotated.sealed, 45);
  EXPECT_TRUE(rotated.unreadable.empty());
  for (int i = 0; i < 45; ++i)
    EXPECT_EQ(opened(after, {"S" + std::to_string(i)}, use), "S" + std::to_string(i) + "=word");
  EXPECT_EQ(opened({"S0"}), "secret_key_missing");  // the old key opens nothing any more
  EXPECT_EQ(run_alone(rotating.rotate()).sealed, 0);
  EXPECT_EQ(run_alone(after.list(repository)).at(0).version, 1);
}

TEST_P(VaultTest, RotationLeavesWhatItCannotReadAndSaysSo) {
  ASSERT_TRUE(put(repository, "GOOD", "word"));
  ASSERT_TRUE(put(repository, "MOVED", "word"));
  execute("UPDATE secrets SET name = 'ELSEWHERE' WHERE name = 'MOVED'");
  Vault rotating = vault_with("21");
  const Rotated rotated = run_alone(rotating.rotate());
  EXPECT_EQ(rotated.sealed, 1);
  EXPECT_EQ(rotated.unreadable, std::vector<std::string>{repository + "/ELSEWHERE"});
  execute("UPDATE secrets SET name = 'MOVED' WHERE name = 'ELSEWHERE'");
  EXPECT_EQ(opened(rotating, {"GOOD", "MOVED"}, {.scope = repository, .event = "push"}), "GOOD=word MOVED=word");
}

TEST_P(VaultTest, RotationDoesNotBringBackAValueThatWasReplacedMeanwhile) {
  ASSERT_TRUE(put(repository, "TOKEN", "the old"));
  SlowReads slow(*session);
  Vault rotating(slow, clock, keys_of("21"), "a server");
  slow.meanwhile = [&]() -> Task<void> {
    NewSecret fresh{.scope = repository, .name = "TOKEN", .value = Secret(std::string("the new")), .by = "someone"};
    const Result<Info> stored = co_await vault.put(std::move(fresh));
    EXPECT_EQ(stored.value().version, 2);
  };
  EXPECT_EQ(run_alone(rotating.rotate()).sealed, 0);
  EXPECT_EQ(opened({"TOKEN"}), "TOKEN=the new");
  EXPECT_EQ(run_alone(rotating.rotate()).sealed, 1);
  EXPECT_EQ(opened(rotating, {"TOKEN"}, {.scope = repository, .event = "push"}), "TOKEN=the new");
}

TEST_P(VaultTest, OfThoseWhoStoreAtTheSameTimeEachHasAVersionOfItsOwnOrIsTold) {
  std::atomic<int> stored = 0, told = 0;
  const auto store = [&] {
    for (int i = 0; i < 5; ++i) {
      const Result<Info> info = put(repository, "TOKEN", "word");
      if (!info) EXPECT_EQ(info.error().code(), "secret_changed");
      ++(info ? stored : told);
    }
  };
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) threads.emplace_back(store);
  }
  EXPECT_EQ(stored + told, 20);
  EXPECT_EQ(run_alone(vault.list(repository)).at(0).version, stored);
  EXPECT_EQ(opened({"TOKEN"}), "TOKEN=word");
}

TEST_P(VaultTest, C7_NothingOfAValueOrAKeyIsInTheDatabase) {
  ASSERT_TRUE(put(repository, "TOKEN", "canary-0123456789"));
  ASSERT_TRUE(put(repository, "TOKEN", "canary-9876543210"));
  opened({"TOKEN"});
  std::string stored;
  if (std::string_view(GetParam()) == "sqlite") {
    for (const auto& file : fs::directory_iterator(folder)) {
      std::ifstream in(file.path(), std::ios::binary);
      stored.append(std::istreambuf_iterator<char>(in), {});
    }
    EXPECT_TRUE(stored.contains("TOKEN"));
  } else {
    const db::Query query{.name = "test.row", .sql = "SELECT sealed FROM secrets"};
    stored = run_alone(session->read(query, {})).bytes(0, 0);
  }
  for (const std::string& word :
       {std::string("canary"), std::string("0123456789"), std::string(32, '\x11'), std::string(64, '1')})
    EXPECT_FALSE(stored.contains(word)) << word;
}

INSTANTIATE_TEST_SUITE_P(, VaultTest, testing::Values("sqlite", "postgres"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace open_cicd::secrets
