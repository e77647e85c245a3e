#include "repositories/repositories.h"

#include "base/crypto.h"
#include "base/json.h"
#include "base/log.h"
#include "db/row.h"
#include "repositories/limits.h"

#include <fmt/format.h>

namespace open_cicd::repositories {
namespace {

#define REPOSITORY_COLUMNS                                                                                            \
  "id, seq, forge, forge_url, forge_id, full_name, clone_url, default_branch, is_public, has_token, pipeline_paths, " \
  "protected_refs, trust, active, webhook_state, webhook_error, poll_ms, polled_at, poll_error, poll_failures, "      \
  "version, created_by, created_at"

constexpr db::Query by_id_query{.name = "repositories.by_id",
                                .sql = "SELECT " REPOSITORY_COLUMNS " FROM repositories WHERE id = $1"};
constexpr db::Query by_name_query{.name = "repositories.by_name",
                                  .sql = "SELECT " REPOSITORY_COLUMNS " FROM repositories WHERE full_name = $1"};
constexpr db::Query list_repositories_query{
    .name = "repositories.list",
    .sql = "SELECT " REPOSITORY_COLUMNS " FROM repositories ORDER BY full_name LIMIT 10000"};
#define NEW_REPOSITORY_COLUMNS                                                                                   \
  "id, forge, forge_url, forge_id, full_name, clone_url, default_branch, is_public, has_token, pipeline_paths, " \
  "protected_refs, trust, active, webhook_state, webhook_error, poll_ms, created_by, created_at, refs"
#define NEW_REPOSITORY_VALUES "$1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19"
constexpr db::Query insert_repository_query{
    .name = "repositories.insert",
    .sql = "INSERT INTO repositories (" NEW_REPOSITORY_COLUMNS ", seq) VALUES (" NEW_REPOSITORY_VALUES
           ", (SELECT coalesce(max(seq), 0) + 1 FROM repositories)) ON CONFLICT DO NOTHING",
    .postgres_sql = "INSERT INTO repositories (" NEW_REPOSITORY_COLUMNS ") VALUES (" NEW_REPOSITORY_VALUES
                    ") ON CONFLICT DO NOTHING"};
constexpr db::Query update_query{
    .name = "repositories.update",
    .sql =
        "UPDATE repositories SET full_name = $2, clone_url = $3, default_branch = $4, is_public = $5, has_token = $6, "
        "pipeline_paths = $7, protected_refs = $8, trust = $9, active = $10, webhook_state = $11, webhook_error = $12, "
        "poll_ms = $13, version = version + 1 WHERE id = $1"};
constexpr db::Query delete_query{.name = "repositories.delete", .sql = "DELETE FROM repositories WHERE id = $1"};
constexpr db::Query delete_schedules_query{.name = "schedules.of_repository_gone",
                                           .sql = "DELETE FROM schedules WHERE repository_id = $1"};

constexpr db::Query messages_of_repository_query{
    .name = "outbox.of_repository_gone",
    .sql = "DELETE FROM outbox WHERE target_id IN (SELECT id FROM notifications WHERE repository_id = $1)"};
constexpr db::Query targets_of_repository_query{.name = "notifications.of_repository_gone",
                                                .sql = "DELETE FROM notifications WHERE repository_id = $1"};

const std::vector<std::string> default_paths{".open-cicd.yml", ".open-cicd/"};

std::unexpected<Error> exists(const std::string& name) {
  return fail(
      ErrorKind::conflict, "repository_exists",
      fmt::format("The repository {} is connected already. `open-cicd repo sync {}` mends what is wrong with it.", name,
                  name));
}

Location location_of(const Forges& forges, const Repository& repository) {
  return {.kind = forges.find(repository.forge),
          .forge_url = repository.forge_url,
          .full_name = repository.full_name,
          .clone_url = repository.clone_url};
}

bool is_loopback(std::string_view url) {
  return url.contains("://127.") || url.contains("://localhost") || url.contains("://[::1]");
}

std::string webhook_help(const Error& error) {
  return fmt::format(
      "The webhook could not be registered: {} Until then pushes are found by polling. Mend it and say `open-cicd repo "
      "sync`, or add the webhook by hand.",
      error.message());
}

}  // namespace

Repositories::Repositories(RepositorySettings settings, db::Session& db, const Clock& clock, const Forges& forges,
                           secrets::Vault& vault, Deliveries& deliveries, WorkerPool& git_pool)
    : settings_(std::move(settings)),
      db_(db),
      clock_(clock),
      forges_(forges),
      vault_(vault),
      deliveries_(deliveries),
      git_pool_(git_pool) {}

std::string Repositories::webhook_url(const Repository& repository) const {
  return fmt::format("{}/api/v1/webhooks/{}/{}", settings_.public_url, repository.forge, repository.id.str());
}

Task<Result<std::unique_ptr<scm::Forge>>> Repositories::make_forge(const Location& at, const Secret& token) const {
  co_return at.kind->make(co_await asio::this_coro::executor, {.url = at.forge_url,
                                                               .token = token,
                                                               .ca_file = settings_.git.ca_file,
                                                               .proxy = settings_.git.proxy.reveal(),
                                                               .no_proxy = settings_.git.no_proxy});
}

Task<Result<std::unique_ptr<scm::Forge>>> Repositories::forge_of(const Repository& repository) {
  const Location at = location_of(forges_, repository);
  const Secret token = co_await token_of(repository);
  co_return co_await make_forge(at, token);
}

Task<Secret> Repositories::token_of(const Repository& repository) {
  if (!repository.has_token) co_return Secret();
  co_return (co_await vault_.own(repository.id.str(), std::string(token_name))).value_or(Secret());
}

Task<git::Remote> Repositories::remote_of(const Repository& repository) {
  git::Remote remote{.url = repository.clone_url, .user = {}, .password = {}};
  if (!repository.is_http()) co_return remote;
  const ForgeKind* kind = forges_.find(repository.forge);
  remote.user = kind == nullptr ? "git" : kind->git_user;
  remote.password = co_await token_of(repository);
  co_return remote;
}

git::Mirror Repositories::mirror_of(RepositoryId id) {
  git::Mirror mirror(settings_.mirrors / (id.str() + ".git"), settings_.git, &stopping_);
  const std::lock_guard lock(mutex_);
  if (mirrors_.try_emplace(id, true).second) mirror.clear_locks();
  return mirror;
}

// A plain remote is looked at with git itself.
Task<Result<scm::RemoteRepository>> Repositories::look(const Location& at, const Secret& token, RepositoryId id) {
  if (at.kind->has_api()) {
    Result<std::unique_ptr<scm::Forge>> forge = co_await make_forge(at, token);
    if (!forge) co_return std::unexpected(std::move(forge.error()));
    auto found = co_await (*forge)->repository(at.full_name);
    if (!found && found.error().kind() == ErrorKind::not_found)
      co_return fail(ErrorKind::not_found, found.error().code(),
                     fmt::format("{}: {}", at.full_name, found.error().message()));
    co_return found;
  }
  git::Remote remote{.url = at.clone_url, .user = at.kind->git_user, .password = token};
  auto branch = co_await offload(
      git_pool_, [mirror = mirror_of(id), remote = std::move(remote)] { return mirror.default_branch(remote); });
  if (!branch)
    co_return std::unexpected(Error(ErrorKind::invalid, "git_remote", branch.error().message())
                                  .with_fields({{"url", branch.error().message()}}));
  co_return scm::RemoteRepository{.id = 0,
                                  .full_name = at.full_name,
                                  .default_branch = branch->value_or(""),
                                  .clone_url = at.clone_url,
                                  .is_public = token.empty()};
}

Task<Result<git::Refs>> Repositories::refs_of(const Repository& repository, Secret token) {
  git::Remote remote{.url = repository.clone_url, .user = forges_.find(repository.forge)->git_user, .password = token};
  auto refs =
      co_await offload(git_pool_, [mirror = mirror_of(repository.id), remote] { return mirror.list_remote(remote); });
  if (!refs)
    co_return std::unexpected(
        Error(ErrorKind::invalid, "git_remote", refs.error().message()).with_fields({{"url", refs.error().message()}}));
  co_return std::move(*refs);
}

// A repository is useful without its webhook, so what fails here is a warning.
Task<std::vector<std::string>> Repositories::keep_webhook(Repository& repository, scm::Forge& forge) {
  std::vector<std::string> warnings;
  const std::vector<Secret> secrets = co_await webhook_secrets(repository.id);
  const std::string url = webhook_url(repository);
  const Result<bool> kept = co_await forge.keep_webhook(repository.full_name, {.url = url, .secret = secrets.front()});
  repository.webhook_state = kept ? "registered" : "failed";
  repository.webhook_error = kept ? std::nullopt : std::optional(kept.error().message());
  if (!kept) warnings.push_back(webhook_help(kept.error()));
  if (kept && is_loopback(url) && !is_loopback(repository.forge_url))
    warnings.push_back(
        fmt::format("The webhook leads to {}, which the forge cannot reach: start the server with --public-url.", url));
  co_return warnings;
}

Task<Result<Connected>> Repositories::add(NewRepository wanted) {
  const Result<Location> at = locate(forges_, wanted.address);
  if (!at) co_return std::unexpected(at.error());
  if (wanted.token.reveal().size() > limits::token_bytes_max ||
      wanted.token.reveal().find_first_of("\r\n \t") != std::string::npos)
    co_return invalid_fields({{"token", "must be one word: the token as the forge shows it"}});
  if (at->kind->has_api() && wanted.token.empty())
    co_return invalid_fields({{"token", fmt::format("is needed to speak with {}: make one there, and give it with "
                                                    "--token-file. The guide says which rights it needs.",
                                                    at->kind->name)}});
  const RepositoryId id = RepositoryId::make();
  const Result<scm::RemoteRepository> remote = co_await look(*at, wanted.token, id);
  if (!remote) co_return std::unexpected(remote.error());
  Repository repository{.id = id,
                        .forge = at->kind->name,
                        .forge_url = at->forge_url,
                        .full_name = remote->full_name,
                        .clone_url = remote->clone_url,
                        .default_branch = remote->default_branch,
                        .is_public = remote->is_public,
                        .has_token = !wanted.token.empty(),
                        .pipeline_paths = wanted.pipeline_paths.value_or(default_paths),
                        .protected_refs = wanted.protected_refs.value_or(std::vector<std::string>()),
                        .trust = wanted.trust.value_or("first_time"),
                        .webhook_state = "off",
                        .poll_ms = wanted.poll.value_or(settings_.poll_interval).count(),
                        .created_by = wanted.by,
                        .created_at = clock_.unix_ms()};
  if (remote->id > 0) repository.forge_id = remote->id;
  if (!wanted.protected_refs && !repository.default_branch.empty())
    repository.protected_refs = {"refs/heads/" + repository.default_branch};
  if (const auto known = db::read_first<Repository>(co_await db_.read(by_name_query, {repository.full_name})))
    co_return exists(repository.full_name);
  // Where everything is now: what is pushed from here on is found. It also shows whether git may read with this token.
  const Result<git::Refs> refs = co_await refs_of(repository, wanted.token);
  if (!refs) co_return std::unexpected(refs.error());

  if (repository.has_token) co_await vault_.put_own(id.str(), std::string(token_name), wanted.token, wanted.by);
  const Secret webhook_secret(random_token(32));
  co_await vault_.put_own(id.str(), std::string(webhook_secret_name), webhook_secret, wanted.by);
  auto body = [repository, refs = json::write_text(*refs)](db::Transaction& tx) -> Task<Result<bool>> {
    const Repository& r = repository;
    const db::Rows made = co_await tx.run(
        insert_repository_query,
        {r.id.str(), r.forge, r.forge_url, db::or_null(r.forge_id), r.full_name, r.clone_url, r.default_branch,
         std::int64_t{r.is_public}, std::int64_t{r.has_token}, json::write_text(r.pipeline_paths),
         json::write_text(r.protected_refs), r.trust, std::int64_t{r.active}, r.webhook_state, db::Value(), r.poll_ms,
         r.created_by, r.created_at, refs});
    co_return made.affected() == 1;
  };
  const Result<bool> made = co_await db_.write<bool>(std::move(body));
  if (!made.value()) {
    co_await vault_.remove_scope(id.str());
    co_return exists(repository.full_name);
  }
  Connected connected{.repository = std::move(repository), .webhook_secret = {}, .warnings = {}};
  if (!at->kind->has_api()) connected.webhook_secret = webhook_secret;
  if (at->kind->has_api() && wanted.webhook) {
    Result<std::unique_ptr<scm::Forge>> forge = co_await make_forge(*at, wanted.token);
    if (forge) connected.warnings = co_await keep_webhook(connected.repository, **forge);
    co_await save(connected.repository);
  }
  log_info("a repository was connected", {{"repository", connected.repository.full_name}, {"forge", at->kind->name}});
  co_return connected;
}

Task<std::optional<Repository>> Repositories::get(RepositoryId id) {
  co_return db::read_first<Repository>(co_await db_.read(by_id_query, {id.str()}));
}

Task<Result<Repository>> Repositories::find(std::string what) {
  std::optional<Repository> found;
  if (const auto id = RepositoryId::parse(what)) found = co_await get(*id);
  if (!found) found = db::read_first<Repository>(co_await db_.read(by_name_query, {what}));
  if (!found) co_return not_found("repository", what);
  co_return std::move(*found);
}

Task<RepositoryList> Repositories::list() {
  co_return RepositoryList{.repositories = db::read_all<Repository>(co_await db_.read(list_repositories_query, {}))};
}

Task<void> Repositories::save(Repository repository) {
  auto body = [r = std::move(repository)](db::Transaction& tx) -> Task<void> {
    co_await tx.run(update_query,
                    {r.id.str(), r.full_name, r.clone_url, r.default_branch, std::int64_t{r.is_public},
                     std::int64_t{r.has_token}, json::write_text(r.pipeline_paths), json::write_text(r.protected_refs),
                     r.trust, std::int64_t{r.active}, r.webhook_state, db::or_null(r.webhook_error), r.poll_ms});
  };
  co_await db_.transact(std::move(body));
}

Task<Result<Repository>> Repositories::change(RepositoryId id, RepositoryChange change) {
  std::optional<Repository> repository = co_await get(id);
  if (!repository) co_return not_found("repository", id.str());
  if (change.token) {
    co_await vault_.put_own(id.str(), std::string(token_name), *change.token, "");
    repository->has_token = !change.token->empty();
  }
  if (change.trust) repository->trust = *change.trust;
  if (change.default_branch) repository->default_branch = *change.default_branch;
  if (change.pipeline_paths) repository->pipeline_paths = *change.pipeline_paths;
  if (change.protected_refs) repository->protected_refs = *change.protected_refs;
  if (change.poll) repository->poll_ms = change.poll->count();
  if (change.active) repository->active = *change.active;
  co_await save(*repository);
  co_return std::move(*co_await get(id));
}

Task<Result<Connected>> Repositories::sync(RepositoryId id) {
  std::optional<Repository> repository = co_await get(id);
  if (!repository) co_return not_found("repository", id.str());
  const Location at = location_of(forges_, *repository);
  const Secret token = co_await token_of(*repository);
  const Result<scm::RemoteRepository> remote = co_await look(at, token, id);
  if (!remote) co_return std::unexpected(remote.error());
  if (repository->forge_id && remote->id != *repository->forge_id)
    co_return fail(
        ErrorKind::conflict, "other_repository",
        fmt::format("{} is another repository now than the one that was connected. Remove it and add it anew.",
                    repository->full_name));
  repository->full_name = remote->full_name;
  repository->clone_url = remote->clone_url;
  repository->default_branch = remote->default_branch;
  repository->is_public = remote->is_public;
  Connected connected{.repository = std::move(*repository), .webhook_secret = {}, .warnings = {}};
  if (at.kind->has_api() && connected.repository.webhook_state != "off") {
    Result<std::unique_ptr<scm::Forge>> forge = co_await make_forge(at, token);
    if (!forge) co_return std::unexpected(std::move(forge.error()));
    connected.warnings = co_await keep_webhook(connected.repository, **forge);
  }
  co_await save(connected.repository);
  co_return connected;
}

Task<Result<std::vector<std::string>>> Repositories::remove(RepositoryId id) {
  const std::optional<Repository> repository = co_await get(id);
  if (!repository) co_return not_found("repository", id.str());
  std::vector<std::string> warnings;
  if (repository->webhook_state != "off") {
    Result<std::unique_ptr<scm::Forge>> forge = co_await forge_of(*repository);
    Result<void> removed;
    if (forge)
      removed = co_await (*forge)->remove_webhook(repository->full_name, webhook_url(*repository));
    else
      removed = std::unexpected(forge.error());
    if (!removed) warnings.push_back("The webhook is still at the forge: " + removed.error().message());
  }
  auto body = [id](db::Transaction& tx) -> Task<void> {
    co_await tx.run(delete_query, {id.str()});
    co_await tx.run(delete_schedules_query, {id.str()});
    co_await tx.run(messages_of_repository_query, {id.str()});
    co_await tx.run(targets_of_repository_query, {id.str()});
  };
  co_await db_.transact(std::move(body));
  co_await deliveries_.remove_all(id);
  co_await vault_.remove_scope(id.str());
  forget(id);
  co_await offload(git_pool_, [mirror = mirror_of(id)]() mutable {
    mirror.remove();
    return true;
  });
  co_return warnings;
}

void Repositories::forget(RepositoryId id) {
  const std::lock_guard lock(mutex_);
  secrets_.erase(id);
}

Task<std::vector<Secret>> Repositories::webhook_secrets(RepositoryId id) {
  {
    const std::lock_guard lock(mutex_);
    if (const auto known = secrets_.find(id); known != secrets_.end()) co_return std::vector{known->second};
  }
  const std::optional<Secret> secret = co_await vault_.own(id.str(), std::string(webhook_secret_name));
  if (!secret) co_return std::vector<Secret>();
  const std::lock_guard lock(mutex_);
  secrets_[id] = *secret;
  co_return std::vector{*secret};
}

}  // namespace open_cicd::repositories
