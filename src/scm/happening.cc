#include "scm/happening.h"

#include "base/crypto.h"
#include "base/json.h"
#include "base/text.h"
#include "pipelines/rules.h"
#include "scm/limits.h"
#include "scm/skip.h"
#include "workflows/words.h"

#include <fmt/format.h>

namespace open_cicd::scm {
namespace {

constexpr std::string_view heads = "refs/heads/", tags = "refs/tags/";

// For people: at most `max` bytes, cut between characters, and no NUL, which no environment variable can hold.
void shorten(std::string& text, std::size_t max) {
  if (text.size() > max) text.resize(utf8_complete_prefix(std::string_view(text).substr(0, max)));
  for (std::size_t at = text.find('\0'); at != std::string::npos; at = text.find('\0', at))
    text.replace(at, 1, "\uFFFD");
}

class Check {
 public:
  std::vector<FieldError> errors;

  void require(bool fine, std::string_view path, std::string_view message) {
    if (!fine) errors.push_back({std::string(path), std::string(message)});
  }
  void sha(const std::string& text, std::string_view path) {
    require(is_sha(text), path, "must be 40 or 64 hex digits in lower case");
  }
  void sha(const std::optional<std::string>& text, std::string_view path) {
    if (text) sha(*text, path);
  }
  void id(std::int64_t number, std::string_view path) { require(number > 0, path, "must be positive"); }
  // In full, and as people name it: "refs/heads/-x" is one to git, and "-x" an option.
  void ref(const std::string& full, std::string_view path) {
    auto wrong = pipelines::check_git_ref(full);
    for (const std::string_view folder : {heads, tags})
      if (!wrong && full.starts_with(folder)) wrong = pipelines::check_git_ref(full.substr(folder.size()));
    if (wrong) errors.push_back({std::string(path), std::move(*wrong)});
  }
  void branch(const std::string& name, std::string_view path) { ref(std::string(heads) + name, path); }
};

void check_change(Change& change, Check& check) {
  check.id(change.number, "change.number");
  check.branch(change.source_branch, "change.source_branch");
  check.branch(change.target_branch, "change.target_branch");
  check.sha(change.base_sha, "change.base_sha");
  if (change.source_repository) check.id(*change.source_repository, "change.source_repository");
  if (change.author_id) check.id(*change.author_id, "change.author_id");
  check.require(!change.association || change.association->size() <= limits::association_bytes_max,
                "change.association", "is too long");
  check.require(change.labels.size() <= limits::labels_max, "change.labels", "are too many");
  for (const std::string& label : change.labels)
    check.require(label.size() <= limits::label_bytes_max && !label.contains('\0'), "change.labels",
                  "must be short texts without NUL");
  change.title = title_of(change.title);
  shorten(change.title, limits::title_bytes_max);
}

bool is_change_action(const std::optional<std::string>& action) {
  return action && std::ranges::count(workflows::change_types, *action) > 0;
}

// What tells edits and labels apart, for which nothing of git changes.
std::string looks_of(const Change& change) {
  std::vector<std::string> parts = change.labels;
  std::ranges::sort(parts);
  parts.push_back(change.title);
  parts.push_back(change.target_branch);
  return sha256_hex(json::write_text(parts)).substr(0, 16);
}

// Words without spaces, so that no two happenings are written alike. Not every forge says what a change's head was
// before.
std::string key_of(const Happening& of) {
  if (!of.change)
    return fmt::format("{} {} {} {}", name_of(of.kind), of.ref, of.before.value_or("-"), of.after.value_or("-"));
  const std::string& action = *of.action;
  const bool is_looks = action == "edited" || action == "labeled" || action == "unlabeled";
  return fmt::format("change {} {} {} {}", action, of.change->number, of.sha, is_looks ? looks_of(*of.change) : "-");
}

workflows::Change planned_change(const Change& from) {
  return {.number = from.number,
          .title = from.title,
          .source_branch = from.source_branch,
          .target_branch = from.target_branch,
          .is_fork = from.is_fork,
          .draft = from.draft,
          .labels = from.labels};
}

std::optional<std::string> if_any(std::string sha) {
  return is_zero_sha(sha) ? std::nullopt : std::optional(std::move(sha));
}

}  // namespace

bool is_zero_sha(std::string_view text) {
  return is_sha(text) && text.find_first_not_of('0') == std::string_view::npos;
}

Happening ignored(std::string why) {
  return {.kind = Kind::ignored, .why = std::move(why)};
}

void set_push(Happening& to, std::string ref, std::string before, std::string after) {
  to.ref = std::move(ref);
  to.sha = after;
  to.before = if_any(std::move(before));
  to.after = if_any(std::move(after));
  if (to.ref.starts_with(heads))
    to.kind = to.after ? Kind::push : Kind::branch_deleted;
  else if (to.ref.starts_with(tags))
    to.kind = to.after ? Kind::tag : Kind::tag_deleted;
  else
    to = ignored("is neither a branch nor a tag: " + to.ref);
  if (!to.after) to.sha.clear();
}

Result<Happening> checked(Happening from) {
  Check check;
  if (from.repository) {
    check.id(from.repository->id, "repository.id");
    check.require(!from.repository->full_name.empty() &&
                      from.repository->full_name.size() <= limits::full_name_bytes_max &&
                      json::is_line(from.repository->full_name),
                  "repository.full_name", "must be a short text without control characters");
    if (!from.repository->default_branch.empty())
      check.branch(from.repository->default_branch, "repository.default_branch");
  }
  if (from.sender) {
    check.id(from.sender->id, "sender.id");
    shorten(from.sender->login, limits::name_bytes_max);
  }
  if (from.kind == Kind::ignored || from.kind == Kind::ping) {
    from.why = escape_for_line(from.why);
    shorten(from.why, limits::why_bytes_max);
  } else {
    check.require(from.repository.has_value(), "repository", "is required");
    check.ref(from.ref, "ref");
    check.sha(from.before, "before");
    check.sha(from.after, "after");
    if (from.after) check.sha(from.sha, "sha");
    if (from.change) check_change(*from.change, check);
    check.require((from.kind == Kind::change) == from.change.has_value(), "change",
                  "belongs to changes, and only to them");
    check.require(from.change.has_value() == is_change_action(from.action), "action",
                  "must be what can happen to a change");
  }
  if (!check.errors.empty()) return invalid_fields(std::move(check.errors));
  shorten(from.message, limits::message_bytes_max);
  shorten(from.author, limits::name_bytes_max);
  if (from.kind != Kind::ignored && from.kind != Kind::ping) from.event_key = key_of(from);
  return from;
}

std::optional<workflows::Event> event_of(const Happening& from) {
  if (from.kind != Kind::push && from.kind != Kind::tag && from.kind != Kind::change) return std::nullopt;
  workflows::Event event{.name = from.kind == Kind::change ? "pull_request" : std::string(name_of(from.kind)),
                         .action = from.action,
                         .actor = from.sender ? from.sender->login : "",
                         .ref = from.ref,
                         .sha = from.sha,
                         .message = from.message,
                         .author = from.author,
                         .default_branch = from.repository->default_branch,
                         .repository = from.repository->full_name};
  if (from.kind == Kind::push) {
    event.branch = from.ref.substr(heads.size());
    event.base_sha = from.before;
  } else if (from.kind == Kind::tag) {
    event.tag = from.ref.substr(tags.size());
  } else {
    event.change = planned_change(*from.change);
    event.base_sha = from.change->base_sha;
  }
  return event;
}

}  // namespace open_cicd::scm
