// What the command line says when something else than an open-cicd server answers.
#include "http/foreign.h"

#include "cli/exit_code.h"
#include "cli/scripted_server.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>

#include <atomic>
#include <mutex>
#include <thread>

namespace open_cicd::cli {
namespace {

using asio::ip::tcp;

// Answers every connection with the same bytes, whatever was asked, and keeps what was asked.
class RawServer {
 public:
  explicit RawServer(std::string answer) : answer_(std::move(answer)), thread_([this] { serve(); }) {}
  ~RawServer() {
    stopped_ = true;
    error_code ignored;
    asio::io_context io;
    tcp::socket wake(io);
    wake.connect(acceptor_.local_endpoint(), ignored);
    thread_.join();
  }
  std::string address() const { return fmt::format("127.0.0.1:{}", acceptor_.local_endpoint().port()); }
  std::string asked() const {
    const std::lock_guard lock(mutex_);
    return asked_;
  }

 private:
  void serve() {
    for (;;) {
      tcp::socket socket(io_);
      error_code problem;
      acceptor_.accept(socket, problem);
      if (stopped_) return;
      asio::streambuf request;
      if (answer_.starts_with("HTTP/"))
        asio::read_until(socket, request, "\r\n\r\n", problem);
      else
        socket.wait(tcp::socket::wait_read, problem);
      {
        const std::lock_guard lock(mutex_);
        asked_.append(static_cast<const char*>(request.data().data()), request.size());
      }
      asio::write(socket, asio::buffer(answer_), problem);
      socket.shutdown(tcp::socket::shutdown_send, problem);
      char rest[4096];
      while (!problem) socket.read_some(asio::buffer(rest), problem);
    }
  }

  const std::string answer_;
  std::atomic<bool> stopped_{false};
  asio::io_context io_;
  tcp::acceptor acceptor_{io_, tcp::endpoint(asio::ip::address_v4::loopback(), 0)};
  mutable std::mutex mutex_;
  std::string asked_;
  std::thread thread_;
};

std::string http_answer(std::string_view status, std::string_view headers, std::string_view body) {
  return fmt::format("HTTP/1.1 {}\r\n{}Content-Length: {}\r\nConnection: close\r\n\r\n{}", status, headers, body.size(),
                     body);
}

Outcome ask(const std::string& url, std::vector<std::string> verb = {"job", "list"}) {
  return ScriptedServer::run_cli(std::move(verb), {{"OPEN_CICD_SERVER", url}, {"OPEN_CICD_TOKEN", "secret-token"}});
}

constexpr std::string_view html = "Content-Type: text/html\r\n";
constexpr std::string_view page = "<html><head><title>nginx</title></head></html>\r\n";

struct Case {
  std::string_view status, headers, body;
  int code;
  std::string_view says;
};

// As nginx 1.22, haproxy 2.6, Apache 2.4 and Python's http.server answer.
const std::vector<Case> foreign_answers{
    {"200 OK", html, page, exit_unreachable,
     "is no open-cicd server: it answered /api/v1/jobs with 200 OK and text/html"},
    {"200 OK", "", "", exit_unreachable, "is no open-cicd server"},
    {"200 OK", "Content-Type: application/json\r\n", "not json", exit_unreachable, "is no open-cicd server"},
    {"404 Not Found", html, page, exit_unreachable, "is no open-cicd server"},
    {"404 Not Found", "Content-Type: application/json\r\n", "{\"message\":\"no route\"}", exit_unreachable,
     "with 404 Not Found and application/json"},
    {"405 Not Allowed", html, page, exit_unreachable, "is no open-cicd server"},
    {"500 Internal Server Error", html, page, exit_unreachable, "is no open-cicd server"},
    {"401 Unauthorized", "Content-Type: text/html\r\nWWW-Authenticate: Basic realm=\"staff\"\r\n", page,
     exit_not_allowed, "it asks for Basic realm=\"staff\""},
    {"403 Forbidden", html, page, exit_not_allowed, "Something in front of the server"},
    {"502 Bad Gateway", html, page, exit_unreachable,
     "it cannot reach the open-cicd server behind it: 502 Bad Gateway"},
    {"503 Service Unavailable", html, page, exit_unreachable, "503 Service Unavailable"},
    {"504 Gateway Time-out", html, page, exit_unreachable, "504 Gateway Timeout"},
    {"413 Request Entity Too Large", html, page, exit_bad_input, "takes no body of this size"},
    {"400 Bad Request", html, "The plain HTTP request was sent to HTTPS port", exit_unreachable,
     "Use https://127.0.0.1:"},
    {"400 Bad Request", "Content-Type: text/plain\r\n", "Client sent an HTTP request to an HTTPS server.\n",
     exit_unreachable, "speaks TLS"},
};

TEST(Foreign, WhateverAnswersIsNamed) {
  for (const Case& one : foreign_answers) {
    const RawServer server(http_answer(one.status, one.headers, one.body));
    const Outcome outcome = ask("http://" + server.address());
    EXPECT_EQ(outcome.code, one.code) << one.status << ": " << outcome.err;
    EXPECT_TRUE(outcome.err.contains(one.says)) << one.status << ": " << outcome.err;
    EXPECT_EQ(outcome.out, "");
  }
}

TEST(Foreign, ARedirectIsToldAndNotFollowed) {
  const RawServer target(http_answer("200 OK", html, page));
  const std::string there = "http://" + target.address();
  for (const char* status :
       {"301 Moved Permanently", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect"}) {
    const RawServer server(
        http_answer(status, fmt::format("Location: {}/api/v1/jobs?limit=20\r\n", there), std::string()));
    const Outcome outcome = ask("http://" + server.address());
    EXPECT_EQ(outcome.code, exit_unreachable);
    EXPECT_TRUE(outcome.err.ends_with(fmt::format("use its address: --server {}\n", there))) << outcome.err;
  }
  EXPECT_EQ(target.asked(), "") << "the token is for one host";
}

TEST(Foreign, ARedirectWithAPrefixOrToNowhereIsExplained) {
  const auto told = [](std::string_view headers) {
    const RawServer server(http_answer("301 Moved Permanently", headers, page));
    return ask("http://" + server.address()).err;
  };
  EXPECT_TRUE(told("Location: https://ci.example.org/open/api/v1/jobs\r\n")
                  .ends_with("--server https://ci.example.org/open\n"));
  EXPECT_TRUE(
      told("Location: https://login.example.org/?back=x\r\n").ends_with("--server https://login.example.org\n"));
  EXPECT_TRUE(told("Location: /login\r\n").contains("An open-cicd server does not do that"));
  EXPECT_TRUE(told("").contains("to nowhere"));
}

TEST(Foreign, AStreamOfAnotherServerIsNoLog) {
  const RawServer server(http_answer("200 OK", html, page));
  const Outcome outcome =
      ask("http://" + server.address(), {"job", "logs", "019f0000-0000-7000-8000-000000000000", "--step", "0"});
  EXPECT_EQ(outcome.code, exit_unreachable) << outcome.err;
  EXPECT_EQ(outcome.out, "");
}

TEST(Foreign, TlsAndPlainAreToldApart) {
  const RawServer tls(std::string("\x15\x03\x01\x00\x02\x02\x46", 7));  // what OpenSSL says to a plain request
  Outcome outcome = ask("http://" + tls.address());
  EXPECT_EQ(outcome.code, exit_unreachable);
  EXPECT_TRUE(outcome.err.contains("speaks TLS")) << outcome.err;
  const RawServer silent("");
  outcome = ask("http://" + silent.address());
  EXPECT_EQ(outcome.code, exit_unreachable);
  EXPECT_TRUE(outcome.err.contains("gave no HTTP answer")) << outcome.err;
  const RawServer ssh("SSH-2.0-OpenSSH_9.2p1\r\n");
  outcome = ask("http://" + ssh.address());
  EXPECT_EQ(outcome.code, exit_unreachable);
  EXPECT_TRUE(outcome.err.contains("gave no HTTP answer")) << outcome.err;
  outcome = ask("https://" + ssh.address());
  EXPECT_EQ(outcome.code, exit_unreachable);
  EXPECT_TRUE(outcome.err.contains("use http://")) << outcome.err;
}

TEST(Foreign, NobodyThereIsUnreachable) {
  std::string gone;
  {
    const RawServer server("");
    gone = server.address();
  }
  Outcome outcome = ask("http://" + gone);
  EXPECT_EQ(outcome.code, exit_unreachable);
  EXPECT_TRUE(outcome.err.contains("Connection refused")) << outcome.err;
  outcome = ask("https://no-such-host.invalid");
  EXPECT_EQ(outcome.code, exit_unreachable);
  EXPECT_TRUE(outcome.err.contains("cannot be found")) << outcome.err;
}

TEST(Foreign, OurOwnAnswersAreOurs) {
  http::ClientResponse ours{.status = 404,
                            .headers = {{"Content-Type", "application/problem+json"}},
                            .body = R"({"code":"not_found","status":404})"};
  EXPECT_FALSE(http::foreign_answer({.server = "http://x", .target = "/", .options = {}}, ours));
  ours.status = 503;
  EXPECT_FALSE(http::foreign_answer({.server = "http://x", .target = "/", .options = {}}, ours));
  EXPECT_FALSE(http::foreign_answer({.server = "http://x", .target = "/", .options = {}},
                                    {.status = 204, .headers = {}, .body = {}}));
}

TEST(Foreign, ACaFileThatIsNoneIsSaid) {
  const Outcome outcome = ScriptedServer::run_cli({"job", "list", "--ca-file", "/nowhere/ca.pem"},
                                                  {{"OPEN_CICD_SERVER", "https://127.0.0.1:1"}});
  EXPECT_EQ(outcome.code, exit_not_found);
  EXPECT_TRUE(outcome.err.contains("/nowhere/ca.pem")) << outcome.err;
}

}  // namespace
}  // namespace open_cicd::cli
