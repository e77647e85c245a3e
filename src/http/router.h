// Routes: one list for dispatch and authorisation. What is said about them in documents belongs to who makes the list.
#pragma once

#include "base/asio.h"
#include "base/error.h"
#include "http/message.h"

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace open_cicd::http {

using Handler = std::function<Task<Response>(Request&)>;
// Runs after the header and before the body is read, so that nobody unknown can make the server read. An Error is the
// answer.
using Gate = std::function<Task<Result<std::shared_ptr<const Identity>>>(const Request&)>;

struct Route {
  Method method;
  std::string pattern;       // "/api/v1/jobs/{id}/status": literal segments and captures, no regex
  Gate gate;                 // who may; empty: the router refuses the route
  std::size_t body_max = 0;  // bytes after decoding; 0: no body is taken
  Handler handler;
  bool slash_in_captures = false;  // "%2f" in one: it is a name with slashes in it, which is looked up and nothing else
};
// The pattern of the one row that answers GET and HEAD of every well-formed path that no other row has.
inline constexpr std::string_view any_other_path = "*";

// Immutable after construction; find() is thread-safe and allocates only the captures.
class Router {
 public:
  // Throws std::logic_error naming the route when a gate or handler is missing or two rows collide.
  explicit Router(std::vector<Route> routes);
  Router(const Router&) = delete;

  struct Match {
    const Route* route = nullptr;
    std::vector<std::string> captures;
    std::string allow;  // when only the method is wrong: the Allow header's value
  };
  // `path` as sent, without the query. Percent-escapes are decoded inside captures only; "//", "/../", "/./", "%2f"
  // (but see Route),
  // "%00" and ";" never match anything. HEAD finds GET's row. No method (a token that no row knows): only `allow` is of
  // interest.
  Match find(std::optional<Method> method, std::string_view path) const;
  const std::vector<Route>& routes() const { return routes_; }

 private:
  using Segments = std::span<const std::string_view>;
  // One segment of the patterns' tree; 0 (the root) means "no child".
  struct Node {
    std::vector<std::pair<std::string, std::size_t>> literals;
    std::size_t capture = 0;
    std::array<const Route*, 6> rows{};  // by Method
    const std::size_t* literal(std::string_view segment) const;
    bool has_rows() const;
    std::string allow() const;
  };
  void add(std::size_t index);
  const Node* walk(std::size_t node, Segments segments, std::vector<std::string_view>& captured) const;

  std::vector<Route> routes_;
  const Route* other_ = nullptr;  // of any_other_path
  std::vector<Node> nodes_;
};

}  // namespace open_cicd::http
