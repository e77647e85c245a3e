// PORT: a forge as the server speaks to it: who a repository is, its webhook, the statuses of its commits. Adapters:
// adapters/github, gitlab, gitea; all pass tests/contract/forge_contract.h. (A plain git remote has no forge.)
//
// Every function is one or a few HTTP requests with a deadline, and can be repeated: doing it twice is doing it once.
// The token goes to the forge's own host alone, redirects are not followed, and what the forge answers is hostile: a
// bounded body, checked before it is used.
#pragma once

#include "base/asio.h"
#include "base/error.h"
#include "base/secret.h"

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace open_cicd::scm {

// How a forge is reached.
struct ForgeAccess {
  // Of its web pages, without a slash at the end: "https://github.com", "https://git.example.org/forge". Where the API
  // is follows from it: "https://api.github.com", "…/api/v3" of a GitHub Enterprise, "…/api/v4", "…/api/v1".
  std::string url;
  Secret token;
  std::string ca_file;                        // PEM; empty: the system's
  std::string proxy, no_proxy;                // as http::ProxySettings
  std::chrono::milliseconds timeout{10'000};  // of each request
};

struct RemoteRepository {
  std::int64_t id = 0;  // the forge's; never changes
  std::string full_name;
  std::string default_branch;  // empty: it has no commits yet; some forges name one even then
  std::string clone_url;       // of the forge's own address, whatever it says of itself
  bool is_public = false;
};

struct WantedWebhook {
  std::string url;  // ours
  Secret secret;
};

enum class CommitState : std::uint8_t { pending, success, failure, error };
inline constexpr std::array<std::string_view, 4> commit_state_names{"pending", "success", "failure", "error"};
constexpr std::string_view name_of(CommitState state) {
  return commit_state_names[static_cast<std::size_t>(state)];
}

struct CommitStatus {
  std::string sha;  // full
  CommitState state = CommitState::pending;
  std::string context;      // at most limits::context_bytes_max
  std::string description;  // one line, at most limits::description_bytes_max
  std::string target_url;   // empty: none
  std::string ref;          // of the run, in full: some forges want to know for a commit that no branch has
};

// Errors of all functions, each with a message that says what to do, and never the token:
//   unauthenticated "forge_token"     the forge does not know the token, or it has expired
//   forbidden       "forge_scope"     it may not do this; fact `scope`: what it lacks, in the forge's words
//   ("repo:status") not_found       "forge_repository" no such repository, or the token does not see it invalid
//   "forge_refused"   the request can never succeed (a commit that the forge does not have, 4xx) invalid "forge_moved"
//   it redirects: the repository was renamed, or the forge has another address too_many        "forge_limit"     with
//   retry_after, also from GitHub's primary and secondary limits unavailable     "forge_away"      no connection, 5xx,
//   a body that is no answer; with retry_after where it said one
class Forge {
 public:
  virtual ~Forge() = default;

  // What the token shows of a repository: checks it at the same time.
  virtual Task<Result<RemoteRepository>> repository(std::string full_name) = 0;
  // The repository's webhook to this URL exists, is active, sends what a run may follow (pushes, tags, pull requests)
  // as JSON and is signed with this secret; one that was deleted, disabled or changed is mended, and of two to this URL
  // one goes. The secret is written each time, as no forge shows it. True: something else was not as wanted.
  virtual Task<Result<bool>> keep_webhook(std::string full_name, WantedWebhook wanted) = 0;
  // Removes every webhook of the repository to this URL; none is fine.
  virtual Task<Result<void>> remove_webhook(std::string full_name, std::string url) = 0;
  virtual Task<Result<void>> set_status(std::string full_name, CommitStatus status) = 0;
};

}  // namespace open_cicd::scm
