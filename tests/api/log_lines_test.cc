// The log viewer's requests, over a real socket.
#include "api/both_databases.h"
#include "base/crypto.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace open_cicd {
namespace {

namespace bj = boost::json;

class LogLines : public BothDatabases {
 protected:
  struct Running {
    TestAgent agent;
    TestLease lease;
    std::map<int, std::string> texts = {};
  };
  Running given_running_job(std::string extra = {}) {
    Running made{.agent = plane().register_agent(), .lease = {}};
    made.lease = plane().claim(made.agent, plane().submit(R"("retry":0)" + extra));
    EXPECT_EQ(plane().put_status(made.agent, made.lease, R"({"status":"running"})").status, 200);
    return made;
  }
  void print(Running& made, const std::string& bytes, int step = 0) {
    std::string& text = made.texts[step];
    EXPECT_EQ(plane().append(made.agent, made.lease, step, std::ssize(text), bytes).status, 202);
    text += bytes;
  }
  void finish(Running& made, std::string_view status = "succeeded", std::string_view more = {}) {
    bj::object sums;
    for (const auto& [step, text] : made.texts)
      sums[std::to_string(step)] = {{"size", text.size()}, {"crc32c", format_crc32c(crc32c(text))}};
    const Reply done = plane().put_status(
        made.agent, made.lease, fmt::format(R"({{"status":"{}","logs":{}{}}})", status, bj::serialize(sums), more));
    EXPECT_EQ(done.status, 200) << done.body;
  }
  Reply get(const Running& made, const std::string& what, TestPlane::Headers headers = {}) {
    return plane().call(http::Method::get, "/api/v1/jobs/" + made.lease.job + "/logs/" + what, plane().admin(), {},
                        std::move(headers));
  }
  static std::string json_of(const Reply& reply, std::string_view member) {
    return reply.json.is_object() && reply.json.as_object().contains(member) ? bj::serialize(reply.json.at(member))
                                                                             : std::string();
  }
};

TEST_P(LogLines, OfARunningJobTheIndexLinesAndASearchAreOfWhatIsThere) {
  Running made = given_running_job();
  print(made, "one\ntwo error\nthr");
  const Reply index = get(made, "index");
  ASSERT_EQ(index.status, 200) << index.body;
  EXPECT_EQ(json_of(index, "complete"), "false");
  EXPECT_EQ(index.text("event_id"), "1.0.14");
  const bj::value& step = index.json.at("steps").at(0);
  EXPECT_EQ(step.at("lines").as_int64(), 2);
  EXPECT_EQ(step.at("state").as_string(), "running");
  EXPECT_GE(step.at("started_at").as_string(), index.json.at("started_at").as_string());
  EXPECT_EQ(index.header("ETag"), "");
  EXPECT_EQ(index.header("Cache-Control"), "no-store");

  const Reply lines = get(made, "lines?step=0");
  ASSERT_EQ(lines.status, 200) << lines.body;
  EXPECT_EQ(json_of(lines, "lines"), R"(["one","two error"])");
  EXPECT_EQ(json_of(lines, "times"), "[null,null]");
  EXPECT_EQ(json_of(lines, "complete"), "false");

  const Reply found = get(made, "search?q=TWO");
  ASSERT_EQ(found.status, 200) << found.body;
  EXPECT_EQ(json_of(found, "matches"), R"([{"step":0,"line":2}])");
  EXPECT_EQ(json_of(get(made, "search?q=TWO&case=true"), "total"), "0");
  EXPECT_EQ(json_of(get(made, "search?q=t.o%20e&regex=true"), "total"), "1");
}

TEST_P(LogLines, OfAnEndedAttemptTheAnswersAreFinal) {
  Running made = given_running_job();
  print(made, "one\ntwo");
  finish(made);
  for (const std::string what : {"index", "lines?step=0", "lines?step=0&from=2&count=1"}) {
    const Reply first = get(made, what);
    ASSERT_EQ(first.status, 200) << first.body;
    EXPECT_TRUE(first.header("Cache-Control").contains("immutable")) << what;
    const Reply again = get(made, what, {{"If-None-Match", first.header("ETag")}});
    EXPECT_EQ(again.status, 304) << what;
    EXPECT_EQ(again.header("ETag"), first.header("ETag"));
  }
  EXPECT_EQ(json_of(get(made, "lines?step=0&from=2&count=1"), "lines"), R"(["two"])");
  EXPECT_EQ(json_of(get(made, "lines?step=0&from=9"), "lines"), "[]");
  EXPECT_EQ(json_of(get(made, "index"), "complete"), "true");
  EXPECT_EQ(json_of(get(made, "lines?step=-1"), "total"), "0");
}

TEST_P(LogLines, TheFirstErrorIsThatOfTheStepThatMadeTheJobFail) {
  Running made = given_running_job();
  print(made, "error: of no account\nfine\n", -1);
  print(made, "compiling\na.c:1:1: error: no\nerror: more\n", 0);
  finish(made, "failed",
         R"(,"cause":"exit","setup":{"state":"succeeded"},"steps":[{"state":"failed","exit_code":2,"duration_ms":5}])");
  const Reply index = get(made, "index");
  ASSERT_EQ(index.status, 200) << index.body;
  EXPECT_EQ(json_of(index, "first_error"), R"({"step":0,"line":2})") << index.body;
  EXPECT_EQ(json_of(get(made, "search?q=error"), "total"), "3");
  const bj::array& steps = index.json.at("steps").as_array();
  EXPECT_EQ(steps.at(0).at("started_at"), index.json.at("started_at")) << "the setup begins with the attempt";
  EXPECT_GE(steps.at(1).at("started_at").as_string(), steps.at(0).at("started_at").as_string());
}

TEST_P(LogLines, WhatIsNotThereOrWrongIsToldByName) {
  Running made = given_running_job();
  const auto refused = [&](const std::string& what, int status, std::string_view word) {
    const Reply reply = get(made, what);
    EXPECT_EQ(reply.status, status) << what;
    EXPECT_TRUE(reply.body.contains(word)) << reply.body;
  };
  refused("index?attempt=7", 404, "no_such_attempt");
  refused("lines?step=9", 404, "no_such_step");
  refused("lines", 422, "step");
  refused("lines?step=0&from=0", 422, "from");
  refused("lines?step=0&count=2001", 422, "count");
  refused("search", 422, "\"q\"");
  refused("search?q=", 422, "\"q\"");
  refused("search?q=" + std::string(1001, 'a'), 422, "\"q\"");
  refused("search?q=(&regex=1", 422, "\"q\"");
  refused("search?q=a&case=maybe", 422, "\"case\"");
  refused("search?q=a&limit=10001", 422, "limit");
  refused("search?q=a&cursor=x", 422, "cursor");
  refused("search?q=a&case_=1", 422, "case_");
  EXPECT_EQ(plane().get("/api/v1/jobs/0193e0c8-0000-7000-8000-000000000000/logs/index").status, 404);
}

TEST_P(LogLines, AJobThatWasNeverClaimedHasStepsWithoutLines) {
  const std::string job = plane().submit(R"("runs_on":["none-has-it"])");
  const Reply index = plane().get("/api/v1/jobs/" + job + "/logs/index");
  ASSERT_EQ(index.status, 200) << index.body;
  EXPECT_EQ(json_of(index, "attempt"), "0");
  EXPECT_EQ(index.json.at("steps").at(0).at("lines").as_int64(), 0);
  EXPECT_FALSE(index.json.at("steps").at(0).as_object().contains("started_at"));
  EXPECT_EQ(json_of(plane().get("/api/v1/jobs/" + job + "/logs/lines?step=0"), "lines"), "[]");
  EXPECT_EQ(json_of(plane().get("/api/v1/jobs/" + job + "/logs/search?q=a"), "total"), "0");
}

TEST_P(LogLines, HostileBytesAreTextInEveryAnswer) {
  Running made = given_running_job();
  print(made,
        std::string("\0\x01\xff\xfe<script>\xe2\x80\xae\x1b[31m\n", 22) + std::string(200'000, '\0') + "\nlast\n");
  const Reply lines = get(made, "lines?step=0");
  ASSERT_EQ(lines.status, 200);
  ASSERT_TRUE(lines.json.is_object()) << "it is no JSON";
  EXPECT_LE(lines.body.size(), 1u << 20);
  EXPECT_EQ(lines.json.at("lines").as_array().size(), 3u);
  EXPECT_EQ(json_of(lines, "cut"), "[2]");
  EXPECT_EQ(json_of(get(made, "search?q=%5Cx00&regex=1"), "total"), "2");
  EXPECT_EQ(json_of(get(made, "search?q=last"), "matches"), R"([{"step":0,"line":3}])");
}

INSTANTIATE_ON_BOTH_DATABASES(LogLines);

}  // namespace
}  // namespace open_cicd
