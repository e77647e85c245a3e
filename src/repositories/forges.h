// The kinds of forges that the server can speak with. The composition root brings them; nobody else knows an adapter.
#pragma once

#include "base/asio.h"
#include "scm/forge.h"
#include "scm/webhook_reader.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace open_cicd::repositories {

struct ForgeKind {
  std::string name;  // "github"
  std::shared_ptr<const scm::WebhookReader> webhooks;
  // Null: a plain git remote, which has no API.
  std::function<Result<std::unique_ptr<scm::Forge>>(asio::any_io_executor, scm::ForgeAccess)> make;
  std::string git_user;            // beside the token, for git over http
  std::vector<std::string> hosts;  // that are this forge, whoever asks
  bool has_api() const { return make != nullptr; }
};

class Forges {
 public:
  explicit Forges(std::vector<ForgeKind> kinds) : kinds_(std::move(kinds)) {}
  const ForgeKind* find(std::string_view name) const {
    const auto found = std::ranges::find(kinds_, name, &ForgeKind::name);
    return found == kinds_.end() ? nullptr : &*found;
  }
  const ForgeKind* of_host(std::string_view host) const {
    const auto found =
        std::ranges::find_if(kinds_, [&](const ForgeKind& kind) { return std::ranges::count(kind.hosts, host) > 0; });
    return found == kinds_.end() ? nullptr : &*found;
  }
  const std::vector<ForgeKind>& all() const { return kinds_; }

 private:
  std::vector<ForgeKind> kinds_;
};

}  // namespace open_cicd::repositories
