// The stream of what changes, over a real socket: who follows it from what GET showed ends with what GET shows.
#include "api/both_databases.h"
#include "base/run_alone.h"
#include "http/sse.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <deque>

namespace open_cicd {
namespace {

namespace bj = boost::json;

// One stream of events, read on the test's own thread.
class Follower {
 public:
  Follower(TestPlane& plane, const std::string& topics, const std::string& last_event_id = {})
      : client_(http::Client::make(context_.get_executor(), plane.url()).value()) {
    http::ClientRequest request{.target = "/api/v1/events?topics=" + topics,
                                .headers = {{"Authorization", "Bearer " + plane.admin()}}};
    if (!last_event_id.empty()) request.headers.emplace_back("Last-Event-ID", last_event_id);
    stream_ = run_on(context_, client_->open(std::move(request))).value();
  }
  int status() const { return stream_->head().status; }
  // Error: nothing came in time, or the stream ended.
  Result<http::SseEvent> next(std::chrono::milliseconds patience = std::chrono::seconds(20)) {
    while (events_.empty()) {
      Result<std::string> bytes = run_on(context_, stream_->read(64 << 10, patience));
      if (!bytes) return std::unexpected(bytes.error());
      if (bytes->empty()) return fail(ErrorKind::unavailable, "end", "the stream ended");
      reader_.feed(*bytes, [this](http::SseEvent event) { events_.push_back(std::move(event)); });
    }
    http::SseEvent event = std::move(events_.front());
    events_.pop_front();
    last_id_ = event.id;
    return event;
  }
  const std::string& last_id() const { return last_id_; }

 private:
  asio::io_context context_{1};
  std::unique_ptr<http::Client> client_;
  std::unique_ptr<http::ResponseStream> stream_;
  http::SseReader reader_;
  std::deque<http::SseEvent> events_;
  std::string last_id_;
};

constexpr std::string_view chain = R"(
jobs:
  build: {executor: shell, retry: 0, steps: [{run: make}]}
  test: {needs: build, executor: shell, retry: 0, steps: [{run: make test}]}
  tell: {needs: [build, test], if: failure(), executor: shell, retry: 0, steps: [{run: tell}]}
)";

class EventsApi : public BothDatabases {
 protected:
  TestPlane& plane() { return shared_planes.on(GetParam(), "events"); }
  std::string given_run(std::string_view yaml = chain) {
    const Reply reply =
        plane().call(http::Method::post, "/api/v1/runs", plane().admin(), std::string(yaml), {}, "application/yaml");
    EXPECT_EQ(reply.status, 201) << reply.body;
    return reply.text("id");
  }
  bj::object shown(const std::string& run) { return plane().get("/api/v1/runs/" + run).json.as_object(); }
  std::string job_of(const std::string& run, std::string_view key) {
    for (const auto& job : shown(run).at("jobs").as_array())
      if (job.at("key").as_string() == key) return std::string(job.at("id").as_string());
    throw std::runtime_error("no such job");
  }
  void work(const TestAgent& agent, const std::string& job, std::string finish = R"({"status":"succeeded"})") {
    const TestLease lease = plane().claim(agent, job);
    ASSERT_EQ(plane().put_status(agent, lease, R"({"status":"running"})").status, 200);
    ASSERT_EQ(plane().put_status(agent, lease, R"({"step":0,"step_state":"running","status":"running"})").status, 200);
    ASSERT_EQ(plane().put_status(agent, lease, std::move(finish)).status, 200);
  }
};

// Why a job waits for an agent is told with what is known of agents when it is read.
bool is_worked_out(std::string_view member, const bj::value& value) {
  if (member != "reason" || !value.is_object()) return false;
  const bj::value& code = value.at("code");
  return code == "waiting_for_agent" || code == "no_agent_fits";
}

// What a page shows of one run: what GET answered, and events on top.
class RunPage {
 public:
  explicit RunPage(bj::object shown) { take(std::move(shown)); }
  void take(bj::object shown) {
    jobs_.clear();
    for (const auto& job : shown.at("jobs").as_array()) jobs_[std::string(job.at("id").as_string())] = job.as_object();
    shown.erase("jobs");
    shown.erase("rounds");  // asked for when the run says that there is another one
    run_ = std::move(shown);
  }
  // False: it missed something, and has to read again.
  bool apply(const bj::object& event) {
    const std::string id(event.at("id").as_string());
    bj::object& have = event.at("kind").as_string() == "run" ? run_ : jobs_[id];
    const auto* version = have.if_contains("version");
    const std::int64_t mine = version == nullptr ? 0 : version->as_int64();
    if (event.at("version").as_int64() <= mine) return true;
    const std::int64_t from = event.at("from").as_int64();
    if (from != 0 && from != mine) return false;
    if (from == 0) have.clear();
    for (const auto& [name, value] : event.at("patch").as_object()) have[name] = value;
    return true;
  }
  // "build.state" → "succeeded"; as GET has it: for each key its newest job. Null is as good as not there.
  std::map<std::string, std::string> state() const {
    std::map<std::string, const bj::object*> newest{{"", &run_}};
    for (const auto& [id, job] : jobs_) {
      const bj::object*& one = newest[std::string(job.at("key").as_string())];
      if (one == nullptr || one->at("round").as_int64() < job.at("round").as_int64()) one = &job;
    }
    std::map<std::string, std::string> state;
    for (const auto& [key, entity] : newest)
      for (const auto& [name, value] : *entity)
        if (!value.is_null() && name != "estimate" && !is_worked_out(name, value))
          state[key + "." + std::string(name)] = bj::serialize(value);
    return state;
  }

 private:
  bj::object run_;
  std::map<std::string, bj::object> jobs_;
};

// Until the page shows what GET shows.
void follow_to_the_end(Follower& follower, RunPage& page, const std::function<bj::object()>& read) {
  const auto end = RunPage(read()).state();
  for (int i = 0; i < 200 && page.state() != end; ++i) {
    const auto event = follower.next();
    ASSERT_TRUE(event) << event.error().message();
    if (event->event == "reset" || !page.apply(bj::parse(event->data).as_object())) page.take(read());
  }
  EXPECT_EQ(page.state(), end);
}

TEST_P(EventsApi, WhoFollowsARunEndsWithWhatGetShows) {
  const std::string run = given_run();
  const TestAgent agent = plane().register_agent();
  Follower follower(plane(), "run:" + run);
  ASSERT_EQ(follower.next()->event, "hello");
  const auto read = [&] { return shown(run); };
  RunPage page(read());
  work(agent, job_of(run, "build"));
  work(agent, job_of(run, "test"), R"({"status":"failed","exit_code":3})");
  work(agent, job_of(run, "tell"));
  follow_to_the_end(follower, page, read);
  EXPECT_EQ(page.state().at(".state"), R"("failed")");

  plane().call(http::Method::post, "/api/v1/runs/" + run + "/rerun", plane().admin(), R"({"jobs":"failed"})");
  work(agent, job_of(run, "test"));
  follow_to_the_end(follower, page, read);
  EXPECT_EQ(page.state().at(".round"), "2");
  EXPECT_EQ(page.state().at("test.state"), R"("succeeded")");
}

TEST_P(EventsApi, AJobThatStillWaitsIsToldForWhat) {
  const std::string run = given_run(
      "jobs:\n  a: {executor: shell, steps: [{run: a}]}\n  b: {executor: shell, steps: [{run: b}]}\n"
      "  c: {needs: [a, b], executor: shell, steps: [{run: c}]}\n");
  Follower follower(plane(), "run:" + run);
  follower.next().value();
  const auto read = [&] { return shown(run); };
  RunPage page(read());
  work(plane().register_agent(), job_of(run, "a"));
  follow_to_the_end(follower, page, read);
  EXPECT_EQ(page.state().at("c.reason"), R"({"code":"waiting_for_needs","facts":{"jobs":["b"]}})");
}

TEST_P(EventsApi, ACancelIsToldOfTheRunAndItsJobs) {
  const std::string run = given_run();
  Follower follower(plane(), "run:" + run);
  follower.next().value();
  const auto read = [&] { return shown(run); };
  RunPage page(read());
  plane().call(http::Method::post, "/api/v1/runs/" + run + "/cancel", plane().admin(), {});
  follow_to_the_end(follower, page, read);
  EXPECT_EQ(page.state().at(".state"), R"("cancelled")");
}

TEST_P(EventsApi, LastEventIdGoesOnWhereTheStreamWas) {
  const std::string run = given_run();
  const TestAgent agent = plane().register_agent();
  std::string last;
  {
    Follower follower(plane(), "run:" + run + ",runs");
    last = follower.next()->id;
  }
  work(agent, job_of(run, "build"), R"({"status":"failed","exit_code":1})");
  Follower again(plane(), "run:" + run + ",runs", last);
  EXPECT_EQ(again.next()->event, "hello");
  const auto event = again.next();
  ASSERT_TRUE(event);
  EXPECT_EQ(event->event, "change");
  Follower lost(plane(), "runs", "0-1");
  EXPECT_EQ(lost.next()->event, "hello");
  EXPECT_EQ(lost.next()->event, "reset");
}

TEST_P(EventsApi, ARestartIsAnotherEpoch) {
  TestPlane server(GetParam());
  std::string last;
  {
    Follower follower(server, "agents");
    last = follower.next()->id;
  }
  server.restart();
  Follower follower(server, "agents", last);
  follower.next().value();
  EXPECT_EQ(follower.next()->event, "reset");
}

TEST_P(EventsApi, AgentsAreToldAsTheyComeWorkAndGo) {
  Follower follower(plane(), "agents");
  follower.next().value();
  const TestAgent agent = plane().register_agent();
  const auto next_of_agent = [&](const std::function<bool(const bj::object&)>& wanted) {
    for (int i = 0; i < 50; ++i) {
      const bj::object event = bj::parse(follower.next().value().data).as_object();
      if (event.at("id").as_string() == agent.id && wanted(event)) return event;
    }
    throw std::runtime_error("nothing of it came");
  };
  const auto is = [](std::string_view state) {
    return [state](const bj::object& event) {
      return event.at("patch").is_object() && event.at("patch").at("state").as_string() == state;
    };
  };
  const bj::object came = next_of_agent(is("idle"));
  EXPECT_EQ(came.at("from"), 0);
  const std::string job = plane().submit(R"("retry":0)");
  const TestLease lease = plane().claim(agent, job);
  EXPECT_EQ(next_of_agent(is("busy")).at("patch").at("current_job").as_string(), job);
  plane().put_status(agent, lease, R"({"status":"running"})");
  plane().put_status(agent, lease, R"({"status":"succeeded"})");
  const bj::object idle = next_of_agent(is("idle"));
  const auto shown = plane().get("/api/v1/agents/" + agent.id).json;
  EXPECT_EQ(idle.at("version"), shown.at("revision"));
  EXPECT_EQ(idle.at("patch").at("revision"), shown.at("revision"));
  plane().call(http::Method::delete_, "/api/v1/agents/" + agent.id, plane().admin());
  EXPECT_TRUE(next_of_agent([](const bj::object& event) { return event.at("patch").is_null(); }).at("patch").is_null());
}

TEST_P(EventsApi, VersionsGrowWithEveryStepAndAreTheSameEverywhere) {
  const std::string run = given_run();
  const TestAgent agent = plane().register_agent();
  const std::string job = job_of(run, "build");
  const auto version = [&] { return plane().get("/api/v1/jobs/" + job).json.at("version").as_int64(); };
  std::vector<std::int64_t> versions{version()};
  const TestLease lease = plane().claim(agent, job);
  versions.push_back(version());
  for (const std::string_view body :
       {R"({"status":"running"})", R"({"status":"running","step":0,"step_state":"running"})",
        R"({"status":"running","step":0,"step_state":"succeeded"})", R"({"status":"succeeded"})"}) {
    ASSERT_EQ(plane().put_status(agent, lease, std::string(body)).status, 200);
    versions.push_back(version());
  }
  EXPECT_TRUE(std::ranges::is_sorted(versions));
  EXPECT_EQ(std::ranges::adjacent_find(versions), versions.end());
  for (const auto& shown : shown(run).at("jobs").as_array())
    if (shown.at("id").as_string() == job) EXPECT_EQ(shown.at("version").as_int64(), versions.back());
}

TEST_P(EventsApi, WhatIsNoTopicIsRefusedByName) {
  for (const std::string topics : {"repository:1", "runs,nothing", "run:x", ""}) {
    const Reply refused = plane().get("/api/v1/events?topics=" + topics);
    EXPECT_EQ(refused.status, 422) << topics;
    EXPECT_EQ(refused.json.at("errors").at(0).at("field"), "topics");
  }
  const Reply named = plane().get("/api/v1/events?topics=runs,nothing");
  EXPECT_TRUE(named.body.contains(R"(\"nothing\")")) << named.body;
  EXPECT_EQ(plane().get("/api/v1/events").status, 422);
  EXPECT_EQ(plane().get("/api/v1/events?topics=run:" + plane().submit()).status, 404) << "a job is no run";
  std::string many = "runs";
  for (int i = 0; i < 50; ++i) many += ",run:" + format_uuid(make_uuid_v4());
  EXPECT_EQ(plane().get("/api/v1/events?topics=" + many).status, 422);
}

INSTANTIATE_ON_BOTH_DATABASES(EventsApi);

}  // namespace
}  // namespace open_cicd
