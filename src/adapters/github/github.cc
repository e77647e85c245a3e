#include "adapters/github/github.h"

#include "base/json.h"
#include "scm/signature.h"

#include <fmt/format.h>

#include <array>

namespace open_cicd::github {
namespace {

using scm::Happening;

constexpr std::array<std::string_view, 4> kept_headers{"x-github-event", "x-github-delivery", "x-hub-signature-256",
                                                       "content-type"};
constexpr std::string_view prefix = "sha256=";

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
  CommitAuthor author;
};
BOOST_DESCRIBE_STRUCT(Commit, (), (id, message, author))

struct Push {
  std::string ref, before, after;
  bool forced = false;
  std::optional<Commit> head_commit;
  Repo repository;
  std::optional<User> sender;
};
BOOST_DESCRIBE_STRUCT(Push, (), (ref, before, after, forced, head_commit, repository, sender))

struct HeadRepo {
  std::int64_t id = 0;
};
BOOST_DESCRIBE_STRUCT(HeadRepo, (), (id))

struct Side {
  std::string ref, sha;
  std::optional<HeadRepo> repo;  // none: it was deleted
};
BOOST_DESCRIBE_STRUCT(Side, (), (ref, sha, repo))

struct Label {
  std::string name;
};
BOOST_DESCRIBE_STRUCT(Label, (), (name))

struct PullRequest {
  std::int64_t number = 0;
  std::string title;
  std::optional<User> user;
  Side head, base;
  std::optional<bool> draft;
  std::vector<Label> labels;
  std::optional<std::string> author_association;
};
BOOST_DESCRIBE_STRUCT(PullRequest, (), (number, title, user, head, base, draft, labels, author_association))

struct Changes {
  std::optional<boost::json::object> base;
};
BOOST_DESCRIBE_STRUCT(Changes, (), (base))

struct PullRequestEvent {
  std::string action;
  PullRequest pull_request;
  std::optional<Changes> changes;
  std::optional<std::string> before;  // of the head, when commits were added
  Repo repository;
  std::optional<User> sender;
};
BOOST_DESCRIBE_STRUCT(PullRequestEvent, (), (action, pull_request, changes, before, repository, sender))

struct Word {
  std::string_view github, ours;
};
constexpr std::array<Word, 8> actions{{{"opened", "opened"},
                                       {"synchronize", "updated"},
                                       {"reopened", "reopened"},
                                       {"ready_for_review", "ready"},
                                       {"edited", "edited"},
                                       {"labeled", "labeled"},
                                       {"unlabeled", "unlabeled"},
                                       {"closed", "closed"}}};

std::optional<scm::Account> account_of(const std::optional<User>& user) {
  return user ? std::optional(scm::Account{.id = user->id, .login = user->login}) : std::nullopt;
}

scm::Repository repository_of(const Repo& repo) {
  return {.id = repo.id, .full_name = repo.full_name, .default_branch = repo.default_branch};
}

Result<Happening> read_push(std::string_view body) {
  auto push = json::read_text<Push>(body, json::Unknown::ignore);
  if (!push) return std::unexpected(std::move(push.error()));
  Happening happening{
      .forced = push->forced, .sender = account_of(push->sender), .repository = repository_of(push->repository)};
  scm::set_push(happening, push->ref, push->before, push->after);
  if (push->head_commit && happening.after) {
    // `after` of an annotated tag is the tag's object.
    if (happening.kind == scm::Kind::tag) happening.sha = push->head_commit->id;
    happening.message = push->head_commit->message;
    happening.author = push->head_commit->author.name;
  }
  return happening;
}

scm::Change change_of(const PullRequestEvent& event) {
  const PullRequest& from = event.pull_request;
  scm::Change change{.number = from.number,
                     .title = from.title,
                     .source_branch = from.head.ref,
                     .target_branch = from.base.ref,
                     .is_fork = !from.head.repo || from.head.repo->id != event.repository.id,
                     .draft = from.draft.value_or(false),
                     .association = from.author_association,
                     .base_sha = from.base.sha,
                     .retargeted = event.changes && event.changes->base};
  if (from.head.repo) change.source_repository = from.head.repo->id;
  if (from.user) change.author_id = from.user->id;
  for (const Label& label : from.labels) change.labels.push_back(label.name);
  return change;
}

Result<Happening> read_pull_request(std::string_view body) {
  auto event = json::read_text<PullRequestEvent>(body, json::Unknown::ignore);
  if (!event) return std::unexpected(std::move(event.error()));
  const auto action = std::ranges::find(actions, event->action, &Word::github);
  if (action == actions.end())
    return scm::ignored(fmt::format("no run follows a pull request's \"{}\"", event->action));
  return Happening{.kind = scm::Kind::change,
                   .action = std::string(action->ours),
                   .ref = fmt::format("refs/pull/{}/head", event->pull_request.number),
                   .before = event->before,
                   .after = event->pull_request.head.sha,
                   .sha = event->pull_request.head.sha,
                   .sender = account_of(event->sender),
                   .repository = repository_of(event->repository),
                   .change = change_of(*event)};
}

class GithubWebhooks final : public scm::WebhookReader {
 public:
  std::span<const std::string_view> headers() const override { return kept_headers; }
  std::span<const std::string_view> id_headers() const override { return std::span(kept_headers).subspan(1, 1); }

  bool is_signed(const scm::Delivery& delivery, const Secret& secret, std::int64_t) const override {
    const std::string_view signature = delivery.header("x-hub-signature-256").value_or("");
    return signature.starts_with(prefix) && scm::is_hmac_of(signature.substr(prefix.size()), secret, delivery.body);
  }

  Result<Happening> read(const scm::Delivery& delivery) const override {
    const std::string_view event = delivery.header("x-github-event").value_or("");
    if (event == "push") return read_push(delivery.body);
    if (event == "pull_request") return read_pull_request(delivery.body);
    if (event == "ping") return Happening{.kind = scm::Kind::ping};
    if (event == "create" || event == "delete") return scm::ignored("the push beside it tells the same");
    return scm::ignored(fmt::format("no run follows the event \"{}\"", event));
  }
};

}  // namespace

std::unique_ptr<scm::WebhookReader> make_github_webhooks() {
  return std::make_unique<GithubWebhooks>();
}

}  // namespace open_cicd::github
