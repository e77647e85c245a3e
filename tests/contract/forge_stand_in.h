// A forge in miniature on a real socket: as strict as its API's documentation, and as wrong as a test wants.
#pragma once

#include "base/asio.h"
#include "base/json.h"
#include "base/secret.h"
#include "base/task_group.h"
#include "scm/forge.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace open_cicd::scm::contract {

namespace bj = boost::json;

struct Heard {
  std::string method, target, body;
  std::map<std::string, std::string> headers;  // names in small letters

  std::string header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? "" : found->second;
  }
  std::string path() const { return target.substr(0, target.find('?')); }
  std::string query(std::string_view name) const {
    const std::string wanted = fmt::format("{}=", name);
    for (std::size_t at = target.find('?'); at != std::string::npos; at = target.find('&', at + 1))
      if (target.compare(at + 1, wanted.size(), wanted) == 0) {
        const std::size_t begin = at + 1 + wanted.size();
        return target.substr(begin, target.find('&', begin) - begin);
      }
    return "";
  }
};

struct Reply {
  int status = 200;
  std::string body;
  std::string headers = {};  // each with its line's end

  std::string text() const {
    return fmt::format("HTTP/1.1 {} X\r\nContent-Type: application/json\r\nContent-Length: {}\r\n{}\r\n{}", status,
                       body.size(), headers, body);
  }
};
inline Reply json_reply(int status, const bj::value& body, std::string headers = {}) {
  return {.status = status, .body = json::serialize(body), .headers = std::move(headers)};
}
inline Reply says(int status, std::string_view message, std::string headers = {}) {
  return json_reply(status, {{"message", message}}, std::move(headers));
}

struct StoredHook {
  std::int64_t id = 0;
  std::string url, secret;
  bool active = true, hears_all = true, is_json = true;
  bool broken = false;  // what no edit mends, where the forge has such a thing
};

struct PostedStatus {
  std::string sha, state, context, description, target_url;
  bool operator==(const PostedStatus&) const = default;
};
inline void PrintTo(const PostedStatus& status, std::ostream* out) {
  *out << fmt::format("{} {} {} {} {}", status.sha, status.state, status.context, status.description,
                      status.target_url);
}

// What all of them have. Lives in the io_context of what it tests: a test reads and changes it between two runs.
class StandIn {
 public:
  virtual ~StandIn() = default;
  virtual Reply answer(const Heard&) = 0;

  std::string token = "tok-3f9a71c2e5";
  std::string full_name = "acme/tools", default_branch = "main";
  std::optional<std::string> told_name;  // instead of the full name that it has
  std::int64_t repository_id = 7;
  bool is_public = true;
  std::vector<StoredHook> hooks;
  std::vector<PostedStatus> statuses;
  std::set<std::string> commits{std::string(40, 'a'), std::string(64, 'b')};
  bool lacks_scope = false;
  bool loses_hooks = false;  // those that were listed are gone before anything else is asked
  std::size_t page_max = 100;
  std::int64_t last_hook = 100;

  StoredHook& add(StoredHook hook) {
    hook.id = ++last_hook;
    return hooks.emplace_back(std::move(hook));
  }

 protected:
  StoredHook* find(std::string_view id) {
    const auto found =
        std::ranges::find_if(hooks, [&](const StoredHook& hook) { return std::to_string(hook.id) == id; });
    return found == hooks.end() ? nullptr : &*found;
  }

  // One page of the hooks, and whether there is another one.
  Reply page(const Heard& heard, std::string_view size_name, const std::function<bj::value(const StoredHook&)>& show) {
    const std::size_t size = std::min<std::size_t>(std::stoul(heard.query(size_name)), page_max);
    const std::size_t from = (std::stoul(heard.query("page")) - 1) * size;
    bj::array list;
    for (std::size_t i = from; i < std::min(hooks.size(), from + size); ++i) list.push_back(show(hooks[i]));
    // Where it leads is not followed.
    const std::string link =
        "Link: <http://127.0.0.1:1/elsewhere>; rel=\"next\", <http://127.0.0.1:1/>; rel=\"first\"\r\n";
    Reply reply = json_reply(200, list, from + size < hooks.size() ? link : "");
    if (loses_hooks) hooks.clear();
    return reply;
  }

  // The body's members and their types; nothing when all is fine, else what the forge would blame.
  using Types = std::map<std::string, bj::kind>;
  static std::optional<std::string> wrong_member(const bj::object& body, const Types& known,
                                                 const std::set<std::string>& required) {
    for (const auto& member : body) {
      const auto type = known.find(std::string(member.key()));
      if (type == known.end() || type->second != member.value().kind()) return std::string(member.key());
    }
    for (const std::string& name : required)
      if (!body.contains(name)) return name;
    return std::nullopt;
  }
  static std::string text_of(const bj::object& body, std::string_view name) {
    const auto* value = body.if_contains(name);
    return value == nullptr ? "" : std::string(value->as_string());
  }
};

// Listens on a free port of the loopback interface.
class ForgeHost {
 public:
  using Answers = std::function<Reply(const Heard&)>;

  ForgeHost(asio::io_context& io, Answers answers)
      : acceptor_(io, {asio::ip::address_v4::loopback(), 0}), tasks_(io.get_executor()), answers_(std::move(answers)) {
    tasks_.spawn("accept", accept());
  }
  std::string url() const { return fmt::format("http://127.0.0.1:{}", acceptor_.local_endpoint().port()); }
  Task<void> stop() { co_await tasks_.stop(); }

  std::vector<Heard> heard;
  std::deque<std::string> bytes;  // instead of the next answers; the connection ends behind them
  bool silent = false;            // takes requests and says nothing

 private:
  Task<void> accept() {
    for (;;) {
      auto socket = co_await acceptor_.async_accept(asio::use_awaitable);
      tasks_.spawn("session", session(std::move(socket)));
    }
  }

  Task<void> session(asio::ip::tcp::socket socket) {
    std::string buffer;
    error_code ec;
    while (!ec) {
      const std::size_t head = co_await asio::async_read_until(socket, asio::dynamic_buffer(buffer), "\r\n\r\n",
                                                               asio::redirect_error(asio::use_awaitable, ec));
      if (ec) co_return;
      Heard request = parse_head(buffer.substr(0, head - 2));
      buffer.erase(0, head);
      const std::string told = request.header("content-length");
      const std::size_t length = told.empty() ? 0 : std::stoul(told);
      if (buffer.size() < length)
        co_await asio::async_read(socket, asio::dynamic_buffer(buffer), asio::transfer_exactly(length - buffer.size()),
                                  asio::redirect_error(asio::use_awaitable, ec));
      if (ec) co_return;
      request.body = buffer.substr(0, length);
      buffer.erase(0, length);
      heard.push_back(request);
      if (silent) {
        asio::steady_timer never(socket.get_executor(), std::chrono::hours(1));
        co_await never.async_wait(asio::use_awaitable);
      }
      const bool ends = !bytes.empty();
      const std::string text = ends ? bytes.front() : answers_(request).text();
      if (ends) bytes.pop_front();
      co_await asio::async_write(socket, asio::buffer(text), asio::redirect_error(asio::use_awaitable, ec));
      if (ends) co_return;
    }
  }

  static Heard parse_head(std::string_view head) {
    Heard request;
    const std::size_t line = head.find("\r\n"), first = head.find(' '), second = head.find(' ', first + 1);
    request.method = head.substr(0, first);
    request.target = head.substr(first + 1, second - first - 1);
    head.remove_prefix(line + 2);
    while (!head.empty()) {
      const std::size_t end = head.find("\r\n"), colon = head.find(": ");
      std::string name(head.substr(0, colon));
      std::ranges::transform(name, name.begin(),
                             [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
      request.headers[name] = head.substr(colon + 2, end - colon - 2);
      head.remove_prefix(std::min(end + 2, head.size()));
    }
    return request;
  }

  asio::ip::tcp::acceptor acceptor_;
  TaskGroup tasks_;
  Answers answers_;
};

}  // namespace open_cicd::scm::contract
