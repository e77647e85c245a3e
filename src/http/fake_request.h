// For tests: a request that no connection sent.
#pragma once

#include "http/message.h"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace open_cicd::http::testing {

class FakeRequest final : public Request {
 public:
  using Fields = std::vector<std::pair<std::string, std::string>>;

  explicit FakeRequest(Fields sent = {}) : fields(std::move(sent)) {}
  FakeRequest(Method how, std::string_view target, Fields sent = {}) : fields(std::move(sent)) {
    method = how;
    path = target;
  }

  std::optional<std::string_view> header(std::string_view name) const override {
    const auto all = headers(name);
    return all.empty() ? std::nullopt : std::optional(all.front());
  }
  std::vector<std::string_view> headers(std::string_view name) const override {
    std::vector<std::string_view> found;
    for (const auto& [key, value] : fields)
      if (key == name) found.push_back(value);
    return found;
  }
  void on_peer_closed(std::function<void()>) override {}
  bool shutting_down() const override { return false; }
  SocketEnds ends() const override { return seen; }

  Fields fields;
  SocketEnds seen;
};

}  // namespace open_cicd::http::testing
