// What an agent does and says when something else answers in its server's place.
#include "agent/agent_fixture.h"
#include "agent/decision.h"
#include "base/log.h"
#include "support/fake_clock.h"

#include <boost/asio/use_future.hpp>

#include <future>

namespace open_cicd::agent {
namespace {

std::vector<std::string>& foreign_log() {
  static std::vector<std::string> lines;
  return lines;
}

constexpr std::string_view not_the_server = "something that is not the server answers; the agent keeps trying";

class ForeignAnswers : public AgentFixture {
 protected:
  ForeignAnswers() {
    foreign_log().clear();
    set_log_sink([](LogLevel, std::string_view sentence, LogFields fields) {
      std::string line(sentence);
      for (const LogField& field : fields) line += fmt::format(" {}={}", field.name, field.value);
      foreign_log().push_back(std::move(line));
    });
  }
  ~ForeignAnswers() override {
    crash();
    set_log_sink(nullptr);
  }

  static long times_logged(std::string_view text) {
    return std::ranges::count_if(foreign_log(), [&](const std::string& line) { return line.contains(text); });
  }
  static std::string whole_log() { return fmt::format("{}", fmt::join(foreign_log(), "\n")); }
  void first_start_with(ScriptedServer::Answer answer) {
    foreign_log().clear();
    server_.answers.emplace("register", std::move(answer));
    start();
    until([&] { return exit_code_.has_value(); }, "the agent's end");
    EXPECT_EQ(*exit_code_, 1) << whole_log();
    crash();
  }
};

struct CountingObserver : ApiObserver {
  void server_answered() override { ++answers; }
  void lease_renewed(std::chrono::nanoseconds) override { ++renewals; }
  int answers = 0, renewals = 0;
};

TEST_F(ForeignAnswers, OnlyAnAnswerOfTheProtocolIsTheServers) {
  auto http = http::Client::make(io_.get_executor(), server_.url(), {});
  ASSERT_TRUE(http);
  CountingObserver observer;
  ApiClient api(**http, observer, Milliseconds(5000));
  const auto ask = [&](ScriptedServer::Answer answer) {
    server_.answers.emplace("finish", std::move(answer));
    auto reply =
        asio::co_spawn(io_, api.finish({.job = JobId::make(), .attempt = 1, .token = "l"}, R"({"status":"succeeded"})"),
                       asio::use_future);
    while (reply.wait_for(std::chrono::seconds(0)) != std::future_status::ready) io_.run_one();
    return reply.get();
  };
  for (const int status : {200, 203, 301, 302, 400, 401, 403, 404, 405, 409, 410, 413, 422, 429, 500, 502, 503}) {
    const auto reply = ask({.status = status, .body = "<html>Not here</html>"});
    ASSERT_FALSE(reply) << status;
    EXPECT_TRUE(is_foreign(reply.error())) << status << " " << reply.error().code();
    EXPECT_EQ(observer.answers, 0) << status;
    EXPECT_EQ(observer.renewals, 0) << status;
  }
  // A gateway's own documents are no better, whatever they hold.
  for (const int status : {401, 404, 409})
    EXPECT_TRUE(
        is_foreign(ask({.status = status, .body = R"({"code":"stale_attempt"})", .type = "application/json"}).error()));
  EXPECT_EQ(observer.answers, 0);
  EXPECT_EQ(ask({409, R"({"code":"stale_attempt","detail":"x"})"}).error().code(), "stale_attempt");
  EXPECT_EQ(observer.answers, 1);
}

TEST_F(ForeignAnswers, AreToldOnceAndTheServersReturnOnce) {
  start();
  until([&] { return server_.count("poll") >= 1; }, "a poll");
  const int polls = server_.count("poll");
  for (const int status : {404, 401, 403, 409, 410, 302, 200, 502})
    for (int i = 0; i < 3; ++i)
      server_.answers.emplace("poll", ScriptedServer::Answer{status, "<html>Not here</html>"});
  server_.bump();
  until([&] { return server_.count("poll") >= polls + 25; }, "the server's own poll");
  server_.bump();
  until([&] { return times_logged("the server answers again") == 1; }, "the news");
  EXPECT_EQ(times_logged(not_the_server), 1) << whole_log();
  EXPECT_EQ(times_logged("the server does not answer"), 0) << whole_log();
  EXPECT_EQ(times_logged("404 Not Found and text/html"), 1) << whole_log();
  EXPECT_FALSE(exit_code_);
  EXPECT_EQ(times_logged("name=tester executors=fake"), 1) << "what it offers is told with its registration";
}

TEST_F(ForeignAnswers, AreNoSignOfTheServersLife) {
  Metrics metrics;
  FakeClock clock;
  ServerWatch watch(clock, metrics);
  watch.answered();
  for (int i = 0; i < 75; ++i) {
    clock.advance(Milliseconds(1000));
    watch.failed(Error(ErrorKind::not_found, "http_404", "x"));
  }
  EXPECT_EQ(watch.silence(), Milliseconds(75'000)) << "its health page compares this with the lease time";
  EXPECT_TRUE(watch.failing());
}

TEST_F(ForeignAnswers, AtTheFirstStartARedirectNamesTheAddressToUse) {
  first_start_with({.status = 301, .headers = "Location: https://ci.example.org/open/api/v1/agents/register\r\n"});
  EXPECT_EQ(times_logged("use its address: --server https://ci.example.org/open"), 1) << whole_log();
  EXPECT_EQ(times_logged("--server https://ci.example.org/open/"), 0) << whole_log();
}

TEST_F(ForeignAnswers, AtTheFirstStartAPageMentionsThePathOfAProxy) {
  for (const int status : {200, 404, 405, 410}) {
    first_start_with({status, "<html>nginx</html>"});
    EXPECT_EQ(times_logged("is no open-cicd server"), 1) << whole_log();
    EXPECT_EQ(times_logged("with the path that a proxy puts in front?"), 1) << whole_log();
    EXPECT_EQ(times_logged("(--server, OPEN_CICD_AGENT_SERVER)"), 1) << whole_log();
  }
}

TEST_F(ForeignAnswers, AProxysLoginSaysNothingOfTheToken) {
  for (const int status : {401, 403}) {
    first_start_with({status, "<html>Log in</html>", "WWW-Authenticate: Basic realm=\"staff\"\r\n"});
    EXPECT_EQ(times_logged("it asks for Basic realm=\"staff\""), 1) << whole_log();
    EXPECT_EQ(times_logged("registration token"), 0) << whole_log();
  }
}

TEST_F(ForeignAnswers, AProxysLoginTakesNoIdentity) {
  start();
  until([&] { return server_.count("poll") >= 1; }, "a poll");
  crash();
  first_start_with({401, "<html>Log in</html>"});
  EXPECT_EQ(server_.tokens.back(), "reg") << "the second one was not asked with another token";
  EXPECT_EQ(server_.tokens.size(), 1u);
  start();
  until([&] { return server_.tokens.size() == 2; }, "a registration");
  EXPECT_EQ(server_.tokens.back(), "own-1");
}

TEST_F(ForeignAnswers, NoAnswerAtAllSaysWhereToSetTheAddress) {
  server_.faults.emplace("register", Fault::lose_answer);
  start();
  until([&] { return server_.count("poll") >= 1; }, "a poll");
  EXPECT_EQ(times_logged("is it an open-cicd server (--server, OPEN_CICD_AGENT_SERVER)?"), 1) << whole_log();
}

}  // namespace
}  // namespace open_cicd::agent
