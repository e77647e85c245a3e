#include "agent/status_page.h"

#include "base/json.h"
#include "http/server.h"

#include <prometheus/text_serializer.h>

#include <charconv>

namespace open_cicd::agent {
namespace {

struct Health {
  std::string status;   // ok, unreachable
  double silent_s = 0;  // since the server's last answer
};
BOOST_DESCRIBE_STRUCT(Health, (), (status, silent_s))

Task<Result<std::shared_ptr<const http::Identity>>> open_to_all(const http::Request&) {
  co_return std::shared_ptr<const http::Identity>();
}

Task<http::Response> answer(http::Response response) {
  co_return response;
}

http::Response health(const ServerWatch& watch, Milliseconds ttl) {
  const Milliseconds silence = watch.silence();
  const bool healthy = silence < ttl;
  const Health body{.status = healthy ? "ok" : "unreachable", .silent_s = static_cast<double>(silence.count()) / 1000};
  return http::Response::json(healthy ? 200 : 503, json::write_text(body) + "\n");
}

http::Response numbers(const prometheus::Registry& registry) {
  return {.content_type = "text/plain; version=0.0.4; charset=utf-8",
          .body = prometheus::TextSerializer().Serialize(registry.Collect())};
}

Result<std::pair<std::string, std::uint16_t>> split(const std::string& listen) {
  const std::size_t colon = listen.rfind(':');
  std::uint16_t port = 0;
  const char* end = listen.data() + listen.size();
  const bool good = colon != std::string::npos && colon > 0 &&
                    std::from_chars(listen.data() + colon + 1, end, port) == std::from_chars_result{end, std::errc()};
  if (!good)
    return fail(ErrorKind::invalid, "bad_listen",
                fmt::format("--listen must be host:port, like 127.0.0.1:0, or none; it is {:?}", listen));
  std::string host = listen.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  return std::pair(std::move(host), port);
}

}  // namespace

Result<std::unique_ptr<StatusPage>> StatusPage::start(const std::string& listen, const ServerWatch& watch,
                                                      const Metrics& metrics, Milliseconds ttl) {
  Result<std::pair<std::string, std::uint16_t>> address = split(listen);
  if (!address) return std::unexpected(std::move(address.error()));
  std::vector<http::Route> routes;
  routes.push_back({.method = http::Method::get,
                    .pattern = "/healthz",
                    .gate = open_to_all,
                    .handler = [&watch, ttl](http::Request&) { return answer(health(watch, ttl)); }});
  routes.push_back({.method = http::Method::get,
                    .pattern = "/metrics",
                    .gate = open_to_all,
                    .handler = [registry = metrics.registry()](http::Request&) { return answer(numbers(*registry)); }});
  Result<std::unique_ptr<http::Server>> server =
      http::Server::bind({.host = address->first, .port = address->second, .cores = 1, .connections_max = 64},
                         std::make_shared<http::Router>(std::move(routes)), std::make_shared<prometheus::Registry>());
  if (!server) return std::unexpected(std::move(server.error()));
  std::unique_ptr<StatusPage> page(new StatusPage);
  page->server_ = std::move(*server);
  page->url_ = fmt::format("http://{}:{}", address->first, page->server_->port());
  page->server_->start();
  return page;
}

StatusPage::~StatusPage() {
  if (server_) server_->stop();
}

}  // namespace open_cicd::agent
