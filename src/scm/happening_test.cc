#include "scm/happening.h"

#include "base/json.h"
#include "base/text.h"
#include "scm/limits.h"

#include <gtest/gtest.h>

namespace open_cicd::scm {
namespace {

const std::string a_sha(40, 'a'), b_sha(40, 'b'), no_sha(40, '0');

Happening a_push() {
  Happening push{.sender = Account{.id = 5, .login = "ada"},
                 .repository = Repository{.id = 7, .full_name = "acme/app", .default_branch = "main"}};
  set_push(push, "refs/heads/main", a_sha, b_sha);
  return push;
}

Happening a_change() {
  return {.kind = Kind::change,
          .action = "opened",
          .ref = "refs/pull/9/head",
          .after = b_sha,
          .sha = b_sha,
          .repository = Repository{.id = 7, .full_name = "acme/app", .default_branch = "main"},
          .change = Change{.number = 9, .title = "T", .source_branch = "fix", .target_branch = "main"}};
}

// The one field that is said to be wrong, or "".
std::string wrong(const Happening& happening) {
  const auto result = checked(happening);
  return result ? "" : result.error().fields().at(0).path;
}

TEST(Happening, AKeyTellsHappeningsApartAndNothingElse) {
  std::vector<Happening> all{a_push(), a_push(), a_push(), a_change(), a_change(), a_change(), a_change(), a_change()};
  all[1].before = b_sha;
  all[2].ref = "refs/heads/next";
  all[4].change->number = 10;
  all[5].action = "closed";
  all[6].action = "edited";
  all[7].action = "edited";
  all[7].change->title = "Another";
  std::vector<std::string> keys;
  for (const Happening& one : all) keys.push_back(checked(one).value().event_key);
  std::ranges::sort(keys);
  EXPECT_EQ(std::ranges::adjacent_find(keys), keys.end());
  // A poll does not know who pushed, what a forge calls forced, or what a head was before.
  Happening polled = a_push();
  polled.sender.reset();
  polled.message = "seen in git";
  EXPECT_EQ(checked(polled)->event_key, checked(a_push())->event_key);
  Happening seen = a_change();
  seen.before = a_sha;
  seen.change->labels = {"bug"};
  EXPECT_EQ(checked(seen)->event_key, checked(a_change())->event_key);
}

TEST(Happening, LabelsInAnyOrderAreTheSameLabels) {
  Happening one = a_change(), other = a_change();
  one.action = other.action = "labeled";
  one.change->labels = {"a", "b"};
  other.change->labels = {"b", "a"};
  EXPECT_EQ(checked(one)->event_key, checked(other)->event_key);
  other.change->labels = {"b"};
  EXPECT_NE(checked(one)->event_key, checked(other)->event_key);
}

TEST(Happening, WhatPeopleReadIsCutAndWhatDecidesIsRefused) {
  Happening push = a_push();
  push.message = std::string(limits::message_bytes_max - 1, 'x') + "ü";
  push.author = "A" + std::string(1, '\0') + "B";
  push.sender->login = std::string(1000, 'l');
  const Happening cut = checked(push).value();
  EXPECT_EQ(cut.message, std::string(limits::message_bytes_max - 1, 'x')) << "no half of a character";
  EXPECT_EQ(cut.author, "A\uFFFDB");
  EXPECT_EQ(cut.sender->login.size(), limits::name_bytes_max);
  Happening change = a_change();
  change.change->title = "First\nSecond";
  EXPECT_EQ(checked(change)->change->title, "First");
  change.change->labels.assign(limits::labels_max + 1, "l");
  EXPECT_EQ(wrong(change), "change.labels");
  change.change->labels = {std::string(limits::label_bytes_max + 1, 'l')};
  EXPECT_EQ(wrong(change), "change.labels");
  push.repository->full_name = std::string(limits::full_name_bytes_max + 1, 'f');
  EXPECT_EQ(wrong(push), "repository.full_name");
  push.repository->full_name = "acme/\u202Eppa";
  EXPECT_EQ(wrong(push), "repository.full_name");
}

TEST(Happening, EachFieldIsNamed) {
  const auto push = [](auto edit) {
    Happening one = a_push();
    edit(one);
    return wrong(one);
  };
  EXPECT_EQ(push([](Happening& one) { one.repository.reset(); }), "repository");
  EXPECT_EQ(push([](Happening& one) { one.repository->id = 0; }), "repository.id");
  EXPECT_EQ(push([](Happening& one) { one.repository->default_branch = "-x"; }), "repository.default_branch");
  EXPECT_EQ(push([](Happening& one) { one.repository->default_branch = ""; }), "");
  EXPECT_EQ(push([](Happening& one) { one.sender->id = -5; }), "sender.id");
  EXPECT_EQ(push([](Happening& one) { one.before = "x"; }), "before");
  EXPECT_EQ(push([](Happening& one) { one.kind = Kind::change; }), "change");
  const auto change = [](auto edit) {
    Happening one = a_change();
    edit(one);
    return wrong(one);
  };
  EXPECT_EQ(change([](Happening& one) { one.action = "exploded"; }), "action");
  EXPECT_EQ(change([](Happening& one) { one.action.reset(); }), "action");
  EXPECT_EQ(change([](Happening& one) { one.change->source_repository = 0; }), "change.source_repository");
  EXPECT_EQ(change([](Happening& one) { one.change->author_id = 0; }), "change.author_id");
  EXPECT_EQ(change([](Happening& one) { one.change->target_branch = "refs/heads/main"; }), "")
      << "a branch may be called so; in full it is refs/heads/refs/heads/main";
}

TEST(Happening, RefsSayWhatWasPushed) {
  const auto kind = [](const char* ref, const std::string& before, const std::string& after) {
    Happening one;
    set_push(one, ref, before, after);
    return one.kind;
  };
  EXPECT_EQ(kind("refs/heads/v1", no_sha, a_sha), Kind::push);
  EXPECT_EQ(kind("refs/tags/v1", no_sha, a_sha), Kind::tag);
  EXPECT_EQ(kind("refs/heads/v1", a_sha, std::string(64, '0')), Kind::branch_deleted);
  EXPECT_EQ(kind("refs/tags/v1", a_sha, no_sha), Kind::tag_deleted);
  for (const char* other : {"refs/notes/x", "refs/pull/1/head", "main", "", "refs/heads"})
    EXPECT_EQ(kind(other, a_sha, b_sha), Kind::ignored) << other;
}

TEST(Happening, ATagOfABranchsNameIsNoBranch) {
  Happening tag = a_push();
  set_push(tag, "refs/tags/main", no_sha, b_sha);
  const auto event = event_of(checked(tag).value()).value();
  EXPECT_EQ(event.name, "tag");
  EXPECT_EQ(event.tag, "main");
  EXPECT_EQ(event.branch, std::nullopt);
  Happening nested = a_push();
  set_push(nested, "refs/heads/refs/heads/main", no_sha, b_sha);
  EXPECT_EQ(event_of(checked(nested).value())->branch, "refs/heads/main");
}

TEST(Happening, OnlyPushesTagsAndChangesMakeAPlan) {
  EXPECT_EQ(event_of(checked(a_push()).value())->name, "push");
  EXPECT_EQ(event_of(checked(a_change()).value())->name, "pull_request");
  EXPECT_EQ(event_of(ignored("x")), std::nullopt);
  EXPECT_EQ(event_of({.kind = Kind::ping}), std::nullopt);
  Happening gone = a_push();
  set_push(gone, "refs/heads/main", a_sha, no_sha);
  EXPECT_EQ(event_of(checked(gone).value()), std::nullopt);
}

TEST(Happening, IsStoredAndReadAgain) {
  for (const Happening& one : {checked(a_push()).value(), checked(a_change()).value(), ignored("why")})
    EXPECT_EQ(json::read_own<Happening>(json::write_text(one)), one);
}

TEST(Happening, Hashes) {
  for (const std::string& sha : {a_sha, no_sha, std::string(64, 'f')}) EXPECT_TRUE(is_sha(sha));
  for (const std::string& text :
       {std::string(), std::string(39, 'a'), std::string(41, 'a'), std::string(40, 'A'), std::string(40, 'g')})
    EXPECT_FALSE(is_sha(text)) << text;
  EXPECT_TRUE(is_zero_sha(no_sha));
  EXPECT_FALSE(is_zero_sha(a_sha));
  EXPECT_FALSE(is_zero_sha("0"));
}

}  // namespace
}  // namespace open_cicd::scm
