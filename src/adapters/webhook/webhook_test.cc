// Against a receiver that checks the signature as our own receiving side does.
#include "adapters/webhook/webhook.h"

#include "base/run_alone.h"
#include "http/server.h"
#include "scm/signature.h"

#include <gtest/gtest.h>

#include <functional>
#include <mutex>

namespace open_cicd::webhook {
namespace {

using namespace std::chrono_literals;

struct Receiver {
  http::Response answer = http::Response::empty(204);
  Milliseconds pause{0};
  std::mutex mutex;
  std::vector<scm::Delivery> got;
  std::unique_ptr<http::Server> server;

  Receiver() {
    const auto anybody = [](const http::Request&) -> Task<Result<std::shared_ptr<const http::Identity>>> {
      co_return nullptr;
    };
    const auto take = [this](http::Request& request) -> Task<http::Response> {
      {
        const std::lock_guard lock(mutex);
        scm::Delivery& delivery = got.emplace_back(scm::Delivery{.headers = {}, .body = request.body});
        for (const char* name : {"webhook-id", "webhook-timestamp", "webhook-signature", "content-type"})
          delivery.headers.push_back({name, std::string(request.header(name).value_or(""))});
      }
      asio::steady_timer timer(co_await asio::this_coro::executor, pause);
      co_await timer.async_wait(asio::use_awaitable);
      co_return answer;
    };
    std::vector<http::Route> routes;
    for (const char* path : {"/hook", "/elsewhere"})
      routes.push_back(
          {.method = http::Method::post, .pattern = path, .gate = anybody, .body_max = 1 << 20, .handler = take});
    auto bound =
        http::Server::bind({.port = 0, .cores = 1, .shutdown_grace = 100ms},
                           std::make_shared<http::Router>(std::move(routes)), std::make_shared<prometheus::Registry>());
    server = std::move(bound.value());
    server->start();
  }
  ~Receiver() { server->stop(); }
  std::string url(const std::string& path = "/hook") const {
    return "http://127.0.0.1:" + std::to_string(server->port()) + path;
  }
};

class Webhook : public testing::Test {
 protected:
  Result<std::string> send(const std::string& url, Milliseconds timeout = 5s) {
    const auto channel = make_webhook_channel({.ca_file = {}, .proxy = {}, .timeout = timeout});
    return run_alone(channel->send({.kind = "webhook", .url = url, .told_on = "always"}, secret,
                                   {.id = "msg_1", .body = R"({"a":1})", .letter = {}, .time_ms = 1'800'000'000'500}));
  }
  const Secret secret = scm::new_standard_secret();
  Receiver receiver;
};

TEST_F(Webhook, ItIsSignedAsTheReceivingSideWantsIt) {
  ASSERT_TRUE(send(receiver.url("/hook?token=x")));
  ASSERT_EQ(receiver.got.size(), 1u);
  const scm::Delivery& delivery = receiver.got[0];
  EXPECT_EQ(delivery.body, R"({"a":1})");
  EXPECT_EQ(delivery.header("webhook-id"), "msg_1");
  EXPECT_EQ(delivery.header("webhook-timestamp"), "1800000000");
  EXPECT_EQ(delivery.header("content-type"), "application/json");
  EXPECT_TRUE(scm::is_signed_as_standard(delivery, secret, 1'800'000'010));
  EXPECT_FALSE(scm::is_signed_as_standard(delivery, scm::new_standard_secret(), 1'800'000'010));
  EXPECT_FALSE(scm::is_signed_as_standard(delivery, secret, 1'800'001'000));
}

TEST_F(Webhook, OnlyTwoHundredsAreASuccess) {
  for (const int status : {200, 201, 202, 204}) {
    receiver.answer = http::Response::empty(status);
    EXPECT_TRUE(send(receiver.url())) << status;
  }
  for (const int status : {400, 401, 404, 410, 422, 500, 503}) {
    receiver.answer = http::Response::empty(status);
    const auto sent = send(receiver.url());
    ASSERT_FALSE(sent) << status;
    EXPECT_EQ(sent.error().code(), "not_sent");
    EXPECT_NE(sent.error().message().find(std::to_string(status)), std::string::npos);
  }
}

TEST_F(Webhook, ItWaitsAsLongAsItIsAsked) {
  receiver.answer = http::Response::empty(429);
  receiver.answer.headers.emplace_back("Retry-After", "17");
  EXPECT_EQ(send(receiver.url()).error().retry_after(), 17s);
  receiver.answer.headers = {{"Retry-After", "99999999"}};
  EXPECT_EQ(send(receiver.url()).error().retry_after(), 1h);
  receiver.answer.headers = {{"Retry-After", "soon"}};
  EXPECT_FALSE(send(receiver.url()).error().retry_after());
}

TEST_F(Webhook, K2_ARedirectIsNotFollowed) {
  receiver.answer = http::Response::empty(307);
  receiver.answer.headers.emplace_back("Location", receiver.url("/elsewhere"));
  EXPECT_FALSE(send(receiver.url()));
  EXPECT_EQ(receiver.got.size(), 1u);
}

TEST_F(Webhook, AReceiverThatIsSlowOrAwayIsLeft) {
  receiver.pause = 2s;
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_FALSE(send(receiver.url(), 100ms));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 1s);
  EXPECT_FALSE(send("http://127.0.0.1:1/x"));
}

TEST_F(Webhook, WhatAReceiverSaysIsShownInOneShortLine) {
  receiver.answer = http::Response::json(500, "one\r\ntwo\x1b[31m" + std::string(1000, 'x'));
  const std::string said = send(receiver.url()).error().message();
  EXPECT_LT(said.size(), 400u);
  EXPECT_EQ(said.find_first_of("\r\n\x1b"), std::string::npos);
  receiver.answer = http::Response::json(200, std::string(200'000, 'x'));
  EXPECT_FALSE(send(receiver.url()));  // more than is read
}

}  // namespace
}  // namespace open_cicd::webhook
