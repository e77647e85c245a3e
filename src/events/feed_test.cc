#include "events/feed.h"

#include "base/run_alone.h"
#include "base/task_group.h"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include <random>

namespace open_cicd::events {
namespace {

namespace bj = boost::json;
using Told = Feed::Subscription::Told;

// What a server shows: entities of a few members.
class Shown final : public ViewSource {
 public:
  Task<std::vector<View>> read(Entity::Kind kind, std::vector<Uuid> ids) override {
    ++readings;
    if (std::exchange(fails, false)) throw std::runtime_error("the database is away");
    std::vector<View> views;
    for (const Uuid& id : ids)
      if (const auto found = entities.find({kind, id}); found != entities.end()) {
        View view = found->second;
        view.id = id;
        views.push_back(std::move(view));
      }
    co_return views;
  }
  std::map<std::pair<Entity::Kind, Uuid>, View> entities;
  int readings = 0;
  bool fails = false;
};

// The feed and what it reads run on the test's own thread.
class FeedTest : public testing::Test {
 protected:
  static FeedSettings quick() {
    FeedSettings settings;
    settings.merge = Milliseconds(60);
    settings.queue_pause = Milliseconds(80);
    settings.read_pause = settings.retry = Milliseconds(1);
    return settings;
  }
  void begin(FeedSettings settings = quick()) {
    feed.emplace(settings, bus);
    tasks.spawn("tell changes", feed->run(source));
  }
  void TearDown() override {
    subscriptions.clear();
    run_on(context, tasks.stop());
  }
  Feed::Subscription& follow(
      std::vector<Topic> topics, const std::optional<std::string>& after = {},
      std::function<bool(const Topic&)> may = [](const Topic&) { return true; }) {
    return *subscriptions.emplace_back(
        std::make_unique<Feed::Subscription>(*feed, context.get_executor(), std::move(topics), after, std::move(may)));
  }
  void leave(Feed::Subscription& subscription) {
    std::erase_if(subscriptions, [&](const auto& one) { return one.get() == &subscription; });
  }
  void pass(Milliseconds time) {
    context.restart();
    context.run_for(time);
  }
  // What comes until `count` events are there, or nothing has for a while.
  std::vector<Told> told(Feed::Subscription& subscription, std::size_t count) {
    std::vector<Told> all;
    for (int i = 0; i < 400 && all.size() < count; ++i) {
      pass(Milliseconds(5));
      std::ranges::move(subscription.take(), std::back_inserter(all));
    }
    return all;
  }
  bj::object next(Feed::Subscription& subscription) {
    const std::vector<Told> one = told(subscription, 1);
    if (one.size() != 1 || one[0].data.empty()) throw std::runtime_error("not one event");
    return bj::parse(one[0].data).as_object();
  }

  View& show(Entity::Kind kind, const Uuid& id, std::int64_t version, std::string_view state) {
    View& view = source.entities[{kind, id}];
    view.version = version;
    view.shown["version"] = version;
    view.shown["state"] = state;
    return view;
  }
  void change(RunId run, std::int64_t version, std::string_view state, bool ended = false) {
    show(Entity::Kind::run, run.uuid(), version, state).ended = ended;
    bus.publish(RunChanged{run, ended});
  }
  static Topic runs() { return {Topic::Kind::runs}; }
  static Topic of(RunId run) { return {Topic::Kind::run, run}; }

  asio::io_context context{1};
  TaskGroup tasks{context.get_executor()};
  Bus bus;
  Shown source;
  std::optional<Feed> feed;
  std::vector<std::unique_ptr<Feed::Subscription>> subscriptions;
};

TEST_F(FeedTest, TheFirstEventTellsAllAndTheNextWhatIsNew) {
  begin();
  const RunId run = RunId::make();
  Feed::Subscription& subscription = follow({runs()});
  show(Entity::Kind::run, run.uuid(), 3, "queued").shown["branch"] = "main";
  bus.publish(RunChanged{run});
  bj::object event = next(subscription);
  EXPECT_EQ(event, bj::parse(R"({"topic":"runs","kind":"run","id":")" + run.str() +
                             R"(","from":0,"version":3,"patch":{"version":3,"state":"queued","branch":"main"}})"));
  source.entities.at({Entity::Kind::run, run.uuid()}).shown.erase("branch");
  change(run, 4, "running");
  event = next(subscription);
  EXPECT_EQ(event.at("from"), 3);
  EXPECT_EQ(event.at("patch"), bj::parse(R"({"version":4,"state":"running","branch":null})"));
}

TEST_F(FeedTest, WhatNobodyFollowsIsNotRead) {
  begin();
  change(RunId::make(), 1, "queued");
  const RunId run = RunId::make();
  Feed::Subscription& subscription = follow({of(run)});
  change(RunId::make(), 1, "queued");
  bus.publish(JobChanged{JobId::make(), RunId::make()});
  bus.publish(AgentChanged{AgentId::make()});
  pass(Milliseconds(20));
  EXPECT_EQ(source.readings, 0);
  EXPECT_TRUE(subscription.take().empty());
  const JobId job = JobId::make();
  show(Entity::Kind::job, job.uuid(), 1, "queued");
  bus.publish(JobChanged{job, run});
  EXPECT_EQ(next(subscription).at("topic").as_string(), text_of(of(run)));
}

TEST_F(FeedTest, ChangesWithinTheMergeAreOneEventAndAnEndGoesAtOnce) {
  FeedSettings settings = quick();
  settings.merge = Milliseconds(60'000);
  begin(settings);
  const RunId run = RunId::make();
  Feed::Subscription& subscription = follow({runs()});
  change(run, 1, "queued");
  ASSERT_EQ(told(subscription, 1).size(), 1U);
  change(run, 2, "running");
  change(run, 3, "running");
  pass(Milliseconds(30));
  EXPECT_TRUE(subscription.take().empty()) << "it is not time yet";
  change(run, 4, "failed", true);
  const bj::object event = next(subscription);
  EXPECT_EQ(event.at("from"), 1);
  EXPECT_EQ(event.at("version"), 4);
}

TEST_F(FeedTest, AVersionThatWasToldIsNotToldAgain) {
  begin();
  const RunId run = RunId::make();
  Feed::Subscription& subscription = follow({runs()});
  change(run, 2, "queued");
  ASSERT_EQ(told(subscription, 1).size(), 1U);
  change(run, 2, "queued");
  pass(Milliseconds(120));
  EXPECT_TRUE(subscription.take().empty());
}

TEST_F(FeedTest, WhoWasAwayGoesOnAfterTheLastEventThatArrived) {
  begin();
  const RunId first = RunId::make(), second = RunId::make();
  Feed::Subscription* away = &follow({runs()});
  change(first, 1, "queued");
  const std::string last = told(*away, 1).at(0).id;
  leave(*away);
  change(first, 2, "running");
  pass(Milliseconds(100));
  change(second, 1, "queued");
  pass(Milliseconds(100));
  const std::vector<Told> missed = told(follow({runs()}, last), 2);
  ASSERT_EQ(missed.size(), 2U);
  EXPECT_EQ(bj::parse(missed[0].data).at("from"), 1) << "a patch of what it has";
  EXPECT_EQ(bj::parse(missed[1].data).at("id").as_string(), second.str());
  EXPECT_TRUE(follow({runs()}, missed[1].id).take().empty()) << "nothing comes twice";
}

TEST_F(FeedTest, AnIdThatSaysNothingBeginsAnew) {
  begin();
  Feed::Subscription& subscription = follow({runs()});
  change(RunId::make(), 1, "queued");
  const std::string id = told(subscription, 1).at(0).id;
  const auto begins_anew = [&](std::vector<Topic> topics, const std::string& after) {
    const std::vector<Told> first = follow(std::move(topics), after).take();
    return first.size() == 1 && first[0].data.empty();
  };
  EXPECT_FALSE(begins_anew({runs()}, id));
  EXPECT_TRUE(begins_anew({runs()}, "00000000" + id.substr(8))) << "of another epoch";
  EXPECT_TRUE(begins_anew({runs()}, id + "000")) << "of no event yet";
  EXPECT_TRUE(begins_anew({runs()}, ""));
  EXPECT_TRUE(begins_anew({runs(), {Topic::Kind::agents}}, id)) << "nobody followed agents";
}

TEST_F(FeedTest, AFollowerThatIsTooSlowBeginsAnew) {
  FeedSettings settings = quick();
  settings.events_max = 3;
  begin(settings);
  const RunId quiet = RunId::make();
  Feed::Subscription& slow = follow({runs()});
  Feed::Subscription& other = follow({of(quiet)});
  for (int i = 0; i < 4; ++i) change(RunId::make(), 1, "queued");
  pass(Milliseconds(50));
  const std::vector<Told> first = slow.take();
  ASSERT_EQ(first.size(), 1U);
  EXPECT_TRUE(first[0].data.empty());
  EXPECT_TRUE(other.take().empty()) << "of its own topic nothing is missing";
  change(RunId::make(), 1, "queued");
  EXPECT_EQ(told(slow, 1).size(), 1U) << "it goes on from there";
}

TEST_F(FeedTest, TooManyChangesAtOnceBeginAnewForEverybody) {
  FeedSettings settings = quick();
  settings.changed_max = 10;
  begin(settings);
  Feed::Subscription& subscription = follow({runs()});
  for (int i = 0; i < 11; ++i) change(RunId::make(), 1, "queued");
  const std::vector<Told> first = told(subscription, 1);
  ASSERT_EQ(first.size(), 1U);
  EXPECT_TRUE(first[0].data.empty());
}

TEST_F(FeedTest, OfTheQueueOnlyTheNewestSnapshotIsKept) {
  begin();
  const Topic queue{Topic::Kind::queue};
  Feed::Subscription& subscription = follow({queue});
  for (int i = 1; i <= 3; ++i) {
    source.entities[{Entity::Kind::queue, Uuid{}}] = {.shown = {{"jobs", i}}, .exact = false};
    bus.publish(JobChanged{JobId::make()});
    pass(Milliseconds(120));
  }
  const std::vector<Told> snapshots = told(subscription, 1);
  ASSERT_EQ(snapshots.size(), 1U);
  EXPECT_EQ(bj::parse(snapshots[0].data).at("patch"), bj::parse(R"({"jobs":3})"));
  EXPECT_EQ(bj::parse(snapshots[0].data).at("from"), 0);
  bus.publish(JobChanged{JobId::make()});
  pass(Milliseconds(120));
  EXPECT_TRUE(subscription.take().empty()) << "it is the same";
}

TEST_F(FeedTest, WhatTheFollowerMayNotSeeIsNotTold) {
  begin();
  bool may = false;
  Feed::Subscription& subscription = follow({runs()}, {}, [&](const Topic&) { return may; });
  change(RunId::make(), 1, "queued");
  pass(Milliseconds(30));
  EXPECT_TRUE(subscription.take().empty());
  may = true;
  change(RunId::make(), 1, "queued");
  EXPECT_EQ(told(subscription, 1).size(), 1U) << "it is asked for each event";
}

TEST_F(FeedTest, WhatIsGoneIsAPatchOfNull) {
  begin();
  const AgentId agent = AgentId::make();
  Feed::Subscription& subscription = follow({{Topic::Kind::agents}});
  show(Entity::Kind::agent, agent.uuid(), 5, "idle").exact = false;
  bus.publish(AgentChanged{agent});
  EXPECT_EQ(next(subscription).at("version"), 5);
  source.entities.clear();
  bus.publish(AgentChanged{agent});
  const bj::object event = next(subscription);
  EXPECT_TRUE(event.at("patch").is_null());
  EXPECT_EQ(event.at("version"), 6);
}

TEST_F(FeedTest, AReadingThatFailsIsRepeated) {
  begin();
  Feed::Subscription& subscription = follow({runs()});
  source.fails = true;
  change(RunId::make(), 1, "queued");
  EXPECT_EQ(told(subscription, 1).size(), 1U);
  EXPECT_EQ(source.readings, 2);
}

TEST_F(FeedTest, AnUnknownTopicIsNamed) {
  EXPECT_EQ(text_of(parse_topic("queue").value()), "queue");
  for (const std::string_view wrong : {"repository:x", "run:", "run:1", "", "Runs"}) {
    const auto refused = parse_topic(wrong);
    ASSERT_FALSE(refused) << wrong;
    EXPECT_TRUE(refused.error().fields().at(0).message.contains(wrong)) << wrong;
  }
}

// A client as the guide describes it: it reads what it shows, applies patches to the version that they are from, passes
// over what is older, and reads again what it missed.
class Client {
 public:
  explicit Client(const Shown& server) : server_(server) { read_all(); }
  void hear(const Told& told) {
    if (told.data.empty()) return read_all();
    const bj::object event = bj::parse(told.data).as_object();
    const Uuid id = RunId::parse(event.at("id").as_string()).value().uuid();
    View& have = entities_[id];
    const std::int64_t version = event.at("version").as_int64(), from = event.at("from").as_int64();
    if (version <= have.version) return;
    if (from != 0 && from != have.version) return read(id);
    if (from == 0) have.shown.clear();
    for (const auto& [name, value] : event.at("patch").as_object())
      if (value.is_null())
        have.shown.erase(name);
      else
        have.shown[name] = value;
    have.version = version;
    ++patched;
  }
  bool shows_what_the_server_shows() const {
    return entities_.size() == server_.entities.size() &&
           std::ranges::all_of(server_.entities, [this](const auto& item) {
             const auto mine = entities_.find(item.first.second);
             return mine != entities_.end() && mine->second.version == item.second.version &&
                    mine->second.shown == item.second.shown;
           });
  }
  int patched = 0;

 private:
  void read(const Uuid& id) { entities_[id] = server_.entities.at({Entity::Kind::run, id}); }
  void read_all() {
    entities_.clear();
    for (const auto& [key, view] : server_.entities) read(key.second);
  }
  const Shown& server_;
  std::map<Uuid, View> entities_;
};

TEST_F(FeedTest, WhoAppliesPatchesEndsWithWhatTheServerShows) {
  FeedSettings settings = quick();
  settings.merge = Milliseconds(3);
  settings.events_max = 40;
  settings.views_max = 6;
  begin(settings);
  std::mt19937 random(testing::UnitTest::GetInstance()->random_seed());
  const auto any = [&](int most) { return std::uniform_int_distribution(0, most)(random); };
  std::vector<RunId> all;
  std::map<RunId, std::int64_t> versions;
  for (int i = 0; i < 10; ++i) all.push_back(RunId::make());
  Feed::Subscription* subscription = &follow({runs()});
  Client client(source);
  std::string last = subscription->position();
  for (int round = 0; round < 600; ++round) {
    const RunId run = all[static_cast<std::size_t>(any(9))];
    View& view = show(Entity::Kind::run, run.uuid(), ++versions[run], std::to_string(any(3)));
    const std::string member = "m" + std::to_string(any(2));
    if (any(1) == 0)
      view.shown[member] = any(3);
    else
      view.shown.erase(member);
    view.ended = any(9) == 0;
    bus.publish(RunChanged{run, view.ended});
    if (any(3) == 0) pass(Milliseconds(any(4)));
    if (any(20) == 0) {  // it hangs up, and comes back after its last event
      leave(*subscription);
      pass(Milliseconds(any(4)));
      subscription = &follow({runs()}, last);
    }
    if (any(2) == 0)
      for (const Told& one : subscription->take()) {
        client.hear(one);
        last = one.id;
      }
  }
  pass(Milliseconds(40));
  for (std::vector<Told> left = subscription->take(); !left.empty(); left = subscription->take())
    for (const Told& one : left) client.hear(one);
  EXPECT_TRUE(client.shows_what_the_server_shows());
  EXPECT_GT(client.patched, 100);
}

}  // namespace
}  // namespace open_cicd::events
