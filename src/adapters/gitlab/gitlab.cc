#include "adapters/gitlab/gitlab.h"

#include "adapters/gitlab/signature.h"
#include "base/json.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace open_cicd::gitlab {
namespace {

using scm::Happening;

constexpr std::array<std::string_view, 8> kept_headers{"webhook-id",        "idempotency-key", "x-gitlab-event-uuid",
                                                       "x-gitlab-event",    "x-gitlab-token",  "webhook-signature",
                                                       "webhook-timestamp", "content-type"};

// The payloads, as far as they are looked at.

struct Project {
  std::int64_t id = 0;
  std::string path_with_namespace;
  std::optional<std::string> default_branch;
};
BOOST_DESCRIBE_STRUCT(Project, (), (id, path_with_namespace, default_branch))

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
  std::optional<std::string> checkout_sha;  // the commit, also of an annotated tag
  std::optional<std::int64_t> user_id;
  std::optional<std::string> user_username;
  Project project;
  std::optional<std::vector<Commit>> commits;  // the newest 20
};
BOOST_DESCRIBE_STRUCT(Push, (), (ref, before, after, checkout_sha, user_id, user_username, project, commits))

struct User {
  std::optional<std::int64_t> id;  // since GitLab 13
  std::string username;
};
BOOST_DESCRIBE_STRUCT(User, (), (id, username))

struct MergeRequest {
  std::int64_t iid = 0;
  std::string title, source_branch, target_branch;
  std::optional<std::int64_t> source_project_id;  // none: it was deleted
  std::int64_t target_project_id = 0;
  std::optional<std::string> action, oldrev;
  std::optional<std::int64_t> author_id;
  std::optional<bool> draft, work_in_progress;
  Commit last_commit;
};
BOOST_DESCRIBE_STRUCT(MergeRequest, (),
                      (iid, title, source_branch, target_branch, source_project_id, target_project_id, action, oldrev,
                       author_id, draft, work_in_progress, last_commit))

struct Label {
  std::int64_t id = 0;
  std::string title;
};
BOOST_DESCRIBE_STRUCT(Label, (), (id, title))

struct LabelsChange {
  std::vector<Label> previous, current;
};
BOOST_DESCRIBE_STRUCT(LabelsChange, (), (previous, current))

struct DraftChange {
  std::optional<bool> current;
};
BOOST_DESCRIBE_STRUCT(DraftChange, (), (current))

struct Changes {
  std::optional<LabelsChange> labels;
  std::optional<DraftChange> draft, work_in_progress;
  std::optional<boost::json::object> title, description, target_branch;
};
BOOST_DESCRIBE_STRUCT(Changes, (), (labels, draft, work_in_progress, title, description, target_branch))

struct MergeRequestEvent {
  std::optional<User> user;
  Project project;
  MergeRequest object_attributes;
  std::optional<std::vector<Label>> labels;
  std::optional<Changes> changes;
};
BOOST_DESCRIBE_STRUCT(MergeRequestEvent, (), (user, project, object_attributes, labels, changes))

scm::Repository repository_of(const Project& project) {
  return {.id = project.id,
          .full_name = project.path_with_namespace,
          .default_branch = project.default_branch.value_or("")};
}

void set_commit(Happening& to, const Commit& commit) {
  to.message = commit.message;
  if (commit.author) to.author = commit.author->name;
}

Result<Happening> read_push(std::string_view body) {
  auto push = json::read_text<Push>(body, json::Unknown::ignore);
  if (!push) return std::unexpected(std::move(push.error()));
  Happening happening{.repository = repository_of(push->project)};
  if (push->user_id) happening.sender = scm::Account{.id = *push->user_id, .login = push->user_username.value_or("")};
  scm::set_push(happening, push->ref, push->before, push->after);
  if (happening.kind == scm::Kind::tag && push->checkout_sha) happening.sha = *push->checkout_sha;
  if (push->commits && happening.after) {
    const auto commit = std::ranges::find(*push->commits, happening.sha, &Commit::id);
    if (commit != push->commits->end()) set_commit(happening, *commit);
  }
  return happening;
}

bool was_added(const LabelsChange& labels) {
  return std::ranges::any_of(labels.current, [&](const Label& label) {
    return std::ranges::find(labels.previous, label.id, &Label::id) == labels.previous.end();
  });
}

// "update" is everything else; what changed beside it says what. Nothing for what starts no run.
std::string_view updated_how(const MergeRequest& request, const Changes& changes) {
  const auto& draft = changes.draft ? changes.draft : changes.work_in_progress;
  if (request.oldrev) return "updated";
  if (changes.target_branch) return "edited";
  if (draft) return draft->current == false ? "ready" : "";
  if (changes.labels) return was_added(*changes.labels) ? "labeled" : "unlabeled";
  return changes.title || changes.description ? "edited" : "";
}

std::string_view action_of(const MergeRequestEvent& event) {
  const std::string action = event.object_attributes.action.value_or("");
  if (action == "open") return "opened";
  if (action == "reopen") return "reopened";
  if (action == "close" || action == "merge") return "closed";
  return action == "update" ? updated_how(event.object_attributes, event.changes.value_or(Changes())) : "";
}

scm::Change change_of(const MergeRequestEvent& event) {
  const MergeRequest& from = event.object_attributes;
  scm::Change change{
      .number = from.iid,
      .title = from.title,
      .source_branch = from.source_branch,
      .target_branch = from.target_branch,
      .is_fork = from.source_project_id != event.project.id || from.target_project_id != event.project.id,
      .source_repository = from.source_project_id,
      .draft = from.draft.value_or(from.work_in_progress.value_or(false)),
      .author_id = from.author_id,
      .retargeted = event.changes && event.changes->target_branch};
  if (event.labels)
    for (const Label& label : *event.labels) change.labels.push_back(label.title);
  return change;
}

Result<Happening> read_merge_request(std::string_view body) {
  auto event = json::read_text<MergeRequestEvent>(body, json::Unknown::ignore);
  if (!event) return std::unexpected(std::move(event.error()));
  const MergeRequest& request = event->object_attributes;
  const std::string_view action = action_of(*event);
  if (action.empty())
    return scm::ignored(
        fmt::format("no run follows a merge request's \"{}\" of this kind", request.action.value_or("")));
  Happening happening{.kind = scm::Kind::change,
                      .action = std::string(action),
                      .ref = fmt::format("refs/merge-requests/{}/head", request.iid),
                      .before = request.oldrev,
                      .after = request.last_commit.id,
                      .sha = request.last_commit.id,
                      .repository = repository_of(event->project),
                      .change = change_of(*event)};
  set_commit(happening, request.last_commit);
  if (event->user && event->user->id)
    happening.sender = scm::Account{.id = *event->user->id, .login = event->user->username};
  return happening;
}

class GitlabWebhooks final : public scm::WebhookReader {
 public:
  std::span<const std::string_view> headers() const override { return kept_headers; }
  std::span<const std::string_view> id_headers() const override { return std::span(kept_headers).first(3); }

  bool is_signed(const scm::Delivery& delivery, const Secret& secret, std::int64_t now_s) const override {
    return is_from_gitlab(delivery, secret, now_s);
  }

  Result<Happening> read(const scm::Delivery& delivery) const override {
    const std::string_view event = delivery.header("x-gitlab-event").value_or("");
    if (event == "Push Hook" || event == "Tag Push Hook") return read_push(delivery.body);
    if (event == "Merge Request Hook") return read_merge_request(delivery.body);
    return scm::ignored(fmt::format("no run follows the event \"{}\"", event));
  }
};

}  // namespace

std::unique_ptr<scm::WebhookReader> make_gitlab_webhooks() {
  return std::make_unique<GitlabWebhooks>();
}

}  // namespace open_cicd::gitlab
