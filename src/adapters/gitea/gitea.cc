#include "adapters/gitea/gitea.h"

#include "base/json.h"
#include "scm/signature.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace open_cicd::gitea {
namespace {

using scm::Happening;

constexpr std::array<std::string_view, 9> kept_headers{
    "x-gitea-delivery",    "x-forgejo-delivery",  "x-gitea-event",      "x-forgejo-event", "x-gitea-signature",
    "x-forgejo-signature", "x-hub-signature-256", "x-gitea-event-type", "content-type"};
constexpr std::array<std::string_view, 2> hex_signatures{"x-gitea-signature", "x-forgejo-signature"};
constexpr std::string_view hub_signature = "x-hub-signature-256", prefix = "sha256=";

// The payloads, as far as they are looked at.

struct User {
  std::int64_t id = 0;
  std::string login;
};
BOOST_DESCRIBE_STRUCT(User, (), (id, login))

struct Repo {
  std::int64_t id = 0;
  std::string full_name, default_branch;
};
BOOST_DESCRIBE_STRUCT(Repo, (), (id, full_name, default_branch))

struct CommitAuthor {
  std::string name;
};
BOOST_DESCRIBE_STRUCT(CommitAuthor, (), (name))

struct Commit {
  std::string id, message;
  std::optional<CommitAuthor> author;
};
BOOST_DESCRIBE_STRUCT(Commit, (), (id, message, author))

struct Push {
  std::string ref, before, after;
  std::optional<Commit> head_commit;
  Repo repository;
  std::optional<User> sender;
};
BOOST_DESCRIBE_STRUCT(Push, (), (ref, before, after, head_commit, repository, sender))

struct Delete {
  std::string ref, ref_type;  // "branch" or "tag"; the ref is the bare name
  Repo repository;
  std::optional<User> sender;
};
BOOST_DESCRIBE_STRUCT(Delete, (), (ref, ref_type, repository, sender))

struct Side {
  std::string ref, sha;
  std::int64_t repo_id = 0;
};
BOOST_DESCRIBE_STRUCT(Side, (), (ref, sha, repo_id))

struct Label {
  std::string name;
};
BOOST_DESCRIBE_STRUCT(Label, (), (name))

struct PullRequest {
  std::int64_t number = 0;
  std::string title;
  std::optional<User> user;
  Side head, base;
  std::optional<bool> draft;  // since Gitea 1.21
  std::optional<std::vector<Label>> labels;
};
BOOST_DESCRIBE_STRUCT(PullRequest, (), (number, title, user, head, base, draft, labels))

struct From {
  std::string from;
};
BOOST_DESCRIBE_STRUCT(From, (), (from))

struct Changes {
  std::optional<From> title, ref;
};
BOOST_DESCRIBE_STRUCT(Changes, (), (title, ref))

struct PullRequestEvent {
  std::string action;
  PullRequest pull_request;
  std::optional<Changes> changes;
  Repo repository;
  std::optional<User> sender;
};
BOOST_DESCRIBE_STRUCT(PullRequestEvent, (), (action, pull_request, changes, repository, sender))

struct Word {
  std::string_view gitea, ours;
};
// Nobody says whether labels were added or taken away, unless all are gone.
constexpr std::array<Word, 7> actions{{{"opened", "opened"},
                                       {"synchronized", "updated"},
                                       {"reopened", "reopened"},
                                       {"edited", "edited"},
                                       {"label_updated", "labeled"},
                                       {"label_cleared", "unlabeled"},
                                       {"closed", "closed"}}};

std::optional<scm::Account> account_of(const std::optional<User>& user) {
  return user ? std::optional(scm::Account{.id = user->id, .login = user->login}) : std::nullopt;
}

scm::Repository repository_of(const Repo& repo) {
  return {.id = repo.id, .full_name = repo.full_name, .default_branch = repo.default_branch};
}

// A draft is one by its title, with the prefixes that a new installation has.
bool is_draft_title(std::string_view title) {
  const auto begins_with = [&](std::string_view mark) {
    return title.size() >= mark.size() && std::ranges::equal(title.substr(0, mark.size()), mark, {}, [](char c) {
             return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
           });
  };
  return begins_with("WIP:") || begins_with("[WIP]");
}

Result<Happening> read_push(std::string_view body) {
  auto push = json::read_text<Push>(body, json::Unknown::ignore);
  if (!push) return std::unexpected(std::move(push.error()));
  // The button that tries a webhook sends a push from a commit to itself.
  if (push->before == push->after)
    return Happening{.kind = scm::Kind::ping, .repository = repository_of(push->repository)};
  Happening happening{.sender = account_of(push->sender), .repository = repository_of(push->repository)};
  scm::set_push(happening, push->ref, push->before, push->after);
  if (push->head_commit && happening.after) {
    // `after` of an annotated tag is the tag's object.
    if (happening.kind == scm::Kind::tag) happening.sha = push->head_commit->id;
    happening.message = push->head_commit->message;
    if (push->head_commit->author) happening.author = push->head_commit->author->name;
  }
  return happening;
}

// A branch that is deleted comes without a push, a tag with one.
Result<Happening> read_delete(std::string_view body) {
  auto gone = json::read_text<Delete>(body, json::Unknown::ignore);
  if (!gone) return std::unexpected(std::move(gone.error()));
  if (gone->ref_type != "branch") return scm::ignored("the push beside it tells the same");
  return Happening{.kind = scm::Kind::branch_deleted,
                   .ref = "refs/heads/" + gone->ref,
                   .sender = account_of(gone->sender),
                   .repository = repository_of(gone->repository)};
}

scm::Change change_of(const PullRequestEvent& event) {
  const PullRequest& from = event.pull_request;
  scm::Change change{.number = from.number,
                     .title = from.title,
                     .source_branch = from.head.ref,
                     .target_branch = from.base.ref,
                     .is_fork = from.head.repo_id != event.repository.id,
                     .draft = from.draft.value_or(is_draft_title(from.title)),
                     .base_sha = from.base.sha,
                     .retargeted = event.changes && event.changes->ref};
  if (from.head.repo_id > 0) change.source_repository = from.head.repo_id;
  if (from.user) change.author_id = from.user->id;
  if (from.labels)
    for (const Label& label : *from.labels) change.labels.push_back(label.name);
  return change;
}

Result<Happening> read_pull_request(std::string_view body) {
  auto event = json::read_text<PullRequestEvent>(body, json::Unknown::ignore);
  if (!event) return std::unexpected(std::move(event.error()));
  const auto word = std::ranges::find(actions, event->action, &Word::gitea);
  if (word == actions.end()) return scm::ignored(fmt::format("no run follows a pull request's \"{}\"", event->action));
  scm::Change change = change_of(*event);
  const bool was_draft = event->changes && event->changes->title && is_draft_title(event->changes->title->from);
  const std::string_view action = word->ours == "edited" && was_draft && !change.draft ? "ready" : word->ours;
  return Happening{.kind = scm::Kind::change,
                   .action = std::string(action),
                   .ref = fmt::format("refs/pull/{}/head", change.number),
                   .after = event->pull_request.head.sha,
                   .sha = event->pull_request.head.sha,
                   .sender = account_of(event->sender),
                   .repository = repository_of(event->repository),
                   .change = std::move(change)};
}

class GiteaWebhooks final : public scm::WebhookReader {
 public:
  std::span<const std::string_view> headers() const override { return kept_headers; }
  std::span<const std::string_view> id_headers() const override { return std::span(kept_headers).first(2); }

  // Versions differ in which signatures they send: each that is there must be right, and one must be there.
  bool is_signed(const scm::Delivery& delivery, const Secret& secret, std::int64_t) const override {
    bool any = false, all = true;
    for (const std::string_view name : hex_signatures)
      if (const auto signature = delivery.header(name)) {
        any = true;
        all &= scm::is_hmac_of(*signature, secret, delivery.body);
      }
    if (const auto signature = delivery.header(hub_signature)) {
      any = true;
      all &= signature->starts_with(prefix) && scm::is_hmac_of(signature->substr(prefix.size()), secret, delivery.body);
    }
    return any && all;
  }

  Result<Happening> read(const scm::Delivery& delivery) const override {
    const auto own = delivery.header("x-gitea-event");
    const std::string_view event = own ? *own : delivery.header("x-forgejo-event").value_or("");
    if (event == "push") return read_push(delivery.body);
    if (event == "delete") return read_delete(delivery.body);
    // Since Gitea 1.22 the event's name says what happened to the pull request, too; the action says it as before.
    if (event == "pull_request" || event == "pull_request_sync" || event == "pull_request_label")
      return read_pull_request(delivery.body);
    if (event == "create") return scm::ignored("the push beside it tells the same");
    return scm::ignored(fmt::format("no run follows the event \"{}\"", event));
  }
};

}  // namespace

std::unique_ptr<scm::WebhookReader> make_gitea_webhooks() {
  return std::make_unique<GiteaWebhooks>();
}

}  // namespace open_cicd::gitea
