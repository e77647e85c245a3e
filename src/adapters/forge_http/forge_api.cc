#include "adapters/forge_http/forge_api.h"

#include "pipelines/rules.h"
#include "scm/limits.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace open_cicd::forge_http {
namespace {

constexpr int pages_max = 20;

std::unexpected<Error> refused(std::string_view field, std::string_view why) {
  return std::unexpected(Error(ErrorKind::invalid, "forge_refused", fmt::format("{} {}", field, why))
                             .with_fields({{std::string(field), std::string(why)}}));
}

bool is_segment(std::string_view text) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.';
  };
  return !text.empty() && text != "." && text != ".." && std::ranges::all_of(text, fits);
}

// No forge lets a name hold anything but these characters, none of which means anything in a path.
bool is_full_name(std::string_view name, bool nested) {
  if (name.size() > scm::limits::full_name_bytes_max) return false;
  const std::ptrdiff_t slashes = std::ranges::count(name, '/');
  if (slashes < 1 || (slashes > 1 && !nested)) return false;
  while (true) {
    const std::size_t end = name.find('/');
    if (!is_segment(name.substr(0, end))) return false;
    if (end == std::string_view::npos) return true;
    name.remove_prefix(end + 1);
  }
}

// Only whether there is a next page: where it is, we know ourselves.
bool has_next_page(const http::ClientResponse& answer) {
  return answer.header("Link").value_or("").contains("rel=\"next\"");
}

struct Made {
  std::int64_t id = 0;
};
BOOST_DESCRIBE_STRUCT(Made, (), (id))

class ForgeApi final : public scm::Forge {
 public:
  ForgeApi(std::unique_ptr<Connection> connection, std::unique_ptr<const Words> words, std::string url)
      : connection_(std::move(connection)), words_(std::move(words)), url_(std::move(url)) {}

  Task<Result<scm::RemoteRepository>> repository(std::string full_name) override {
    auto path = path_of(full_name);
    if (!path) co_return std::unexpected(std::move(path.error()));
    auto answer = co_await connection_->ask({.path = std::move(*path)});
    if (!answer) co_return std::unexpected(std::move(answer.error()));
    auto found = words_->read_repository(*connection_, *answer);
    if (!found) co_return found;
    const bool sound = found->id > 0 && is_full_name(found->full_name, words_->may_be_nested()) &&
                       (found->default_branch.empty() || !pipelines::check_git_ref(found->default_branch));
    if (!sound)
      co_return std::unexpected(connection_->no_answer(
          Error(ErrorKind::invalid, "invalid", "the repository's id, full name or default branch cannot be")));
    // Not what the forge says: the token goes where this leads.
    found->clone_url = fmt::format("{}/{}.git", url_, found->full_name);
    co_return found;
  }

  Task<Result<bool>> keep_webhook(std::string full_name, scm::WantedWebhook wanted) override {
    auto path = hooks_path(full_name);
    if (!path) co_return std::unexpected(std::move(path.error()));
    auto hooks = co_await hooks_of(*path, wanted);
    if (!hooks) co_return std::unexpected(std::move(hooks.error()));
    bool changed = true, made = false;
    if (std::ranges::count(*hooks, true, &Hook::mendable) == 0) {
      auto created = co_await create(*path, wanted);
      made = created.has_value();
      if (!made && created.error().kind() != ErrorKind::invalid) co_return std::unexpected(std::move(created.error()));
      // Refused perhaps because somebody else has made it since.
      if (!made) hooks = co_await hooks_of(*path, wanted);
      if (!hooks) co_return std::unexpected(std::move(hooks.error()));
      if (!made && std::ranges::count(*hooks, true, &Hook::mendable) == 0)
        co_return std::unexpected(std::move(created.error()));
    }
    if (!made) {
      const auto kept = std::ranges::find(*hooks, true, &Hook::mendable);
      auto mended = co_await mend(*path, *kept, wanted);
      if (!mended) co_return mended;
      changed = *mended;
      hooks->erase(kept);
    }
    // Two would send everything twice; one that is broken goes when another one stands in its place.
    for (const Hook& other : *hooks) {
      changed = true;
      if (auto gone = co_await remove(*path, other.id); !gone) co_return std::unexpected(std::move(gone.error()));
    }
    co_return changed;
  }

  Task<Result<void>> remove_webhook(std::string full_name, std::string url) override {
    auto path = hooks_path(full_name);
    if (!path) co_return std::unexpected(std::move(path.error()));
    auto hooks = co_await hooks_of(*path, {.url = std::move(url), .secret = {}});
    if (!hooks) co_return std::unexpected(std::move(hooks.error()));
    for (const Hook& hook : *hooks)
      if (auto gone = co_await remove(*path, hook.id); !gone) co_return gone;
    co_return Result<void>();
  }

  Task<Result<void>> set_status(std::string full_name, scm::CommitStatus status) override {
    auto path = path_of(full_name);
    if (!path) co_return std::unexpected(std::move(path.error()));
    if (!pipelines::is_sha(status.sha)) co_return refused("sha", "must be 40 or 64 hex digits in lower case");
    Request request{.method = http::Method::post,
                    .path = fmt::format("{}/statuses/{}", *path, status.sha),
                    .body = words_->status(status)};
    auto answer = co_await connection_->exchange(request);
    if (!answer) co_return std::unexpected(std::move(answer.error()));
    if (words_->is_unchanged(*answer)) co_return Result<void>();
    if (answer->status < 200 || answer->status > 299)
      co_return std::unexpected(connection_->error_of(request, *answer));
    co_return check_made(*answer);
  }

 private:
  Result<std::string> path_of(std::string_view full_name) const {
    if (!is_full_name(full_name, words_->may_be_nested()))
      return refused("full_name", "must be owner/name as the forge writes it: letters, digits and . _ -");
    return words_->repository_path(full_name);
  }
  Result<std::string> hooks_path(std::string_view full_name) const {
    auto path = path_of(full_name);
    if (path) *path += "/hooks";
    return path;
  }

  // All pages of them.
  Task<Result<std::vector<Hook>>> hooks_of(std::string path, scm::WantedWebhook wanted) {
    std::vector<Hook> all;
    for (int page = 1; page <= pages_max; ++page) {
      auto answer = co_await connection_->ask(
          {.path = fmt::format("{}?{}&page={}", path, words_->page_size(), page), .hidden = wanted.secret});
      if (!answer) co_return std::unexpected(std::move(answer.error()));
      auto some = words_->read_hooks(*connection_, *answer, wanted);
      if (!some) co_return some;
      for (const Hook& hook : *some) {
        if (hook.id <= 0)
          co_return std::unexpected(
              connection_->no_answer(Error(ErrorKind::invalid, "invalid", "a webhook's id must be positive")));
        all.push_back(hook);
      }
      if (!has_next_page(*answer)) break;
    }
    co_return all;
  }

  // Its secret is written each time, as no forge shows it. One that somebody removes meanwhile is made again.
  Task<Result<bool>> mend(std::string path, Hook hook, scm::WantedWebhook wanted) {
    auto answer = co_await connection_->ask({.method = words_->edits_with(),
                                             .path = fmt::format("{}/{}", path, hook.id),
                                             .body = words_->edited_hook(wanted),
                                             .hidden = wanted.secret});
    if (!answer && answer.error().kind() == ErrorKind::not_found) {
      auto made = co_await create(path, wanted);
      if (!made) co_return std::unexpected(std::move(made.error()));
      co_return true;
    }
    if (!answer) co_return std::unexpected(std::move(answer.error()));
    if (auto fits = words_->check_hook(*connection_, *answer, wanted); !fits)
      co_return std::unexpected(std::move(fits.error()));
    co_return !hook.as_wanted;
  }

  Task<Result<void>> create(std::string path, scm::WantedWebhook wanted) {
    auto answer = co_await connection_->ask(
        {.method = http::Method::post, .path = path, .body = words_->new_hook(wanted), .hidden = wanted.secret});
    if (!answer) co_return std::unexpected(std::move(answer.error()));
    co_return words_->check_hook(*connection_, *answer, wanted);
  }

  Task<Result<void>> remove(std::string path, std::int64_t id) {
    auto answer = co_await connection_->ask({.method = http::Method::delete_, .path = fmt::format("{}/{}", path, id)});
    if (answer || answer.error().kind() == ErrorKind::not_found) co_return Result<void>();
    co_return std::unexpected(std::move(answer.error()));
  }

  Result<void> check_made(const http::ClientResponse& answer) const {
    auto made = connection_->read<Made>(answer);
    if (!made) return std::unexpected(std::move(made.error()));
    return {};
  }

  std::unique_ptr<Connection> connection_;
  std::unique_ptr<const Words> words_;
  std::string url_;
};

}  // namespace

Result<void> Words::check_hook(const Connection& connection, const http::ClientResponse& answer,
                               const scm::WantedWebhook&) const {
  auto made = connection.read<Made>(answer);
  if (!made) return std::unexpected(std::move(made.error()));
  return {};
}

std::unique_ptr<scm::Forge> make_forge(std::unique_ptr<Connection> connection, std::unique_ptr<const Words> words,
                                       std::string url) {
  return std::make_unique<ForgeApi>(std::move(connection), std::move(words), std::move(url));
}

}  // namespace open_cicd::forge_http
