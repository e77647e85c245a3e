// The repositories that the server knows: connect one, show, change, sync and remove them. Thread-safe.
#pragma once

#include "base/offload.h"
#include "db/db.h"
#include "git/mirror.h"
#include "repositories/deliveries.h"
#include "repositories/forges.h"
#include "repositories/location.h"
#include "repositories/repository.h"
#include "secrets/vault.h"

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace open_cicd::repositories {

struct RepositorySettings {
  std::filesystem::path mirrors;  // a folder of ours
  std::string public_url;         // where forges and people find this server; without a slash at the end
  git::GitSettings git;           // its proxy and CA are those of requests to forges, too
  Milliseconds poll_interval{300'000};
  Milliseconds delivery_retry{2'000};  // before a delivery that failed is tried again; then doubled
  Milliseconds report_retry{1'000};    // the same of what a forge is told
  Milliseconds notify_retry{2'000};    // and of a notification
  int git_at_once = 8;                 // git programs that run beside each other; half of them for one host
};

struct NewRepository {
  Address address;
  Secret token;
  bool webhook = true;  // register one
  std::optional<std::string> trust;
  std::optional<std::vector<std::string>> pipeline_paths, protected_refs;
  std::optional<Milliseconds> poll;
  std::string by;
};

struct RepositoryChange {
  std::optional<Secret> token;
  std::optional<std::string> trust, default_branch;
  std::optional<std::vector<std::string>> pipeline_paths, protected_refs, templates_for;
  std::optional<Milliseconds> poll;
  std::optional<bool> active;
};

// What came of speaking with the forge.
struct Connected {
  Repository repository;
  std::optional<Secret> webhook_secret;  // of a plain git remote, whose hook somebody installs by hand; told once
  std::vector<std::string> warnings;     // what does not work, and what to do
};

struct RepositoryList {
  std::vector<Repository> repositories;  // by name
};

inline constexpr std::string_view token_name = "@token", webhook_secret_name = "@webhook";

class Repositories {
 public:
  Repositories(RepositorySettings settings, db::Session& db, const Clock& clock, const Forges& forges,
               secrets::Vault& vault, Deliveries& deliveries, WorkerPool& git_pool);

  // Checks the token, registers the webhook, reads the default branch. What was asked for is there when this returns,
  // or nothing is. Errors: those of locate(); conflict "repository_exists"; those of scm::Forge; invalid "git_remote".
  Task<Result<Connected>> add(NewRepository wanted);
  // `what` is an id or a full name. Errors: not_found; conflict "ambiguous_repository".
  Task<Result<Repository>> find(std::string what);
  Task<std::optional<Repository>> get(RepositoryId id);
  Task<RepositoryList> list();
  Task<Result<Repository>> change(RepositoryId id, RepositoryChange change);
  // Reads name, default branch and visibility anew, and mends the webhook.
  Task<Result<Connected>> sync(RepositoryId id);
  // With its deliveries, secrets, schedules and mirror. Its runs stay. Warnings: what could not be removed at the
  // forge.
  Task<Result<std::vector<std::string>>> remove(RepositoryId id);

  // At the start: what an adding or removing that was interrupted left behind.
  Task<void> sweep();

  // Of its webhook, for who checks a delivery; empty when it has none.
  Task<std::vector<Secret>> webhook_secrets(RepositoryId id);
  std::string webhook_url(const Repository& repository) const;

  // For who works on a repository. Error: those of the forge's factory.
  Task<Result<std::unique_ptr<scm::Forge>>> forge_of(const Repository& repository);
  Task<git::Remote> remote_of(const Repository& repository);
  git::Mirror mirror_of(RepositoryId id);
  WorkerPool& git_pool() { return git_pool_; }
  const Forges& forges() const { return forges_; }
  const RepositorySettings& settings() const { return settings_; }
  void stop() { stopping_ = true; }  // programs of git end soon
  // Where the server is found, once it knows its port; before the first request.
  void set_public_url(std::string url) { settings_.public_url = std::move(url); }

 private:
  Task<std::vector<std::string>> keep_webhook(Repository& repository, scm::Forge& forge);
  Task<Result<std::unique_ptr<scm::Forge>>> make_forge(const Location& at, const Secret& token) const;
  Task<Result<scm::RemoteRepository>> look(const Location& at, const Secret& token, RepositoryId id);
  Task<Result<git::Refs>> refs_of(const Repository& repository, Secret token);
  Task<Secret> token_of(const Repository& repository);
  void forget(RepositoryId id);

  RepositorySettings settings_;
  db::Session& db_;
  const Clock& clock_;
  const Forges& forges_;
  secrets::Vault& vault_;
  Deliveries& deliveries_;
  WorkerPool& git_pool_;
  std::atomic<bool> stopping_ = false;
  std::mutex mutex_;
  std::map<RepositoryId, Secret> secrets_;                                // of webhooks, as each delivery asks for one
  std::map<RepositoryId, std::shared_ptr<git::Mirror::Shared>> mirrors_;  // used since the start
};

}  // namespace open_cicd::repositories
