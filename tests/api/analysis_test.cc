// The analysis of a run over real sockets: what failed and at which line, whose fault it is, and where the time went.
#include "api/both_databases.h"
#include "api/git_remote.h"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

namespace open_cicd {
namespace {

namespace bj = boost::json;
using http::Method;

class AnalysisApi : public BothDatabases {
 protected:
  std::string pipeline(const std::string& name) const {
    return fmt::format(
        "name: {}\njobs:\n"
        "  build: {{executor: shell, retry: 0, steps: [{{run: make}}, {{name: unit tests, run: make test}}]}}\n"
        "  tell: {{needs: build, if: always(), executor: shell, retry: 0, steps: [{{run: tell}}]}}\n",
        name);
  }
  // A file of its own, so that no other test's runs are its history.
  std::string given_run() {
    const Reply reply = plane().call(Method::post, "/api/v1/runs?file=" + file, plane().admin(), pipeline("one"), {},
                                     "application/yaml");
    EXPECT_EQ(reply.status, 201) << reply.body;
    return reply.text("id");
  }
  bj::value job_of(const std::string& run, std::string_view key) {
    const Reply reply = plane().get("/api/v1/runs/" + run);
    for (const auto& job : reply.json.at("jobs").as_array())
      if (job.at("key").as_string() == key) return job;
    throw std::runtime_error("no such job: " + reply.body);
  }
  void work(const std::string& run, std::string_view key, const std::string& log, const std::string& finish) {
    const TestAgent agent = plane().register_agent();
    const TestLease lease = plane().claim(agent, std::string(job_of(run, key).at("id").as_string()));
    EXPECT_EQ(plane().put_status(agent, lease, R"({"status":"running"})").status, 200);
    if (!log.empty()) EXPECT_EQ(plane().append(agent, lease, 1, 0, log).status, 202);
    const Reply reply = plane().put_status(agent, lease, finish);
    EXPECT_EQ(reply.status, 200) << reply.body;
  }
  void pass(const std::string& run) {
    work(run, "build", "fine\n", R"({"status":"succeeded"})");
    work(run, "tell", "", R"({"status":"succeeded"})");
  }
  static constexpr const char* failed_in_tests =
      R"({"status":"failed","exit_code":2,"steps":[{"state":"succeeded","exit_code":0},{"state":"failed","exit_code":2}]})";
  void fail_with(const std::string& run, const std::string& line) {
    work(run, "build", "compiling\nlinking\nall built\n\x1b[31m" + line + "\x1b[0m\nmore\n", failed_in_tests);
    work(run, "tell", "", R"({"status":"succeeded"})");
  }
  Reply analysis(const std::string& run) {
    Reply reply = plane().get("/api/v1/runs/" + run + "/analysis");
    EXPECT_EQ(reply.status, 200) << reply.body;
    return reply;
  }
  bj::value only_failure(const std::string& run) {
    const Reply reply = analysis(run);
    EXPECT_EQ(reply.json.at("failures").as_array().size(), 1U) << reply.body;
    return reply.json.at("failures").at(0);
  }
  std::string verdict(const std::string& run) {
    const bj::value found = only_failure(run).at("verdict");
    std::string text(found.at("kind").as_string());
    for (const char* member :
         {"since_run", "first_failed", "on_default_branch_since", "passed_on_default_branch", "passed_in"})
      if (const bj::value* mark = found.as_object().if_contains(member))
        text += fmt::format(" {}={}", member, mark->at("number").as_int64());
    return text;
  }
  std::int64_t number_of(const std::string& run) {
    return plane().get("/api/v1/runs/" + run).json.at("number").as_int64();
  }

  const std::string file = format_uuid(make_uuid_v4()) + ".yml";
};

TEST_P(AnalysisApi, AFailureIsToldByItsStepAndTheLineThatSaysWhatIsWrong) {
  const std::string run = given_run();
  fail_with(run, "src/a.cc:12: error: no member 'x'");
  const bj::value failure = only_failure(run);
  EXPECT_EQ(failure.at("key"), "build");
  EXPECT_EQ(failure.at("state"), "failed");
  EXPECT_EQ(failure.at("step"), 1);
  EXPECT_EQ(failure.at("step_name"), "unit tests");
  EXPECT_EQ(failure.at("exit_code"), 2);
  EXPECT_EQ(failure.at("allowed"), false);
  EXPECT_EQ(failure.at("error_line"), bj::parse(R"({"step":1,"line":4,"text":"src/a.cc:12: error: no member 'x'"})"));
  EXPECT_EQ(failure.at("excerpt"), bj::parse(R"(["linking","all built","src/a.cc:12: error: no member 'x'","more"])"));
  EXPECT_EQ(verdict(run), fmt::format("unknown first_failed={}", number_of(run)));
}

TEST_P(AnalysisApi, WithoutALineThatIsAnErrorTheLastOnesAreShown) {
  const std::string run = given_run();
  work(run, "build", "one\ntwo\nthree", failed_in_tests);
  work(run, "tell", "", R"({"status":"succeeded"})");
  const bj::value failure = only_failure(run);
  EXPECT_FALSE(failure.as_object().contains("error_line"));
  EXPECT_EQ(failure.at("excerpt"), bj::parse(R"(["one","two","three"])"));
}

TEST_P(AnalysisApi, AFailureIsNewSinceTheRunThatPassed) {
  const std::string good = given_run(), bad = given_run(), worse = given_run(), other = given_run();
  pass(good);
  fail_with(bad, "error: expected 3, got 4");
  fail_with(worse, "error: expected 3, got 17");
  fail_with(other, "error: connection refused");
  EXPECT_EQ(verdict(bad), fmt::format("new since_run={0} first_failed={1}", number_of(good), number_of(bad)));
  EXPECT_EQ(verdict(worse), fmt::format("new since_run={0} first_failed={1}", number_of(good), number_of(bad)));
  EXPECT_EQ(verdict(other), fmt::format("new since_run={0} first_failed={1}", number_of(worse), number_of(other)));
  EXPECT_EQ(verdict(worse), verdict(worse)) << "what was kept of the logs says the same";
}

TEST_P(AnalysisApi, ACommitThatAlsoPassedIsFlaky) {
  const std::string run = given_run();
  pass(run);
  const auto again = [&] {
    return plane().call(Method::post, "/api/v1/runs/" + run + "/rerun", plane().admin(), R"({"jobs":"all"})").status;
  };
  ASSERT_EQ(again(), 202);
  fail_with(run, "error: timed out after 3 s");
  EXPECT_EQ(verdict(run), fmt::format("flaky first_failed={0} passed_in={0}", number_of(run)));
}

TEST_P(AnalysisApi, AFailureOfTheDefaultBranchIsKnown) {
  GitRemote remote;
  remote.commit(".open-cicd.yml", "on: [push]\n" + pipeline("two"));
  const std::string id = remote.connect(plane()).text("id");
  remote.switch_to("feature");
  remote.commit("file", "1");
  const auto run_now = [&](const char* ref) {
    const Reply reply = plane().call(Method::post, "/api/v1/repositories/" + id + "/runs", plane().admin(),
                                     bj::serialize(bj::object{{"ref", ref}}));
    EXPECT_EQ(reply.status, 201) << reply.body;
    return reply.text("id");
  };
  const std::string good = run_now("refs/heads/main");
  pass(good);
  const std::string first = run_now("refs/heads/feature");
  fail_with(first, "error: no member 'x'");
  EXPECT_EQ(verdict(first), "new since_run=1 first_failed=2 passed_on_default_branch=1");
  const std::string broken = run_now("refs/heads/main");
  fail_with(broken, "error: no member 'x'");
  EXPECT_EQ(verdict(broken), "flaky since_run=1 first_failed=3 passed_in=1") << "it is the commit of run 1";
  const std::string second = run_now("refs/heads/feature");
  fail_with(second, "error: no member 'x'");
  EXPECT_EQ(verdict(second), "known first_failed=2 on_default_branch_since=3");
  const bj::value mark = only_failure(second).at("verdict").at("on_default_branch_since");
  EXPECT_EQ(mark.at("id").as_string(), broken);
  EXPECT_EQ(mark.at("sha"), plane().get("/api/v1/runs/" + broken).json.at("sha"));
}

TEST_P(AnalysisApi, TheCriticalPathIsTheJobsThatTheEndWaitedFor) {
  const std::string run = given_run();
  EXPECT_TRUE(analysis(run).json.at("critical_path").as_array().empty());
  pass(run);
  const Reply reply = analysis(run);
  const bj::array& path = reply.json.at("critical_path").as_array();
  ASSERT_EQ(path.size(), 2U) << reply.body;
  EXPECT_EQ(path[0].at("key"), "build");
  EXPECT_EQ(path[1].at("key"), "tell");
  EXPECT_EQ(path[1].at("job_id"), job_of(run, "tell").at("id"));
  EXPECT_GE(path[0].at("ran_ms").as_int64(), 0);
  EXPECT_TRUE(reply.json.at("failures").as_array().empty());
  EXPECT_FALSE(reply.json.as_object().contains("usual_ms")) << "one run is no habit";
}

TEST_P(AnalysisApi, AfterThreeRunsThereIsAUsualTime) {
  for (int i = 0; i < 3; ++i) pass(given_run());
  const std::string run = given_run();
  pass(run);
  const Reply reply = analysis(run);
  EXPECT_TRUE(reply.json.at("usual_ms").is_int64()) << reply.body;
  EXPECT_FALSE(reply.json.as_object().contains("slower")) << reply.body;
}

TEST_P(AnalysisApi, ARunThatIsNotThereIs404) {
  EXPECT_EQ(plane().get("/api/v1/runs/" + format_uuid(make_uuid_v4()) + "/analysis").status, 404);
  EXPECT_EQ(plane().get("/api/v1/runs/x/analysis").status, 404);
}

INSTANTIATE_ON_BOTH_DATABASES(AnalysisApi);

}  // namespace
}  // namespace open_cicd
