#include "repositories/notifier.h"

#include "notifications/limits.h"
#include "repositories/repositories_fixture.h"

namespace open_cicd::repositories {
namespace {

// Takes what it gets, or refuses it.
struct PlayedChannel final : notifications::Channel {
  struct Got {
    std::string target, id, body, subject, text;
  };
  std::mutex mutex;
  std::vector<Got> got;
  std::vector<std::string> refused;  // ids
  std::optional<Error> trouble;
  std::string secret;

  Task<Result<std::string>> send(notifications::Target target, Secret key, notifications::Message message) override {
    const std::lock_guard lock(mutex);
    secret = key.reveal();
    if (trouble) {
      refused.push_back(message.id);
      co_return std::unexpected(*trouble);
    }
    got.push_back({target.id.str(), message.id, message.body, message.letter.subject, message.letter.text});
    co_return "200";
  }
};

const Error away(ErrorKind::unavailable, "not_sent", "nobody is there");

class NotifierTest : public RepositoriesFixture {
 protected:
  notifications::Target wanted(const std::string& scope, std::string on = "always") {
    return {
        .repository_id = scope, .kind = "webhook", .url = "https://a/b", .told_on = std::move(on), .created_by = "x"};
  }
  std::string add(notifications::Target target) {
    auto added = run_alone(notifier.add(std::move(target)));
    EXPECT_TRUE(added) << (added ? "" : added.error().message());
    return added.value().target.id.str();
  }
  runs::Run pushed(const Repository& repository, const std::string& branch = "main") {
    const std::string number = std::to_string(++pushes);
    const std::string sha = commit({{"a", number}}, "push " + number);
    deliver(repository, push(branch, first, sha));
    runs::Run run = runs_after(repository).back();
    EXPECT_EQ(run.reason, std::nullopt);
    return run;
  }
  void end(const runs::Run& run, const std::string& how = "succeeded") {
    run_job(run.id, "a", how);
    if (how == "succeeded") run_job(run.id, "b");
  }
  std::int64_t waiting() {
    const db::Query query{.name = "test.outbox", .sql = "SELECT count(*) FROM outbox"};
    return run_alone(session.read(query, {})).integer(0, 0);
  }
  std::int64_t waiting_now() {
    const db::Query query{.name = "test.due", .sql = "SELECT count(*) FROM outbox WHERE not_before <= $1"};
    return run_alone(session.read(query, {clock.unix_ms()})).integer(0, 0);
  }
  // The notifier's loop, until `done` holds or ten seconds are over.
  bool sends_until(const std::function<bool()>& done) {
    return run_alone([](NotifierTest* self, std::function<bool()> enough) -> Task<bool> {
      const auto executor = co_await asio::this_coro::executor;
      Notifier fresh(self->session, self->clock, self->repositories, self->vault, self->runs,
                     {.webhook = &self->channel, .email = &self->channel});
      TaskGroup loops(executor);
      loops.spawn("notifier", fresh.run());
      bool fine = false;
      asio::steady_timer pause(executor);
      const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
      while (!(fine = enough()) && std::chrono::steady_clock::now() < deadline) {
        pause.expires_after(std::chrono::milliseconds(5));
        co_await pause.async_wait(asio::use_awaitable);
      }
      co_await loops.stop();
      co_return fine;
    }(this, done));
  }
  bool sends_all() {
    return sends_until([this] { return waiting() == 0; });
  }
  static boost::json::object run_in(const std::string& body) {
    return boost::json::parse(body).at("data").at("run").as_object();
  }
  std::vector<std::string> states() {
    std::vector<std::string> all;
    for (const auto& got : channel.got) all.emplace_back(run_in(got.body).at("state").as_string());
    return all;
  }
  using Words = std::vector<std::string>;

  PlayedChannel channel;
  Notifier notifier{session, clock, repositories, vault, runs, {.webhook = &channel, .email = &channel}};
  int pushes = 0;
};
INSTANTIATE_RUNS_ON_BOTH_DATABASES(NotifierTest);

TEST_P(NotifierTest, TheEndOfARunIsToldOnceToEachTarget) {
  const Repository repository = connect();
  const std::string own = add(wanted(repository.id.str()));
  const std::string server = add(wanted(""));
  played.repository.full_name = "group/other";
  const Repository other = connect({.address = {.url = "https://forge.example/group/other", .forge = "played"}});
  add(wanted(other.id.str()));
  const runs::Run run = pushed(repository);
  run_job(run.id, "a");
  EXPECT_EQ(waiting(), 0);
  run_job(run.id, "b");
  EXPECT_EQ(waiting(), 2);
  ASSERT_TRUE(sends_all());
  ASSERT_EQ(channel.got.size(), 2u);
  EXPECT_EQ((std::set{channel.got[0].target, channel.got[1].target}), (std::set{own, server}));
  const auto body = boost::json::parse(channel.got[0].body);
  EXPECT_EQ(body.at("type"), "run.ended");
  const auto told = run_in(channel.got[0].body);
  EXPECT_EQ(std::string(told.at("id").as_string()), run.id.str());
  EXPECT_EQ(told.at("repository"), "group/app");
  EXPECT_EQ(told.at("branch"), "main");
  EXPECT_EQ(std::string(told.at("sha").as_string()), *run.sha);
  EXPECT_EQ(told.at("title"), "push 1");
  EXPECT_EQ(told.at("state"), "succeeded");
  EXPECT_EQ(told.if_contains("previous_state"), nullptr);
  EXPECT_EQ(std::string(told.at("url").as_string()), "https://ci.example/runs/" + run.id.str());
  EXPECT_FALSE(told.at("finished_at").is_null());
  const auto listed = run_alone(notifier.list(repository.id.str()));
  ASSERT_EQ(listed.size(), 1u);
  EXPECT_TRUE(listed[0].target.last_sent_at);
}

TEST_P(NotifierTest, EachRoundIsToldWithTheOneBefore) {
  const Repository repository = connect();
  add(wanted(repository.id.str()));
  const runs::Run run = pushed(repository);
  end(run, "failed");
  ASSERT_TRUE(run_alone(runs.rerun(run.id, {.which = runs::RerunJobs::Which::failed}, "x")));
  end(run);
  EXPECT_EQ(waiting(), 2);
  ASSERT_TRUE(sends_all());
  EXPECT_EQ(states(), (Words{"failed", "succeeded"}));
  EXPECT_EQ(run_in(channel.got[1].body).at("previous_state"), "failed");
  EXPECT_EQ(run_in(channel.got[1].body).at("round"), 2);
  EXPECT_NE(channel.got[0].id, channel.got[1].id);
  EXPECT_NE(channel.got[0].text.find("\n  a\n"), std::string::npos);
}

TEST_P(NotifierTest, AChangeIsOneOfTheSameBranch) {
  const Repository repository = connect();
  add(wanted(repository.id.str(), "change"));
  for (const char* how : {"succeeded", "failed", "failed", "succeeded", "succeeded"}) {
    end(pushed(repository), how);
    end(pushed(repository, "side"), "succeeded");
  }
  ASSERT_TRUE(sends_all());
  EXPECT_EQ(states(), (Words{"failed", "succeeded"}));
}

TEST_P(NotifierTest, FailuresAndBranchesAreChosen) {
  const Repository repository = connect();
  add(wanted(repository.id.str(), "failure"));
  notifications::Target side = wanted(repository.id.str());
  side.branches = {"side/**"};
  const std::string of_side = add(side);
  end(pushed(repository));
  end(pushed(repository, "side/x"));
  end(pushed(repository), "failed");
  ASSERT_TRUE(sends_all());
  EXPECT_EQ(channel.got.size(), 2u);
  for (const auto& got : channel.got)
    EXPECT_EQ(run_in(got.body).at("state"), got.target == of_side ? "succeeded" : "failed");
}

TEST_P(NotifierTest, WhatIsNotTakenIsSentAgainAsItWas) {
  const Repository repository = connect();
  const std::string id = add(wanted(repository.id.str()));
  channel.trouble = away;
  end(pushed(repository));
  end(pushed(repository));
  ASSERT_TRUE(sends_until([&] { return waiting_now() == 0; }));
  EXPECT_EQ(channel.refused.size(), 1u);  // the others wait as well, as they would have the same fate
  EXPECT_EQ(waiting(), 2);
  const auto listed = run_alone(notifier.list(repository.id.str()));
  EXPECT_EQ(listed[0].waiting, 2);
  EXPECT_EQ(listed[0].target.last_error, "nobody is there");
  clock.advance(Milliseconds(2'000));
  ASSERT_TRUE(sends_until([&] { return waiting_now() == 0; }));
  clock.advance(Milliseconds(2'000));
  EXPECT_EQ(waiting_now(), 0);
  clock.advance(Milliseconds(2'000));
  EXPECT_EQ(waiting_now(), 2);  // each try waits twice as long
  EXPECT_EQ((std::set<std::string>(channel.refused.begin(), channel.refused.end()).size()), 2u);
  channel.trouble.reset();
  ASSERT_TRUE(sends_all());
  EXPECT_EQ(channel.got.size(), 2u);
  EXPECT_FALSE(run_alone(notifier.list(repository.id.str()))[0].target.last_error);
}

TEST_P(NotifierTest, AReceiverMayAskToWait) {
  const Repository repository = connect();
  add(wanted(repository.id.str()));
  channel.trouble = Error(away).with_retry_after(std::chrono::seconds(600));
  end(pushed(repository));
  ASSERT_TRUE(sends_until([&] { return waiting_now() == 0; }));
  clock.advance(Milliseconds(599'000));
  EXPECT_EQ(waiting_now(), 0);
  clock.advance(Milliseconds(1'000));
  EXPECT_EQ(waiting_now(), 1);
}

TEST_P(NotifierTest, AfterADayItIsGivenUp) {
  const Repository repository = connect();
  add(wanted(repository.id.str()));
  channel.trouble = away;
  end(pushed(repository));
  ASSERT_TRUE(sends_until([&] { return waiting_now() == 0; }));
  clock.advance(Milliseconds(std::int64_t{24} * 3'600'000));
  ASSERT_TRUE(sends_all());
  EXPECT_EQ(channel.got.size(), 0u);
  EXPECT_EQ(run_alone(notifier.list(repository.id.str()))[0].target.last_error, "nobody is there");
}

TEST_P(NotifierTest, C6_NoSecretIsInAMessage) {
  const Repository repository = connect();
  const std::string canary = "canary-7d1f0a52";
  ASSERT_TRUE(
      run_alone(vault.put({.scope = repository.id.str(), .name = "TOKEN", .value = Secret(canary), .by = "x"})));
  const auto added = run_alone(notifier.add(wanted(repository.id.str())));
  ASSERT_TRUE(added && added->secret);
  EXPECT_TRUE(added->secret->reveal().starts_with("whsec_"));
  end(pushed(repository), "failed");
  ASSERT_TRUE(sends_all());
  EXPECT_EQ(channel.secret, added->secret->reveal());
  for (const std::string& hidden : {canary, added->secret->reveal(), std::string("good")})
    for (const std::string& text : {channel.got[0].body, channel.got[0].subject, channel.got[0].text})
      EXPECT_EQ(text.find(hidden), std::string::npos) << text;
}

TEST_P(NotifierTest, WhoIsRemovedHearsNoMore) {
  const Repository repository = connect();
  const std::string gone = add(wanted(repository.id.str()));
  const std::string other = add(wanted(""));
  end(pushed(repository));
  EXPECT_FALSE(run_alone(notifier.remove("", *NotificationId::parse(gone))));
  ASSERT_TRUE(run_alone(notifier.remove(repository.id.str(), *NotificationId::parse(gone))));
  EXPECT_FALSE(run_alone(notifier.remove(repository.id.str(), *NotificationId::parse(gone))));
  EXPECT_FALSE(run_alone(vault.own(repository.id.str(), "@notify:" + gone)).value());
  ASSERT_TRUE(sends_all());
  ASSERT_EQ(channel.got.size(), 1u);
  EXPECT_EQ(channel.got[0].target, other);
}

TEST_P(NotifierTest, TargetsGoWithTheirRepository) {
  const Repository repository = connect();
  add(wanted(repository.id.str()));
  end(pushed(repository));
  ASSERT_TRUE(run_alone(repositories.remove(repository.id)));
  EXPECT_TRUE(run_alone(notifier.list(repository.id.str())).empty());
  EXPECT_EQ(waiting(), 0);
  EXPECT_FALSE(run_alone(notifier.add(wanted(repository.id.str()))));
}

TEST_P(NotifierTest, ATestIsSentAtOnceAndSaysWhatCame) {
  const Repository repository = connect();
  const NotificationId id = *NotificationId::parse(add(wanted(repository.id.str())));
  const auto taken = run_alone(notifier.test(repository.id.str(), id));
  ASSERT_TRUE(taken);
  EXPECT_TRUE(taken->is_taken);
  EXPECT_EQ(boost::json::parse(channel.got.at(0).body).at("type"), "test");
  channel.trouble = away;
  const auto refused = run_alone(notifier.test(repository.id.str(), id));
  EXPECT_FALSE(refused->is_taken);
  EXPECT_EQ(refused->answer, "nobody is there");
  EXPECT_FALSE(run_alone(notifier.test("", id)));
  EXPECT_EQ(waiting(), 0);
}

TEST_P(NotifierTest, EMailNeedsAServerThatTakesIt) {
  Notifier without(session, clock, repositories, vault, runs, {.webhook = &channel, .email = nullptr});
  const auto added = run_alone(without.add({.kind = "email", .addresses = {"a@b"}, .told_on = "always"}));
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().fields().at(0).path, "kind");
  EXPECT_TRUE(run_alone(notifier.add({.kind = "email", .addresses = {"a@b"}, .told_on = "always"})));
}

TEST_P(NotifierTest, ThereIsALimit) {
  for (std::int64_t i = 0; i < notifications::limits::targets_max; ++i) add(wanted(""));
  const auto more = run_alone(notifier.add(wanted("")));
  ASSERT_FALSE(more);
  EXPECT_EQ(more.error().code(), "notification_limit");
}

}  // namespace
}  // namespace open_cicd::repositories
