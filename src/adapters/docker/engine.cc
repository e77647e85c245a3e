#include "adapters/docker/engine.h"

#include "adapters/docker/json_access.h"
#include "base/base64.h"
#include "base/json.h"
#include "base/one_line.h"
#include "base/text.h"
#include "http/percent.h"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <ctime>

namespace open_cicd::docker {
namespace {

namespace bj = boost::json;
using http::percent_encode;

constexpr int api_minor_min = 40;  // 1.40 is Docker 19.03
constexpr int api_minor_max = 47;  // what was read about: nothing used here changed up to it
constexpr std::string_view mtu_option = "com.docker.network.driver.mtu";
constexpr std::size_t error_body_max = 16 * 1024;
constexpr std::chrono::seconds ping_timeout{5};
constexpr std::chrono::seconds removal_timeout{20};
constexpr std::chrono::milliseconds removal_poll{50};

// The 41 of "1.41"; nothing for another major version.
std::optional<int> minor_of(std::string_view version) {
  if (!version.starts_with("1.")) return std::nullopt;
  int minor = 0;
  const auto [end, error] = std::from_chars(version.data() + 2, version.data() + version.size(), minor);
  return error == std::errc{} ? std::optional(minor) : std::nullopt;
}

ErrorKind kind_of(int status) {
  switch (status) {
    case 404:
      return ErrorKind::not_found;
    case 409:
      return ErrorKind::conflict;
    default:
      return ErrorKind::internal;
  }
}

Error engine_error(const std::string& what, int status, std::string_view body) {
  std::string message = fmt::format("it answered {}", status);
  if (const Result<bj::value> document = json::parse(body)) {
    if (const std::string text = text_at(*document, "message"); !text.empty()) message = to_one_line(text);
  }
  return Error(kind_of(status), "agent", fmt::format("Docker could not {}: {}", what, message));
}

}  // namespace

Secret encode_login(const std::string& registry, const std::string& username, const std::string& password) {
  std::string login =
      base64(json::write_text(bj::object{{"username", username}, {"password", password}, {"serveraddress", registry}}));
  for (char& c : login) c = c == '+' ? '-' : c == '/' ? '_' : c;
  return Secret(std::move(login));
}

std::string encode_filters(const bj::value& filters) {
  return percent_encode(bj::serialize(filters));
}

Result<std::unique_ptr<Engine>> Engine::make(asio::any_io_executor executor, std::string socket) {
  std::string base = socket;
  if (base.starts_with("unix://")) base.erase(5, 2);
  Result<std::unique_ptr<http::Client>> client = http::Client::make(std::move(executor), base);
  if (!client) {
    return fail(
        ErrorKind::invalid, "agent",
        fmt::format("\"{}\" is not the address of a Docker engine: expected unix:///path.", escape_for_line(socket)));
  }
  return std::unique_ptr<Engine>(new Engine(std::move(*client), std::move(socket)));
}

Task<Result<EngineVersion>> Engine::connect() {
  version_.clear();
  const Result<bj::value> version =
      co_await send_json({.path = "/version", .what = "tell its version", .timeout = ping_timeout});
  if (!version) co_return std::unexpected(version.error());
  EngineVersion found{.engine = text_at(*version, "Version")};
  const std::optional<int> newest = minor_of(text_at(*version, "ApiVersion"));
  const int oldest = minor_of(text_at(*version, "MinAPIVersion")).value_or(0);
  if (!newest || *newest < api_minor_min || oldest > api_minor_max) {
    co_return fail(ErrorKind::unavailable, "agent",
                   fmt::format("Docker {} at {} speaks API {}; 1.{} to 1.{} are supported (Docker 19.03 and newer).",
                               found.engine, socket_, text_at(*version, "ApiVersion"), api_minor_min, api_minor_max));
  }
  found.api = fmt::format("1.{}", std::min(*newest, api_minor_max));
  version_ = "/v" + found.api;
  const Result<bj::value> info =
      co_await send_json({.path = "/info", .what = "describe itself", .timeout = ping_timeout});
  if (!info) co_return std::unexpected(info.error());
  const Result<bj::value> bridge =
      co_await send_json({.path = "/networks/bridge", .what = "describe its network", .timeout = ping_timeout});
  mtu_.clear();
  if (bridge && value_at(*bridge, "Options").is_object()) {
    const bj::value* const mtu = value_at(*bridge, "Options").get_object().if_contains(mtu_option);
    if (mtu != nullptr && mtu->is_string()) mtu_ = std::string(mtu->get_string());
  }
  found.cpus = static_cast<int>(std::max<std::int64_t>(1, number_at(*info, "NCPU")));
  co_return found;
}

Task<Result<void>> Engine::ping() {
  return send_void({.path = "/_ping", .what = "answer a ping", .timeout = ping_timeout});
}

Task<Result<std::string>> Engine::create_container(std::string name, bj::value config) {
  const Result<bj::value> made = co_await send_json({.method = http::Method::post,
                                                     .path = "/containers/create?name=" + percent_encode(name),
                                                     .what = "create a container",
                                                     .body = json::serialize(config)});
  if (!made) co_return std::unexpected(made.error());
  co_return text_at(*made, "Id");
}

Task<Result<void>> Engine::put_archive(std::string container, std::string path, std::string_view tar) {
  return send_void(
      {.method = http::Method::put,
       .path = fmt::format("/containers/{}/archive?path={}&noOverwriteDirNonDir=1", container, percent_encode(path)),
       .what = "copy files into a container",
       .body_view = tar,
       .content_type = "application/x-tar",
       .timeout = archive_timeout});
}

Task<Result<std::string>> Engine::get_archive(std::string container, std::string path) {
  return send({.path = fmt::format("/containers/{}/archive?path={}", container, percent_encode(path)),
               .what = fmt::format("read {} of a container", path)});
}

Task<Result<std::unique_ptr<http::ResponseStream>>> Engine::attach(std::string container) {
  Call call{.method = http::Method::post,
            .path = fmt::format("/containers/{}/attach?stream=1&stdin=1&stdout=1&stderr=1", container),
            .what = "attach to a container"};
  Result<std::unique_ptr<http::ResponseStream>> stream = co_await client_->upgrade(request_of(call));
  if (!stream) co_return std::unexpected(transport_error(call.what, stream.error()));
  const int status = (*stream)->head().status;
  if (status != 101 && status != 200) co_return std::unexpected(co_await error_of_stream(**stream, call.what));
  co_return std::move(*stream);
}

Task<Result<void>> Engine::start(std::string container) {
  return send_void({.method = http::Method::post,
                    .path = fmt::format("/containers/{}/start", container),
                    .what = "start a container"});
}

Task<Result<void>> Engine::kill(std::string container) {
  return send_void({.method = http::Method::post,
                    .path = fmt::format("/containers/{}/kill?signal=KILL", container),
                    .what = "kill a container"});
}

Task<Result<bj::value>> Engine::inspect(std::string container) {
  return send_json({.path = fmt::format("/containers/{}/json", container), .what = "inspect a container"});
}

Task<Result<void>> Engine::remove_container(std::string container) {
  return remove_retrying({.method = http::Method::delete_,
                          .path = fmt::format("/containers/{}?force=1&v=1", container),
                          .what = fmt::format("remove the container {}", container.substr(0, 12))});
}

Task<Result<bool>> Engine::had_oom(std::string container, std::int64_t since) {
  // An until of the past second would miss it, and one of the future makes the call wait until then.
  const std::string filters =
      encode_filters(bj::object{{"container", bj::array{container}}, {"event", bj::array{"oom"}}});
  const Result<std::string> events = co_await send(
      {.path = fmt::format("/events?since={}&until={}&filters={}", since, std::time(nullptr) + 1, filters),
       .what = "list its events"});
  if (!events) co_return std::unexpected(events.error());
  co_return events->find("\"oom\"") != std::string::npos;
}

Task<Result<bj::value>> Engine::inspect_image(std::string image) {
  return send_json({.path = fmt::format("/images/{}/json", percent_encode(image)),
                    .what = fmt::format("inspect the image {}", image)});
}

Task<Result<std::unique_ptr<http::ResponseStream>>> Engine::pull(std::string name, std::string tag,
                                                                 std::chrono::milliseconds patience, Secret login) {
  Call call{.method = http::Method::post,
            .path = fmt::format("/images/create?fromImage={}&tag={}", percent_encode(name), percent_encode(tag)),
            .what = "pull an image",
            .timeout = patience,
            .login = std::move(login)};
  Result<std::unique_ptr<http::ResponseStream>> stream = co_await client_->open(request_of(call));
  if (!stream) co_return std::unexpected(transport_error(call.what, stream.error()));
  if ((*stream)->head().status != 200) co_return std::unexpected(co_await error_of_stream(**stream, call.what));
  co_return std::move(*stream);
}

Task<Result<void>> Engine::ask_registry(std::string image, Secret login) {
  return send_void({.path = fmt::format("/distribution/{}/json", image),
                    .what = "pull an image",
                    .timeout = pull_header_timeout,
                    .login = std::move(login)});
}

Task<Result<void>> Engine::remove_image(std::string image) {
  const Result<void> done = co_await send_void({.method = http::Method::delete_,
                                                .path = "/images/" + percent_encode(image),
                                                .what = fmt::format("remove the image {}", image),
                                                .timeout = archive_timeout});
  co_return !done && done.error().kind() == ErrorKind::not_found ? Result<void>{} : done;
}

Task<Result<void>> Engine::create_network(std::string name, bj::object labels) {
  bj::object options;
  if (!mtu_.empty()) options[mtu_option] = mtu_;
  const bj::value config{{"Name", name},
                         {"Driver", "bridge"},
                         {"CheckDuplicate", true},
                         {"Options", std::move(options)},
                         {"Labels", std::move(labels)}};
  return send_void({.method = http::Method::post,
                    .path = "/networks/create",
                    .what = "create a network",
                    .body = json::serialize(config)});
}

Task<Result<void>> Engine::remove_network(std::string name) {
  return remove_retrying({.method = http::Method::delete_,
                          .path = "/networks/" + percent_encode(name),
                          .what = fmt::format("remove the network {}", name)});
}

Task<Result<void>> Engine::remove_volume(std::string name) {
  return remove_retrying({.method = http::Method::delete_,
                          .path = "/volumes/" + percent_encode(name),
                          .what = fmt::format("remove the volume {}", name)});
}

Task<Result<Labelled>> Engine::find(std::vector<std::string> labels) {
  const std::string filters = encode_filters(bj::object{{"label", bj::array(labels.begin(), labels.end())}});
  Labelled found;
  Result<std::vector<std::string>> ids = co_await list("/containers/json?all=1&filters=" + filters, "", "Id");
  if (!ids) co_return std::unexpected(ids.error());
  found.containers = std::move(*ids);
  ids = co_await list("/networks?filters=" + filters, "", "Id");
  if (!ids) co_return std::unexpected(ids.error());
  found.networks = std::move(*ids);
  ids = co_await list("/volumes?filters=" + filters, "Volumes", "Name");
  if (!ids) co_return std::unexpected(ids.error());
  found.volumes = std::move(*ids);
  co_return found;
}

Task<Result<std::vector<std::map<std::string, std::string>>>> Engine::labels_of_all(std::string label) {
  const std::string filters = encode_filters(bj::object{{"label", bj::array{bj::value(label)}}});
  std::vector<std::map<std::string, std::string>> found;
  for (const std::string_view kind : {"/containers/json?all=1&filters=", "/networks?filters=", "/volumes?filters="}) {
    const Result<bj::value> answer =
        co_await send_json({.path = std::string(kind) + filters, .what = "list what is labelled"});
    if (!answer) co_return std::unexpected(answer.error());
    const bj::value& items = answer->is_object() ? value_at(*answer, "Volumes") : *answer;
    if (!items.is_array()) continue;
    for (const bj::value& item : items.get_array()) {
      const bj::value& labels = value_at(item, "Labels");
      if (!labels.is_object()) continue;
      auto& one = found.emplace_back();
      for (const auto& [name, value] : labels.get_object())
        if (value.is_string()) one.emplace(name, value.get_string());
    }
  }
  co_return found;
}

Task<Result<std::vector<std::string>>> Engine::list(std::string path, std::string_view member,
                                                    std::string_view id_name) {
  const Result<bj::value> answer = co_await send_json({.path = std::move(path), .what = "list what is labelled"});
  if (!answer) co_return std::unexpected(answer.error());
  const bj::value& items = member.empty() ? *answer : value_at(*answer, member);
  std::vector<std::string> ids;
  if (items.is_array()) {
    for (const bj::value& item : items.get_array()) ids.push_back(text_at(item, id_name));
  }
  co_return ids;
}

http::ClientRequest Engine::request_of(Call& call) const {
  http::ClientRequest request{.method = call.method,
                              .target = version_ + call.path,
                              .body = std::move(call.body),
                              .body_view = call.body_view,
                              .timeout = call.timeout};
  if (!request.body.empty() || !request.body_view.empty()) request.content_type = call.content_type;
  if (!call.login.empty()) request.headers.emplace_back("X-Registry-Auth", call.login.reveal());
  return request;
}

Task<Result<std::string>> Engine::send(Call call) {
  Result<http::ClientResponse> response = co_await client_->send(request_of(call));
  if (!response) co_return std::unexpected(transport_error(call.what, response.error()));
  if (response->status >= 300 && response->status != 304)
    co_return std::unexpected(engine_error(call.what, response->status, response->body));
  co_return std::move(response->body);
}

Task<Result<bj::value>> Engine::send_json(Call call) {
  std::string what = call.what;
  const Result<std::string> body = co_await send(std::move(call));
  if (!body) co_return std::unexpected(body.error());
  Result<bj::value> document = json::parse(*body);
  if (!document)
    co_return fail(ErrorKind::internal, "agent", fmt::format("Docker could not {}: its answer is not JSON.", what));
  co_return std::move(*document);
}

Task<Result<void>> Engine::send_void(Call call) {
  const Result<std::string> body = co_await send(std::move(call));
  if (!body) co_return std::unexpected(body.error());
  co_return Result<void>{};
}

// 409 while it is already being removed, or while a container that uses it still is.
Task<Result<void>> Engine::remove_retrying(Call call) {
  const auto give_up = std::chrono::steady_clock::now() + removal_timeout;
  asio::steady_timer timer(co_await asio::this_coro::executor);
  for (;;) {
    Call once = call;
    const Result<std::string> body = co_await send(std::move(once));
    if (!body && body.error().kind() == ErrorKind::not_found) co_return Result<void>{};
    // After a success the same again: a container is gone only when the Engine no longer knows it.
    if (!body && std::chrono::steady_clock::now() > give_up) co_return std::unexpected(body.error());
    if (body && !call.path.starts_with("/containers/")) co_return Result<void>{};
    if (!body && body.error().kind() == ErrorKind::unavailable) co_return std::unexpected(body.error());
    if (body) continue;
    timer.expires_after(removal_poll);
    co_await timer.async_wait(asio::use_awaitable);
  }
}

Task<Error> Engine::error_of_stream(http::ResponseStream& stream, const std::string& what) {
  std::string body;
  while (body.size() < error_body_max) {
    const Result<std::string> part = co_await stream.read(error_body_max - body.size(), call_timeout);
    if (!part || part->empty()) break;
    body += *part;
  }
  co_return engine_error(what, stream.head().status, body);
}

Error Engine::transport_error(const std::string& what, const Error& cause) const {
  return Error(
             ErrorKind::unavailable, "agent",
             fmt::format("Docker could not {}: the engine at {} does not answer ({})", what, socket_, cause.message()))
      .with_detail(cause.detail());
}

}  // namespace open_cicd::docker
