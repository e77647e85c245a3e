// For the tests of the command line: a real server on a free port with scripted answers, and the command line run
// against it.
#pragma once

#include "base/id.h"
#include "cli/app.h"
#include "http/server.h"
#include "http/sse.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <mutex>
#include <sstream>

namespace open_cicd::cli {

class TempFolder {
 public:
  TempFolder() : path_(std::filesystem::temp_directory_path() / ("cli-" + JobId::make().str())) {
    std::filesystem::create_directory(path_);
  }
  ~TempFolder() { std::filesystem::remove_all(path_); }
  const std::filesystem::path& path() const { return path_; }
  std::string write(std::string_view name, std::string_view text) const {
    std::ofstream(path_ / name, std::ios::binary) << text;
    return (path_ / name).string();
  }

 private:
  std::filesystem::path path_;
};

struct Seen {
  std::string line;  // "POST /api/v1/jobs?x=y"
  std::string body;
  std::string authorization, content_type, last_event_id, range, idempotency_key;
};

struct Outcome {
  int code;
  std::string out;
  std::string err;
};

class ScriptedServer {
 public:
  using Answer = std::function<http::Response(const Seen&)>;

  void on(http::Method method, std::string pattern, Answer answer) {
    const auto gate = [](const http::Request&) -> Task<Result<std::shared_ptr<const http::Identity>>> {
      co_return std::make_shared<const http::Identity>();
    };
    const auto handler = [this, answer = std::move(answer)](http::Request& request) -> Task<http::Response> {
      co_return answer(remember(request));
    };
    routes_.push_back(
        {.method = method, .pattern = std::move(pattern), .gate = gate, .body_max = 1 << 20, .handler = handler});
  }

  void start() {
    auto server = http::Server::bind({.port = 0, .cores = 1}, std::make_shared<const http::Router>(routes_),
                                     std::make_shared<prometheus::Registry>());
    if (!server) throw std::runtime_error(server.error().message());
    server_ = std::move(*server);
    server_->start();
  }
  ~ScriptedServer() {
    if (server_) server_->stop();
  }
  std::string url() const { return fmt::format("http://127.0.0.1:{}", server_->port()); }

  Outcome run(std::vector<std::string> arguments, Environment environment = {}, bool terminal = false) {
    environment.emplace("OPEN_CICD_SERVER", url());
    environment.emplace("OPEN_CICD_TOKEN", "secret-token");
    return run_cli(std::move(arguments), std::move(environment), terminal);
  }
  static Outcome run_cli(std::vector<std::string> arguments, Environment environment, bool terminal = false) {
    std::ostringstream out, err;
    Context context{.io = {out, err, terminal, terminal, 80}, .environment = std::move(environment)};
    const int code = run_with(context, std::move(arguments));
    return {code, out.str(), err.str()};
  }

  std::vector<Seen> seen() const {
    const std::lock_guard lock(mutex_);
    return seen_;
  }

 private:
  Seen remember(const http::Request& request) {
    const auto header = [&](std::string_view name) { return std::string(request.header(name).value_or("")); };
    Seen seen{.line = fmt::format("{} {}", http::name_of(request.method), request.path),
              .body = request.body,
              .authorization = header("Authorization"),
              .content_type = header("Content-Type"),
              .last_event_id = header("Last-Event-ID"),
              .range = header("Range"),
              .idempotency_key = header("Idempotency-Key")};
    char separator = '?';
    for (const auto& [name, value] : request.query)
      seen.line += fmt::format("{}{}={}", std::exchange(separator, '&'), name, value);
    const std::lock_guard lock(mutex_);
    seen_.push_back(seen);
    return seen;
  }

  std::vector<http::Route> routes_;
  std::unique_ptr<http::Server> server_;
  mutable std::mutex mutex_;
  std::vector<Seen> seen_;
};

inline http::Response problem_of(const Error& error) {
  return http::problem(error, "test");
}

// A stream of events that ends after the last.
inline http::Response events_of(std::vector<std::string> events) {
  http::Response response{.status = 200, .content_type = "text/event-stream"};
  response.stream = [events = std::move(events)](http::BodyWriter& writer) -> Task<void> {
    for (const std::string& event : events)
      if (!co_await writer.write(event)) co_return;
  };
  return response;
}

}  // namespace open_cicd::cli
