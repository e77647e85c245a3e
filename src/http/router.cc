#include "http/router.h"

#include "http/percent.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace open_cicd::http {
namespace {

constexpr std::size_t segments_max = 32;  // of a path; the longest pattern has far fewer

bool is_capture(std::string_view segment) {
  return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}

// Splits "/a/b" into "a", "b". False when the path cannot belong to any route: no leading slash, an empty segment, a
// dot segment, ";".
bool split(std::string_view path, std::vector<std::string_view>& segments) {
  if (path.empty() || path.front() != '/' || path.find(';') != path.npos) return false;
  if (path == "/") return true;
  for (std::size_t begin = 1;;) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    const std::string_view segment = path.substr(begin, end - begin);
    if (segment.empty() || segment == "." || segment == ".." || segments.size() == segments_max) return false;
    segments.push_back(segment);
    if (end == path.size()) return true;
    begin = end + 1;
  }
}

// A captured segment's value; nothing when its escapes are broken or hide a separator, a dot segment or a NUL.
std::optional<std::string> decode_capture(std::string_view segment, bool with_slash) {
  std::optional<std::string> value = percent_decode(segment, PlusIs::plus);
  if (!value || (!with_slash && value->find('/') != value->npos) || *value == "." || *value == "..")
    return std::nullopt;
  return value;
}

}  // namespace

Router::Router(std::vector<Route> routes) : routes_(std::move(routes)), nodes_(1) {
  for (std::size_t i = 0; i < routes_.size(); ++i) add(i);
}

void Router::add(std::size_t index) {
  const Route& route = routes_[index];
  const std::string name = fmt::format("{} {}", name_of(route.method), route.pattern);
  if (!route.gate) throw std::logic_error(name + ": the route has no access rule");
  if (!route.handler) throw std::logic_error(name + ": the route has no handler");
  if (route.method == Method::head) throw std::logic_error(name + ": HEAD is answered by the row of GET");
  if (route.pattern == any_other_path) {
    if (route.method != Method::get || other_ != nullptr)
      throw std::logic_error(name + ": one row, of GET, answers all other paths");
    other_ = &route;
    return;
  }
  std::vector<std::string_view> segments;
  if (!split(route.pattern, segments)) throw std::logic_error(name + ": the pattern is not a path");

  std::size_t node = 0;
  for (const std::string_view segment : segments) {
    std::size_t next = 0;
    if (is_capture(segment)) {
      next = nodes_[node].capture;
    } else if (segment.find_first_of("{}%") != segment.npos) {
      throw std::logic_error(name + ": a capture is a whole segment, and literals are not encoded");
    } else if (const auto* child = nodes_[node].literal(segment)) {
      next = *child;
    }
    if (next == 0) {
      next = nodes_.size();
      nodes_.emplace_back();
      if (is_capture(segment))
        nodes_[node].capture = next;
      else
        nodes_[node].literals.emplace_back(segment, next);
    }
    node = next;
  }
  const Route*& row = nodes_[node].rows[static_cast<std::size_t>(route.method)];
  if (row != nullptr) throw std::logic_error(fmt::format("{}: collides with {}", name, row->pattern));
  row = &route;
}

const std::size_t* Router::Node::literal(std::string_view segment) const {
  const auto found =
      std::ranges::find(literals, segment, [](const auto& child) { return std::string_view(child.first); });
  return found == literals.end() ? nullptr : &found->second;
}

// The node whose pattern is `segments`; a literal is preferred to a capture, and given up when its subtree has no
// answer.
const Router::Node* Router::walk(std::size_t node, Segments segments, std::vector<std::string_view>& captured) const {
  const Node& here = nodes_[node];
  if (segments.empty()) return here.has_rows() ? &here : nullptr;
  if (const std::size_t* child = here.literal(segments.front())) {
    if (const Node* found = walk(*child, segments.subspan(1), captured)) return found;
  }
  if (here.capture == 0) return nullptr;
  captured.push_back(segments.front());
  if (const Node* found = walk(here.capture, segments.subspan(1), captured)) return found;
  captured.pop_back();
  return nullptr;
}

bool Router::Node::has_rows() const {
  return std::ranges::any_of(rows, [](const Route* row) { return row != nullptr; });
}

std::string Router::Node::allow() const {
  std::string list;
  for (const Route* row : rows) {
    if (row == nullptr) continue;
    if (!list.empty()) list += ", ";
    list += name_of(row->method);
    if (row->method == Method::get) list += ", HEAD";
  }
  return list;
}

Router::Match Router::find(std::optional<Method> method, std::string_view path) const {
  Match match;
  // One scratch list a thread: a request allocates only the captures it keeps.
  thread_local std::vector<std::string_view> segments, captured;
  segments.clear();
  captured.clear();
  if (method == Method::head) method = Method::get;
  const Node* node = split(path, segments) ? walk(0, segments, captured) : nullptr;
  if (node == nullptr) {
    // People write a slash at the end of a page's address.
    const bool slash = path.size() > 1 && path.ends_with('/') && !path.ends_with("//");
    segments.clear();
    if (method == Method::get && split(slash ? path.substr(0, path.size() - 1) : path, segments)) match.route = other_;
    return match;
  }
  if (method) match.route = node->rows[static_cast<std::size_t>(*method)];
  match.captures.reserve(captured.size());
  for (const std::string_view segment : captured) {
    std::optional<std::string> value =
        decode_capture(segment, match.route != nullptr && match.route->slash_in_captures);
    if (!value) return {};
    match.captures.push_back(std::move(*value));
  }
  if (match.route == nullptr) match.allow = node->allow();
  return match;
}

}  // namespace open_cicd::http
