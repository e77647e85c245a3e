#include "repositories/repositories.h"

#include "base/crypto.h"
#include "base/json.h"
#include "base/log.h"
#include "db/row.h"
#include "repositories/limits.h"

#include <fmt/format.h>

#include <set>

namespace open_cicd::repositories {
namespace {

#define REPOSITORY_COLUMNS                                                                                \
  "id, seq, forge, forge_url, forge_id, full_name, clone_url, default_branch, is_public, has_token, "     \
  "pipeline_paths, protected_refs, templates_for, trust, active, webhook_state, webhook_error, poll_ms, " \
  "polled_at, poll_error, poll_failures, status_error, version, created_by, created_at"

constexpr db::Query by_id_query{.name = "repositories.by_id",
                                .sql = "SELECT " REPOSITORY_COLUMNS " FROM repositories WHERE id = $1"};
constexpr db::Query by_name_query{
    .name = "repositories.by_name",
    .sql = "SELECT " REPOSITORY_COLUMNS " FROM repositories WHERE full_name = $1 ORDER BY seq LIMIT 2"};
constexpr db::Query list_repositories_query{
    .name = "repositories.list",
    .sql = "SELECT " REPOSITORY_COLUMNS " FROM repositories ORDER BY full_name LIMIT 10000"};
#define NEW_REPOSITORY_COLUMNS                                                                                   \
  "id, forge, forge_url, forge_id, full_name, clone_url, default_branch, is_public, has_token, pipeline_paths, " \
  "protected_refs, trust, active, webhook_state, poll_ms, created_by, created_at, refs, host"
#define NEW_REPOSITORY_VALUES "$1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19"
constexpr db::Query insert_repository_query{
    .name = "repositories.insert",
    .sql = "INSERT INTO repositories (" NEW_REPOSITORY_COLUMNS ", seq) VALUES (" NEW_REPOSITORY_VALUES
           ", (SELECT coalesce(max(seq), 0) + 1 FROM repositories)) ON CONFLICT DO NOTHING",
    .postgres_sql = "INSERT INTO repositories (" NEW_REPOSITORY_COLUMNS ") VALUES (" NEW_REPOSITORY_VALUES
                    ") ON CONFLICT DO NOTHING"};
// Each writes its own columns and no other: while a forge is asked, somebody may change the settings.
constexpr db::Query change_query{
    .name = "repositories.change",
    .sql =
        "UPDATE repositories SET trust = coalesce($2, trust), default_branch = coalesce($3, default_branch), "
        "pipeline_paths = coalesce($4, pipeline_paths), protected_refs = coalesce($5, protected_refs), templates_for = "
        "coalesce($6, templates_for), poll_ms = coalesce($7, poll_ms), active = coalesce($8, active), has_token = "
        "coalesce($9, has_token), version = version + 1 WHERE id = $1"};
constexpr db::Query seen_query{.name = "repositories.seen",
                               .sql =
                                   "UPDATE repositories SET full_name = $2, clone_url = $3, default_branch = $4, "
                                   "is_public = $5, host = $6, version "
                                   "= version + 1 WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM repositories o WHERE "
                                   "o.id <> $1 AND o.full_name = $2 "
                                   "AND o.forge_url = repositories.forge_url)"};
constexpr db::Query webhook_query{
    .name = "repositories.webhook",
    .sql = "UPDATE repositories SET webhook_state = $2, webhook_error = $3, version = version + 1 WHERE id = $1"};
constexpr db::Query switch_off_query{.name = "repositories.switch_off",
                                     .sql = "UPDATE repositories SET active = 0 WHERE id = $1"};
constexpr db::Query delete_query{.name = "repositories.delete", .sql = "DELETE FROM repositories WHERE id = $1"};
constexpr db::Query delete_schedules_query{.name = "schedules.of_repository_gone",
                                           .sql = "DELETE FROM schedules WHERE repository_id = $1"};
constexpr db::Query orphans_query{.name = "secrets.orphans",
                                  .sql =
                                      "SELECT DISTINCT scope FROM secrets WHERE scope <> '' AND NOT EXISTS (SELECT 1 "
                                      "FROM repositories p WHERE p.id = "
                                      "secrets.scope)"};

constexpr db::Query messages_of_repository_query{
    .name = "outbox.of_repository_gone",
    .sql = "DELETE FROM outbox WHERE target_id IN (SELECT id FROM notifications WHERE repository_id = $1)"};
constexpr db::Query targets_of_repository_query{.name = "notifications.of_repository_gone",
                                                .sql = "DELETE FROM notifications WHERE repository_id = $1"};

const std::vector<std::string> default_paths{".open-cicd.yml", ".open-cicd/"};

std::string host_of(std::string_view url) {
  const std::size_t scheme = url.find("://");
  const std::string_view rest = url.substr(scheme == std::string_view::npos ? 0 : scheme + 3);
  const std::string_view authority = rest.substr(0, rest.find_first_of(scheme == std::string_view::npos ? ":/" : "/"));
  return std::string(authority.substr(authority.rfind('@') + 1));
}

// The caller's own token is fine: it is the forge's that is not taken.
Error as_field(Error error) {
  if (error.code() != "forge_token") return error;
  return Error(ErrorKind::invalid, error.code(), error.message()).with_fields({{"token", error.message()}});
}

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
  Result<std::optional<Secret>> token = co_await vault_.own(repository.id.str(), std::string(token_name));
  if (!token) throw std::runtime_error(token.error().message());
  co_return token->value_or(Secret());
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
  const std::lock_guard lock(mutex_);
  std::shared_ptr<git::Mirror::Shared>& shared = mirrors_[id];
  if (shared == nullptr) shared = std::make_shared<git::Mirror::Shared>();
  return {settings_.mirrors / (id.str() + ".git"), settings_.git, &stopping_, shared};
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
    if (!found) co_return std::unexpected(as_field(found.error()));
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
  if (secrets.empty()) co_return warnings;  // it was removed meanwhile
  const std::string url = webhook_url(repository);
  const Result<bool> kept = co_await forge.keep_webhook(repository.full_name, {.url = url, .secret = secrets.front()});
  repository.webhook_state = kept ? "registered" : "failed";
  repository.webhook_error = kept ? std::nullopt : std::optional(kept.error().message());
  if (!kept) warnings.push_back(webhook_help(kept.error()));
  if (kept && is_loopback(url) && !is_loopback(repository.forge_url))
    warnings.push_back(
        fmt::format("The webhook leads to {}, which the forge cannot reach: start the server with --public-url.", url));
  auto body = [id = repository.id.str(), state = repository.webhook_state,
               error = repository.webhook_error](db::Transaction& tx) -> Task<void> {
    co_await tx.run(webhook_query, {id, state, db::or_null(error)});
  };
  co_await db_.transact(std::move(body));
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
  for (const Repository& known : db::read_all<Repository>(co_await db_.read(by_name_query, {repository.full_name})))
    if (known.forge_url == repository.forge_url) co_return exists(repository.full_name);
  // Where everything is now: what is pushed from here on is found. It also shows whether git may read with this token.
  const Result<git::Refs> refs = co_await refs_of(repository, wanted.token);
  if (!refs) {
    co_await offload(git_pool_, [mirror = mirror_of(id)]() mutable { return mirror.remove(); });
    co_return std::unexpected(refs.error());
  }

  if (repository.has_token) co_await vault_.put_own(id.str(), std::string(token_name), wanted.token, wanted.by);
  const Secret webhook_secret(random_token(32));
  co_await vault_.put_own(id.str(), std::string(webhook_secret_name), webhook_secret, wanted.by);
  auto body = [repository, refs = json::write_text(*refs)](db::Transaction& tx) -> Task<Result<bool>> {
    const Repository& r = repository;
    const db::Rows made = co_await tx.run(
        insert_repository_query,
        {r.id.str(), r.forge, r.forge_url, db::or_null(r.forge_id), r.full_name, r.clone_url, r.default_branch,
         std::int64_t{r.is_public}, std::int64_t{r.has_token}, json::write_text(r.pipeline_paths),
         json::write_text(r.protected_refs), r.trust, std::int64_t{r.active}, r.webhook_state, r.poll_ms, r.created_by,
         r.created_at, refs, host_of(r.clone_url)});
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
  }
  log_info("a repository was connected", {{"repository", connected.repository.full_name}, {"forge", at->kind->name}});
  co_return connected;
}

Task<std::optional<Repository>> Repositories::get(RepositoryId id) {
  co_return db::read_first<Repository>(co_await db_.read(by_id_query, {id.str()}));
}

Task<Result<Repository>> Repositories::find(std::string what) {
  if (const auto id = RepositoryId::parse(what))
    if (std::optional<Repository> found = co_await get(*id)) co_return std::move(*found);
  std::vector<Repository> named = db::read_all<Repository>(co_await db_.read(by_name_query, {what}));
  if (named.size() > 1)
    co_return fail(
        ErrorKind::conflict, "ambiguous_repository",
        fmt::format("There is a {} at {} and at {}: give its id.", what, named[0].forge_url, named[1].forge_url));
  if (named.empty()) co_return not_found("repository", what);
  co_return std::move(named.front());
}

Task<RepositoryList> Repositories::list() {
  co_return RepositoryList{.repositories = db::read_all<Repository>(co_await db_.read(list_repositories_query, {}))};
}

Task<Result<Repository>> Repositories::change(RepositoryId id, RepositoryChange change) {
  if (!co_await get(id)) co_return not_found("repository", id.str());
  std::optional<std::int64_t> has_token;
  if (change.token) {
    co_await vault_.put_own(id.str(), std::string(token_name), *change.token, "");
    has_token = change.token->empty() ? 0 : 1;
  }
  const auto list = [](const std::optional<std::vector<std::string>>& all) {
    return all ? db::Value(json::write_text(*all)) : db::Value();
  };
  db::Params params{id.str(),
                    db::or_null(change.trust),
                    db::or_null(change.default_branch),
                    list(change.pipeline_paths),
                    list(change.protected_refs),
                    list(change.templates_for),
                    change.poll ? db::Value(std::int64_t{change.poll->count()}) : db::Value(),
                    change.active ? db::Value(std::int64_t{*change.active}) : db::Value(),
                    db::or_null(has_token)};
  auto body = [params = std::move(params)](db::Transaction& tx) -> Task<void> {
    co_await tx.run(change_query, params);
  };
  co_await db_.transact(std::move(body));
  std::optional<Repository> changed = co_await get(id);
  if (!changed) co_return not_found("repository", id.str());
  co_return std::move(*changed);
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
  auto body = [id, remote = *remote](db::Transaction& tx) -> Task<Result<bool>> {
    const db::Rows seen =
        co_await tx.run(seen_query, {id.str(), remote.full_name, remote.clone_url, remote.default_branch,
                                     std::int64_t{remote.is_public}, host_of(remote.clone_url)});
    co_return seen.affected() == 1;
  };
  const Result<bool> seen = co_await db_.write<bool>(std::move(body));
  if (!seen.value()) co_return exists(remote->full_name);
  repository = co_await get(id);
  if (!repository) co_return not_found("repository", id.str());
  Connected connected{.repository = std::move(*repository), .webhook_secret = {}, .warnings = {}};
  if (at.kind->has_api() && connected.repository.webhook_state != "off") {
    Result<std::unique_ptr<scm::Forge>> forge = co_await make_forge(at, token);
    if (!forge) co_return std::unexpected(std::move(forge.error()));
    connected.warnings = co_await keep_webhook(connected.repository, **forge);
  }
  co_return connected;
}

// Its row goes last, so that one that was interrupted can be asked for again.
Task<Result<std::vector<std::string>>> Repositories::remove(RepositoryId id) {
  const std::optional<Repository> repository = co_await get(id);
  if (!repository) co_return not_found("repository", id.str());
  co_await db_.transact([id](db::Transaction& tx) -> Task<void> { co_await tx.run(switch_off_query, {id.str()}); });
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
  co_await offload(git_pool_, [mirror = mirror_of(id)]() mutable { return mirror.remove(); });
  co_await deliveries_.remove_all(id);
  co_await vault_.remove_scope(id.str());
  forget(id);
  auto body = [id](db::Transaction& tx) -> Task<void> {
    co_await tx.run(delete_query, {id.str()});
    co_await tx.run(delete_schedules_query, {id.str()});
    co_await tx.run(messages_of_repository_query, {id.str()});
    co_await tx.run(targets_of_repository_query, {id.str()});
  };
  co_await db_.transact(std::move(body));
  co_return warnings;
}

Task<void> Repositories::sweep() {
  const db::Rows orphans = co_await db_.read(orphans_query, {});
  for (std::size_t i = 0; i < orphans.size(); ++i) co_await vault_.remove_scope(orphans.text(i, 0));
  std::set<std::string> known;
  for (const Repository& repository : (co_await list()).repositories) known.insert(repository.id.str() + ".git");
  std::error_code gone;
  for (const auto& entry : std::filesystem::directory_iterator(settings_.mirrors, gone)) {
    std::error_code ignored;
    if (!known.contains(entry.path().filename().string())) std::filesystem::remove_all(entry.path(), ignored);
  }
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
  const Result<std::optional<Secret>> secret = co_await vault_.own(id.str(), std::string(webhook_secret_name));
  if (!secret) throw std::runtime_error(secret.error().message());
  if (!*secret) co_return std::vector<Secret>();
  const std::lock_guard lock(mutex_);
  secrets_[id] = **secret;
  co_return std::vector{**secret};
}

}  // namespace open_cicd::repositories
