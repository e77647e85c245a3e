#include "http/server.h"

#include "base/log.h"
#include "base/text.h"
#include "http/test_support.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

namespace open_cicd::http {
namespace {

using namespace testing;

std::string get(std::string_view target, std::string_view fields = "") {
  return fmt::format("GET {} HTTP/1.1\r\nHost: x\r\n{}\r\n", target, fields);
}

std::string header_of(const std::string& response, const std::string& name) {
  const std::size_t at = response.find("\r\n" + name + ": ");
  if (at == response.npos) return "";
  const std::size_t begin = at + name.size() + 4;
  return response.substr(begin, response.find("\r\n", begin) - begin);
}

TEST(Server, AnswersWithItsHeaders) {
  TestServer server;
  const std::string response = answer_to(server, get("/ping"));
  EXPECT_EQ(status_of_text(response), 200);
  EXPECT_TRUE(response.ends_with("\r\n\r\n{\"pong\":true}"));
  EXPECT_EQ(header_of(response, "X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(header_of(response, "Cache-Control"), "no-store");
  EXPECT_EQ(header_of(response, "Referrer-Policy"), "no-referrer");
  EXPECT_EQ(header_of(response, "Content-Security-Policy"), "default-src 'none'; frame-ancestors 'none'");
  EXPECT_EQ(header_of(response, "Content-Type"), "application/json");
  EXPECT_EQ(header_of(response, "X-Request-Id").size(), 20u);
  EXPECT_EQ(header_of(response, "Date").size(), 29u);
  EXPECT_EQ(header_of(response, "Connection"), "");
}

TEST(Server, KeepsTheConnectionAndNumbersRequests) {
  TestServer server;
  RawPeer peer(server.port());
  peer.send(get("/ping", "X-Request-Id: mine\r\n"));
  const std::string first = peer.receive_response();
  peer.send(get("/ping"));
  const std::string second = peer.receive_response();
  EXPECT_EQ(status_of_text(second), 200);
  EXPECT_NE(header_of(first, "X-Request-Id"), header_of(second, "X-Request-Id"));
  EXPECT_EQ(first.find("mine"), first.npos);
}

TEST(Server, GivesHandlersTheRequest) {
  TestServer server;
  const std::string response = answer_to(server, get("/items/a%20b?x=1%2B1&y=c+d&z"));
  EXPECT_TRUE(response.ends_with("\r\n\r\nGET /items/a%20b [a b] x=1+1 y=c d z= from 127.0.0.1")) << response;
  EXPECT_EQ(status_of_text(answer_to(server, get("/items/a?x=%zz"))), 400);
}

TEST(Server, AnswersUnknownPathsAndMethods) {
  TestServer server;
  const std::string missing = answer_to(server, get("/nowhere"));
  EXPECT_EQ(status_of_text(missing), 404);
  EXPECT_NE(missing.find("\"code\":\"not_found\""), missing.npos);
  const std::string wrong = answer_to(server, "DELETE /items/1 HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(status_of_text(wrong), 405);
  EXPECT_EQ(header_of(wrong, "Allow"), "GET, HEAD, PUT");
  EXPECT_EQ(status_of_text(answer_to(server, "OPTIONS /items/1 HTTP/1.1\r\nHost: x\r\n\r\n")), 405);
  EXPECT_EQ(status_of_text(answer_to(server, "BREW /nowhere HTTP/1.1\r\nHost: x\r\n\r\n")), 404);
}

TEST(Server, AnswersHeadWithoutABody) {
  TestServer server;
  RawPeer peer(server.port());
  peer.send("HEAD /ping HTTP/1.1\r\nHost: x\r\n\r\n");
  const std::string head = peer.receive_until("\r\n\r\n");
  EXPECT_EQ(header_of(head, "Content-Length"), "13");
  EXPECT_TRUE(head.ends_with("\r\n\r\n"));
  peer.received().clear();
  peer.send("HEAD /stream HTTP/1.1\r\nHost: x\r\n\r\n" + get("/ping"));
  EXPECT_TRUE(peer.receive_until("pong").ends_with("{\"pong\":true}"));
  EXPECT_EQ(peer.received().find("xxxxx"), std::string::npos);
}

TEST(Server, ClosesWhenAsked) {
  TestServer server;
  RawPeer peer(server.port());
  peer.send(get("/ping", "Connection: foo, Close\r\n"));
  EXPECT_EQ(header_of(peer.receive_all(), "Connection"), "close");
  EXPECT_TRUE(peer.closed());
}

TEST(Server, SpeaksHttp10) {
  TestServer server;
  RawPeer closing(server.port());
  closing.send("GET /ping HTTP/1.0\r\n\r\n");
  EXPECT_TRUE(closing.receive_all().ends_with("{\"pong\":true}"));
  EXPECT_TRUE(closing.closed());
  RawPeer keeping(server.port());
  keeping.send("GET /ping HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(header_of(keeping.receive_response(), "Connection"), "keep-alive");
  keeping.send("GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  const std::string& streamed = keeping.receive_all();
  EXPECT_TRUE(streamed.ends_with("\r\n\r\nxxxxxxxxxxxxxxx")) << streamed;
  EXPECT_TRUE(keeping.closed());
}

TEST(Server, F16_ExceptionsTellNothing) {
  TestServer server;
  RawPeer peer(server.port());
  peer.send(get("/throw"));
  const std::string response = peer.receive_response();
  EXPECT_EQ(status_of_text(response), 500);
  EXPECT_NE(response.find("\"code\":\"internal\""), response.npos);
  EXPECT_NE(response.find(header_of(response, "X-Request-Id") + "\""), response.npos);
  EXPECT_EQ(response.find("secret"), response.npos);
  peer.send(get("/ping"));
  EXPECT_EQ(status_of_text(peer.receive_response()), 200);
}

TEST(Server, MapsExceptionsAsItIsTold) {
  Observed observed;
  auto mapper = [](const std::exception_ptr&, std::string_view id) {
    return problem(
        Error(ErrorKind::unavailable, "database_away", "Try again.").with_retry_after(std::chrono::seconds(3)), id);
  };
  auto server = Server::bind({.port = 0, .cores = 1}, std::make_shared<Router>(test_routes(observed)),
                             std::make_shared<prometheus::Registry>(), mapper);
  ASSERT_TRUE(server.has_value());
  (*server)->start();
  RawPeer peer((*server)->port());
  peer.send(get("/throw"));
  const std::string response = peer.receive_response();
  EXPECT_EQ(status_of_text(response), 503);
  EXPECT_EQ(header_of(response, "Retry-After"), "3");
}

TEST(Server, RefusesAHandlersMalformedHeader) {
  TestServer server;
  const std::string response = answer_to(server, get("/bad-header"));
  EXPECT_EQ(status_of_text(response), 500);
  EXPECT_EQ(response.find("Set-Cookie"), response.npos);
}

TEST(Server, LetsAResponseReplaceADefaultHeader) {
  TestServer server;
  const std::string response = answer_to(server, get("/cached"));
  EXPECT_EQ(header_of(response, "Cache-Control"), "max-age=60");
  EXPECT_EQ(response.find("no-store"), response.npos);
  EXPECT_EQ(header_of(response, "X-Content-Type-Options"), "nosniff");
}

TEST(Server, AsksTheGateBeforeTheBody) {
  TestServer server;
  RawPeer peer(server.port());
  peer.send("POST /closed HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n");  // and no body
  const std::string& response = peer.receive_until("}");
  EXPECT_EQ(status_of_text(response), 401);
  EXPECT_EQ(header_of(response, "WWW-Authenticate"), "Bearer");
  EXPECT_EQ(header_of(response, "Connection"), "close");
  peer.half_close();
  peer.receive_all();
  EXPECT_TRUE(peer.closed());
  EXPECT_EQ(server.observed.handled, 0);
}

TEST(Server, F9_AnswersAThousandPipelinedRequestsInOrder) {
  TestServer server;
  RawPeer peer(server.port());
  std::string requests;
  for (int i = 0; i < 1000; ++i) requests += i % 7 == 0 ? get("/nowhere") : get(fmt::format("/items/n{}", i));
  std::thread sender([&] { peer.send(requests); });
  for (int i = 0; i < 1000; ++i) {
    const std::string response = peer.receive_response();
    if (i % 7 == 0)
      ASSERT_EQ(status_of_text(response), 404) << i;
    else
      ASSERT_NE(response.find(fmt::format("[n{}]", i)), response.npos) << i << ": " << response;
  }
  sender.join();
}

TEST(Server, F9_PipelinedAnswersDoNotWaitForAParkedRequest) {
  TestServer server;
  RawPeer peer(server.port());
  peer.send(get("/ping") + get("/park") + get("/ping"));
  EXPECT_EQ(status_of_text(peer.receive_response()), 200);
  EXPECT_TRUE(eventually([&] { return server.observed.parked == 1; }));
  EXPECT_EQ(server.observed.peers_gone, 0);
  peer.close();
  EXPECT_TRUE(eventually([&] { return server.observed.peers_gone == 1; }));
}

TEST(Server, F9_IgnoresWhatFollowsAClose) {
  TestServer server;
  RawPeer peer(server.port());
  peer.send(get("/ping", "Connection: close\r\n") + get("/items/second"));
  const std::string& all = peer.receive_all();
  EXPECT_EQ(status_of_text(all), 200);
  EXPECT_EQ(all.find("second"), all.npos);
  EXPECT_TRUE(peer.closed());
}

TEST(Server, F9_AnUnreadBodyIsNotTheNextRequest) {
  TestServer server;
  RawPeer peer(server.port());
  const std::string hidden = get("/items/hidden");
  peer.send(fmt::format("POST /nowhere HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n{}", hidden.size(), hidden));
  peer.half_close();
  const std::string& all = peer.receive_all();
  EXPECT_EQ(status_of_text(all), 404);
  EXPECT_EQ(all.find("[hidden]"), all.npos);
  EXPECT_TRUE(peer.closed());
}

TEST(Server, CountsRequestsByRoute) {
  TestServer server;
  answer_to(server, get("/items/1"));
  answer_to(server, get("/items/2"));
  answer_to(server, get("/nowhere"));
  server.server->stop();
  double items = 0, none = 0, observations = 0;
  for (const auto& family : server.registry->Collect()) {
    for (const auto& metric : family.metric) {
      const auto has = [&](std::string_view name, std::string_view value) {
        return std::ranges::any_of(metric.label,
                                   [&](const auto& label) { return label.name == name && label.value == value; });
      };
      if (family.name == "http_requests_total" && has("route", "/items/{id}") && has("method", "GET") &&
          has("code", "2xx"))
        items += metric.counter.value;
      if (family.name == "http_requests_total" && has("route", "none") && has("code", "4xx"))
        none += metric.counter.value;
      if (family.name == "http_request_duration_seconds" && has("route", "/items/{id}"))
        observations += static_cast<double>(metric.histogram.sample_count);
      if (family.name == "http_connections") EXPECT_EQ(metric.gauge.value, 0);
    }
  }
  EXPECT_EQ(items, 2);
  EXPECT_EQ(none, 1);
  EXPECT_EQ(observations, 2);
}

Task<Response> fail_as_told(Request& request) {
  throw std::runtime_error("cannot find " + request.captures.at(0));
  co_return Response();
}

TEST(Server, I6_AFailureWithHostileTextIsOneLineOfTheLog) {
  const Route fails{Method::get, "/fail/{what}", anybody, 0, fail_as_told};
  const auto bound = Server::bind({.port = 0, .cores = 1}, std::make_shared<Router>(std::vector<Route>{fails}),
                                  std::make_shared<prometheus::Registry>());
  ASSERT_TRUE(bound);
  Server& server = **bound;
  server.start();
  for (const LogFormat format : {LogFormat::text, LogFormat::json}) {
    set_log_format(format);
    ::testing::internal::CaptureStderr();
    for (const char* what : {"%0D%0A2026-01-01T00:00:00.000Z%20error%20forged", "%1b%5b2J%7f%c2%9b31m",
                             "%E2%80%AE%E2%80%A8", "x%22%2C%22level%22%3A%22info"}) {
      RawPeer peer(server.port());
      peer.send(get(fmt::format("/fail/{}", what)));
      EXPECT_EQ(status_of_text(peer.receive_response()), 500) << what;
    }
    set_log_format(LogFormat::text);
    const std::string log = ::testing::internal::GetCapturedStderr();
    EXPECT_EQ(std::ranges::count(log, '\n'), 4) << log;
    for (std::size_t at = 0; at < log.size(); at = log.find('\n', at) + 1) {
      std::string line = log.substr(at, log.find('\n', at) - at);
      EXPECT_NE(line.find("cannot find "), line.npos) << line;
      std::erase_if(line, [](char c) { return c == '"' || c == '\\'; });
      EXPECT_EQ(line, escape_for_line(line));
    }
  }
  server.stop();
}

TEST(Server, SaysWhyItCannotBind) {
  TestServer first;
  const auto bind = [](ServerSettings settings) {
    settings.cores = 1;
    auto bound = Server::bind(settings, std::make_shared<Router>(std::vector<Route>()),
                              std::make_shared<prometheus::Registry>());
    return bound ? std::string("bound") : bound.error().code();
  };
  EXPECT_EQ(bind({.port = first.port()}), "address_in_use");
  EXPECT_EQ(bind({.host = "192.0.2.1", .port = 0}), "address_not_available");
  EXPECT_EQ(bind({.host = "no.such.host.invalid", .port = 0}), "address_not_available");
}

TEST(Server, RunsOnSeveralCores) {
  TestServer server({.cores = 2});
  std::vector<std::unique_ptr<RawPeer>> peers;
  for (int i = 0; i < 16; ++i) peers.push_back(std::make_unique<RawPeer>(server.port()));
  for (auto& peer : peers) peer->send(get("/ping"));
  for (auto& peer : peers) EXPECT_EQ(status_of_text(peer->receive_response()), 200);
}

}  // namespace
}  // namespace open_cicd::http
