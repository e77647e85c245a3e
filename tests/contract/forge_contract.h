// What every forge's API must do. An adapter's test defines its ForgeTraits, with a stand-in that is as strict as the
// forge's documentation, and instantiates the suite:
//   INSTANTIATE_TEST_SUITE_P(Gitea, ForgeContract, ::testing::Values(gitea_forge()));
#pragma once

#include "base/run_alone.h"
#include "contract/forge_stand_in.h"
#include "scm/forge.h"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>

namespace open_cicd::scm::contract {

struct ForgeTraits {
  std::string name;
  std::function<Result<std::unique_ptr<Forge>>(asio::any_io_executor, ForgeAccess)> make;
  std::function<std::unique_ptr<StandIn>()> stand_in;
  std::array<std::string, 4> states;       // what the forge calls those of commit_state_names
  std::string hook_scope, status_scope;    // what a token lacks, in the forge's words
  std::vector<Reply> limits;               // each asks to wait for 90 seconds; "{now+90}" is a Unix time
  std::vector<std::string> hostile_names;  // beside those that no forge has
  bool has_broken_hooks = false;
};

inline void PrintTo(const ForgeTraits& traits, std::ostream* out) {
  *out << traits.name;
}

class ForgeContract : public ::testing::TestWithParam<ForgeTraits> {
 protected:
  ~ForgeContract() override {
    forge.reset();
    run_on(io, host.stop());
    run_on(io, elsewhere.stop());
  }

  const ForgeTraits& traits() const { return GetParam(); }
  ForgeAccess access() const {
    return {.url = host.url(), .token = Secret(stand_in->token), .timeout = std::chrono::milliseconds(5000)};
  }
  std::unique_ptr<Forge> made(ForgeAccess from) {
    auto made = traits().make(io.get_executor(), std::move(from));
    if (!made) throw std::runtime_error(made.error().message());
    return std::move(*made);
  }
  Result<RemoteRepository> repository(std::string name = "acme/tools") {
    return run_on(io, forge->repository(std::move(name)));
  }
  Result<bool> keep() { return run_on(io, forge->keep_webhook(stand_in->full_name, {our_url, Secret(secret)})); }
  Result<void> remove() { return run_on(io, forge->remove_webhook(stand_in->full_name, our_url)); }
  Result<void> set(CommitStatus status) {
    return run_on(io, forge->set_status(stand_in->full_name, std::move(status)));
  }
  static CommitStatus a_status() {
    return {.sha = std::string(40, 'a'),
            .state = CommitState::success,
            .context = "open-cicd/build/push",
            .description = "done in 3 s",
            .target_url = "https://ci.example.org/runs/1"};
  }

  // Every function, each with the same trouble.
  std::vector<std::pair<std::string, Error>> each_fails(const std::function<void()>& trouble) {
    std::vector<std::pair<std::string, Error>> errors;
    const auto note = [&](const char* what, const auto& result) {
      EXPECT_FALSE(result) << what;
      if (!result) errors.emplace_back(what, result.error());
    };
    trouble();
    note("repository", repository());
    trouble();
    note("keep_webhook", keep());
    trouble();
    note("remove_webhook", remove());
    trouble();
    note("set_status", set(a_status()));
    for (const auto& [what, error] : errors) expect_no_secret(error, what);
    return errors;
  }
  void expect_all(const std::function<void()>& trouble, ErrorKind kind, std::string_view code) {
    const auto errors = each_fails(trouble);
    EXPECT_EQ(errors.size(), 4u);
    for (const auto& [what, error] : errors) {
      EXPECT_EQ(error.kind(), kind) << what << ": " << error.message();
      EXPECT_EQ(error.code(), code) << what << ": " << error.message();
    }
  }
  void expect_no_secret(const Error& error, const std::string& what) const {
    std::string all = error.message() + error.detail() + json::serialize(error.facts());
    for (const FieldError& field : error.fields()) all += field.path + field.message;
    EXPECT_FALSE(all.contains(stand_in->token)) << what << all;
    // The others do not know it.
    if (what == "keep_webhook") EXPECT_FALSE(all.contains(secret)) << what << all;
    EXPECT_EQ(all.find_first_of("\r\n\x1b"), std::string::npos) << what << all;
  }
  void reply_once(const Reply& reply) { host.bytes.push_back(reply.text()); }

  asio::io_context io;
  std::unique_ptr<StandIn> stand_in = GetParam().stand_in();
  ForgeHost host{io, [this](const Heard& heard) { return stand_in->answer(heard); }};
  ForgeHost elsewhere{io, [](const Heard&) { return says(200, "welcome"); }};
  std::string our_url = "https://ci.example.org/api/v1/webhooks/x/0198";
  std::string secret = "hook-5e1d09b7aa42";
  std::unique_ptr<Forge> forge = made(access());
};

TEST_P(ForgeContract, ShowsARepository) {
  auto shown = repository();
  ASSERT_TRUE(shown) << shown.error().message() << shown.error().detail();
  EXPECT_EQ(shown->id, 7);
  EXPECT_EQ(shown->full_name, "acme/tools");
  EXPECT_EQ(shown->default_branch, "main");
  EXPECT_TRUE(shown->is_public);
  stand_in->is_public = false;
  EXPECT_FALSE(repository()->is_public);
}

TEST_P(ForgeContract, K10_WhereToCloneFromIsTheForgesOwnAddress) {
  EXPECT_EQ(repository()->clone_url, host.url() + "/acme/tools.git") << "whatever it says of itself";
}

TEST_P(ForgeContract, AWebhookIsMadeAndKept) {
  auto kept = keep();
  ASSERT_TRUE(kept) << kept.error().message() << kept.error().detail();
  EXPECT_TRUE(*kept);
  ASSERT_EQ(stand_in->hooks.size(), 1u);
  const StoredHook hook = stand_in->hooks.front();
  EXPECT_EQ(hook.url, our_url);
  EXPECT_EQ(hook.secret, secret);
  EXPECT_TRUE(hook.active && hook.hears_all && hook.is_json);
  kept = keep();
  ASSERT_TRUE(kept) << kept.error().message() << kept.error().detail();
  EXPECT_FALSE(*kept) << "doing it twice is doing it once";
  ASSERT_EQ(stand_in->hooks.size(), 1u);
  EXPECT_EQ(stand_in->hooks.front().id, hook.id);
}

TEST_P(ForgeContract, AWebhooksSecretIsAlwaysOurs) {
  stand_in->add({.url = our_url, .secret = "what it was before"});
  ASSERT_TRUE(keep());
  ASSERT_EQ(stand_in->hooks.size(), 1u);
  EXPECT_EQ(stand_in->hooks.front().secret, secret);
}

TEST_P(ForgeContract, AWebhookThatSomebodyChangedIsMended) {
  for (const StoredHook& changed : {StoredHook{.active = false}, StoredHook{.hears_all = false},
                                    StoredHook{.is_json = false}, StoredHook{.broken = true}}) {
    if (changed.broken && !traits().has_broken_hooks) continue;
    stand_in->hooks.clear();
    StoredHook& hook = stand_in->add(changed);
    hook.url = our_url;
    hook.secret = "old";
    const auto kept = keep();
    ASSERT_TRUE(kept) << kept.error().message() << kept.error().detail();
    ASSERT_EQ(stand_in->hooks.size(), 1u);
    const StoredHook& now = stand_in->hooks.front();
    EXPECT_TRUE(now.active && now.hears_all && now.is_json && !now.broken);
    EXPECT_EQ(now.secret, secret);
  }
}

TEST_P(ForgeContract, OfTwoWebhooksToOurUrlOneGoes) {
  stand_in->add({.url = "https://other.example.org/hook", .secret = "theirs"});
  stand_in->add({.url = our_url});
  stand_in->add({.url = our_url + "/x", .secret = "theirs"});
  stand_in->add({.url = our_url});
  const auto kept = keep();
  ASSERT_TRUE(kept) << kept.error().message();
  EXPECT_TRUE(*kept);
  ASSERT_EQ(stand_in->hooks.size(), 3u);
  EXPECT_EQ(std::ranges::count(stand_in->hooks, our_url, &StoredHook::url), 1);
  EXPECT_EQ(std::ranges::count(stand_in->hooks, "theirs", &StoredHook::secret), 2) << "of others none is touched";
}

TEST_P(ForgeContract, AWebhookIsFoundOnAnyPage) {
  stand_in->page_max = 3;
  for (int i = 0; i < 10; ++i) stand_in->add({.url = fmt::format("https://other.example.org/{}", i)});
  const std::int64_t ours = stand_in->add({.url = our_url}).id;
  ASSERT_TRUE(keep());
  EXPECT_EQ(stand_in->hooks.size(), 11u);
  EXPECT_EQ(stand_in->hooks.back().id, ours);
  EXPECT_EQ(stand_in->hooks.back().secret, secret);
  ASSERT_TRUE(remove());
  EXPECT_EQ(stand_in->hooks.size(), 10u);
}

TEST_P(ForgeContract, AWebhookThatGoesMeanwhileIsMadeAgain) {
  stand_in->add({.url = our_url});
  stand_in->loses_hooks = true;
  const auto kept = keep();
  ASSERT_TRUE(kept) << kept.error().message() << kept.error().detail();
  EXPECT_TRUE(*kept);
  EXPECT_EQ(stand_in->hooks.size(), 1u);
  EXPECT_TRUE(remove()) << "gone is gone";
}

TEST_P(ForgeContract, EveryWebhookToTheUrlIsRemoved) {
  EXPECT_TRUE(remove()) << "none is fine";
  stand_in->add({.url = our_url});
  stand_in->add({.url = "https://other.example.org/hook"});
  stand_in->add({.url = our_url, .active = false});
  ASSERT_TRUE(remove());
  ASSERT_EQ(stand_in->hooks.size(), 1u);
  EXPECT_NE(stand_in->hooks.front().url, our_url);
}

TEST_P(ForgeContract, EveryStateArrives) {
  for (std::size_t i = 0; i < commit_state_names.size(); ++i) {
    CommitStatus status = a_status();
    status.state = static_cast<CommitState>(i);
    status.context = fmt::format("open-cicd/{}", i);
    if (i == 0) status.target_url.clear();
    const auto done = set(status);
    ASSERT_TRUE(done) << done.error().message() << done.error().detail();
    EXPECT_EQ(stand_in->statuses.back(),
              (PostedStatus{status.sha, traits().states.at(i), status.context, status.description, status.target_url}));
    EXPECT_TRUE(set(status)) << "doing it twice is doing it once";
  }
  CommitStatus long_sha = a_status();
  long_sha.sha = std::string(64, 'b');
  EXPECT_TRUE(set(long_sha));
}

TEST_P(ForgeContract, ACommitThatTheForgeLacksIsRefused) {
  CommitStatus status = a_status();
  status.sha = std::string(40, 'f');
  auto done = set(status);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind(), ErrorKind::invalid);
  EXPECT_EQ(done.error().code(), "forge_refused");
  host.heard.clear();
  for (const std::string& wrong : {std::string(), std::string("main"), std::string(39, 'a'), std::string(40, 'A'),
                                   std::string(38, 'a') + "/x", std::string("../../hooks")}) {
    status.sha = wrong;
    done = set(status);
    ASSERT_FALSE(done) << wrong;
    EXPECT_EQ(done.error().code(), "forge_refused");
  }
  EXPECT_TRUE(host.heard.empty()) << "such a thing is not asked";
}

TEST_P(ForgeContract, AWrongTokenIsSaid) {
  stand_in->token = "another-token";
  expect_all([] {}, ErrorKind::unauthenticated, "forge_token");
}

TEST_P(ForgeContract, WhatTheTokenLacksIsSaid) {
  stand_in->lacks_scope = true;
  const auto kept = keep();
  const auto removed = remove();
  const auto done = set(a_status());
  ASSERT_TRUE(!kept && !removed && !done);
  for (const Error& error : {kept.error(), removed.error(), done.error()}) {
    EXPECT_EQ(error.kind(), ErrorKind::forbidden);
    EXPECT_EQ(error.code(), "forge_scope");
    ASSERT_TRUE(error.facts().contains("scope"));
    EXPECT_TRUE(error.message().contains(std::string_view(error.facts().at("scope").as_string())));
  }
  EXPECT_EQ(kept.error().facts().at("scope"), bj::value(traits().hook_scope));
  EXPECT_EQ(done.error().facts().at("scope"), bj::value(traits().status_scope));
}

TEST_P(ForgeContract, AnUnknownRepositoryIsNotFound) {
  const auto shown = repository("acme/other");
  ASSERT_FALSE(shown);
  EXPECT_EQ(shown.error().code(), "forge_repository");
  stand_in->full_name = "acme/renamed";
  forge = made(access());
  const auto kept = run_on(io, forge->keep_webhook("acme/tools", {our_url, Secret(secret)}));
  const auto done = run_on(io, forge->set_status("acme/tools", a_status()));
  ASSERT_TRUE(!kept && !done);
  EXPECT_EQ(kept.error().code(), "forge_repository");
  EXPECT_EQ(done.error().code(), "forge_repository") << "not the commit";
}

TEST_P(ForgeContract, ARefusalIsToldInTheForgesWords) {
  expect_all([&] { reply_once(says(422, "no \x1b[31mbranch\nlike that")); }, ErrorKind::invalid, "forge_refused");
  reply_once(says(422, "no branch like that"));
  EXPECT_TRUE(repository().error().message().contains("no branch like that"));
}

TEST_P(ForgeContract, LimitsSayHowLongToWait) {
  for (const Reply& limit : traits().limits) {
    Reply reply = limit;
    const std::size_t at = reply.headers.find("{now+90}");
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    if (at != std::string::npos)
      reply.headers.replace(at, 8, std::to_string(std::chrono::duration_cast<std::chrono::seconds>(now).count() + 90));
    for (const auto& [what, error] : each_fails([&] { reply_once(reply); })) {
      EXPECT_EQ(error.kind(), ErrorKind::too_many) << what << limit.headers;
      EXPECT_EQ(error.code(), "forge_limit") << what << limit.headers;
      ASSERT_TRUE(error.retry_after()) << what;
      EXPECT_GE(error.retry_after()->count(), 80) << what;
      EXPECT_LE(error.retry_after()->count(), 91) << what;
    }
  }
  for (const char* wrong :
       {"", "Retry-After: soon\r\n", "Retry-After: -7\r\n", "Retry-After: 99999999999999999999\r\n"}) {
    reply_once(says(429, "slow down", wrong));
    EXPECT_EQ(repository().error().retry_after(), std::chrono::seconds(60)) << wrong;
  }
  reply_once(says(429, "slow down", "Retry-After: 9999999\r\n"));
  EXPECT_EQ(repository().error().retry_after(), std::chrono::seconds(3600));
  reply_once(says(429, "slow down", "RateLimit-Reset: 12\r\n"));
  EXPECT_EQ(repository().error().retry_after(), std::chrono::seconds(1)) << "a time that is over";
}

TEST_P(ForgeContract, WhatCanBeTriedAgainIsAway) {
  for (const int status : {500, 502, 503, 504, 408, 409, 425})
    expect_all([&] { reply_once(says(status, "not now")); }, ErrorKind::unavailable, "forge_away");
  reply_once(says(503, "not now", "Retry-After: 7\r\n"));
  EXPECT_EQ(repository().error().retry_after(), std::chrono::seconds(7));
}

TEST_P(ForgeContract, WhatIsNoAnswerOfTheApiIsAway) {
  for (const char* body : {"", "<html>sign in</html>", "{", "7", "null", "{\"id\":\"7\"}", "{\"id\":7.5}"})
    expect_all([&] { reply_once({.status = 200, .body = body}); }, ErrorKind::unavailable, "forge_away");
  reply_once({.status = 200, .body = "[]"});
  EXPECT_EQ(repository().error().code(), "forge_away");
  reply_once({.status = 200, .body = "[]"});
  EXPECT_EQ(set(a_status()).error().code(), "forge_away");
}

TEST_P(ForgeContract, WhatTheForgeSaysOfARepositoryIsChecked) {
  const auto refused = [&](const std::string& what) {
    const auto shown = repository();
    ASSERT_FALSE(shown) << what;
    EXPECT_EQ(shown.error().code(), "forge_away") << what;
  };
  for (const char* name : {"../x", "acme", "a/../b", "a//b", "a b/c", "a/b\n", ""}) {
    stand_in->told_name = name;
    refused(name);
  }
  stand_in->told_name = "acme/Tools";
  EXPECT_EQ(repository()->full_name, "acme/Tools");
  for (const char* branch : {"-x", "a..b", "a b", "a\n"}) {
    stand_in->default_branch = branch;
    refused(branch);
  }
  stand_in->default_branch = "main";
  for (const std::int64_t id : {0, -7}) {
    stand_in->repository_id = id;
    refused(fmt::format("{}", id));
  }
}

TEST_P(ForgeContract, K10_ARedirectIsNotFollowed) {
  for (const int status : {301, 302, 303, 307, 308}) {
    const std::string headers = fmt::format("Location: {}/api?t={}\r\n", elsewhere.url(), stand_in->token);
    expect_all([&] { reply_once(says(status, "Moved", headers)); }, ErrorKind::invalid, "forge_moved");
  }
  reply_once(says(301, "Moved", fmt::format("Location: {}/repositories/7\r\n", host.url())));
  EXPECT_EQ(repository().error().code(), "forge_moved") << "on the same host, too";
  EXPECT_TRUE(elsewhere.heard.empty());
  EXPECT_TRUE(std::ranges::all_of(host.heard, [](const Heard& heard) { return heard.path().contains("tools"); }));
}

TEST_P(ForgeContract, K10_TheTokenIsInNoErrorEvenIfTheForgeSaysIt) {
  const std::string both = fmt::format("bad {} and {}", stand_in->token, secret);
  for (const int status : {400, 401, 403, 404, 409, 422, 429, 500})
    each_fails([&] { reply_once(says(status, both, fmt::format("X-Accepted-GitHub-Permissions: {}\r\n", both))); });
  host.bytes.clear();
  stand_in->lacks_scope = true;
  each_fails([&] { reply_once(json_reply(403, {{"error", "insufficient_scope"}, {"scope", both}})); });
}

TEST_P(ForgeContract, K7_AnAnswerOfTwoMebibytesIsNotRead) {
  expect_all([&] { reply_once({.status = 200, .body = std::string(2 << 20, ' ')}); }, ErrorKind::unavailable,
             "forge_away");
  expect_all(
      [&] {
        std::string endless = "HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n";
        for (int i = 0; i < 32; ++i) endless += "10000\r\n" + std::string(65536, ' ') + "\r\n";
        host.bytes.push_back(endless);
      },
      ErrorKind::unavailable, "forge_away");
}

TEST_P(ForgeContract, HalfAnAnswerIsNone) {
  for (const char* half : {"", "HTTP/1.1 20", "HTTP/1.1 200 X\r\nContent-Length: 9\r\n\r\n{\"id\"", "no HTTP\r\n\r\n"})
    expect_all(
        [&] {
          host.bytes.clear();
          // A connection that was kept is tried once more.
          for (int i = 0; i < 2; ++i) host.bytes.emplace_back(half);
        },
        ErrorKind::unavailable, "forge_away");
}

TEST_P(ForgeContract, K7_ASlowAnswerIsNotWaitedFor) {
  ForgeAccess impatient = access();
  impatient.timeout = std::chrono::milliseconds(100);
  forge = made(impatient);
  host.silent = true;
  expect_all([] {}, ErrorKind::unavailable, "forge_away");
}

TEST_P(ForgeContract, NobodyThereIsAway) {
  ForgeAccess nobody = access();
  nobody.url = "http://127.0.0.1:1";
  forge = made(nobody);
  expect_all([] {}, ErrorKind::unavailable, "forge_away");
}

TEST_P(ForgeContract, K10_NoNameLeadsToAnotherEndpoint) {
  std::vector<std::string> names{"",
                                 "acme",
                                 "/",
                                 "acme/",
                                 "/tools",
                                 "acme//tools",
                                 "../tools",
                                 "acme/..",
                                 "./tools",
                                 "acme/.",
                                 "acme/../user",
                                 "acme/tools?x=1",
                                 "acme/a#b",
                                 "acme/%2e%2e",
                                 "acme/a%2Fb",
                                 "acme/a b",
                                 "acme/a\nb",
                                 "acme/a\\b",
                                 "a/b;c",
                                 "acme/\xc3\xbc",
                                 "https://x/y",
                                 "acme/tools/",
                                 "a/" + std::string(600, 'b')};
  names.emplace_back("acme/a\0b", 8);
  names.insert(names.end(), traits().hostile_names.begin(), traits().hostile_names.end());
  for (const std::string& name : names) {
    const auto shown = repository(name);
    const auto kept = run_on(io, forge->keep_webhook(name, {our_url, Secret(secret)}));
    const auto removed = run_on(io, forge->remove_webhook(name, our_url));
    const auto done = run_on(io, forge->set_status(name, a_status()));
    ASSERT_TRUE(!shown && !kept && !removed && !done) << name;
    for (const Error& error : {shown.error(), kept.error(), removed.error(), done.error()}) {
      EXPECT_EQ(error.kind(), ErrorKind::invalid) << name;
      EXPECT_EQ(error.code(), "forge_refused") << name;
    }
  }
  EXPECT_TRUE(host.heard.empty());
}

TEST_P(ForgeContract, WhatCannotBeReachedIsSaidAtOnce) {
  const auto refused = [&](ForgeAccess from, std::string_view code) {
    const auto made = traits().make(io.get_executor(), std::move(from));
    ASSERT_FALSE(made) << code;
    EXPECT_EQ(made.error().kind(), ErrorKind::invalid);
    EXPECT_EQ(made.error().code(), code) << made.error().message();
    expect_no_secret(made.error(), std::string(code));
  };
  for (const std::string& url : {std::string(), std::string("git.example.org"), std::string("ftp://git.example.org"),
                                 std::string("unix:/run/forge"), std::string("https://"), access().url + "/",
                                 "https://me:" + stand_in->token + "@git.example.org", std::string("https://x/?a=b")}) {
    ForgeAccess wrong = access();
    wrong.url = url;
    refused(wrong, "bad_url");
  }
  for (const std::string& token :
       {std::string(), stand_in->token + "\n", std::string("a b"), std::string("\xc3\xbc")}) {
    ForgeAccess wrong = access();
    wrong.token = Secret(token);
    refused(wrong, "bad_token");
  }
  ForgeAccess wrong = access();
  wrong.proxy = "socks5://proxy";
  refused(wrong, "bad_proxy");
  wrong = access();
  wrong.url = "https://git.example.org";
  wrong.ca_file = "/nonexistent.pem";
  refused(wrong, "bad_ca_file");
}

TEST_P(ForgeContract, AProxyIsUsed) {
  ForgeAccess behind = access();
  behind.url = "http://forge.invalid";
  behind.proxy = host.url();
  forge = made(behind);
  repository();
  ASSERT_EQ(host.heard.size(), 1u);
  EXPECT_TRUE(host.heard.front().target.starts_with("http://forge.invalid/api/")) << host.heard.front().target;
  behind.no_proxy = "forge.invalid";
  forge = made(behind);
  EXPECT_EQ(repository().error().code(), "forge_away");
  EXPECT_EQ(host.heard.size(), 1u);
}

}  // namespace open_cicd::scm::contract
