#include "repositories/planning.h"

#include "base/one_line.h"
#include "jobs/records.h"
#include "pipelines/rules.h"
#include "repositories/limits.h"
#include "repositories/pipeline_files.h"
#include "scm/skip.h"
#include "workflows/contexts.h"
#include "workflows/planner.h"
#include "workflows/runnable.h"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>

namespace open_cicd::repositories {
namespace {

// Of GitHub: who has brought something in before.
constexpr std::array<std::string_view, 4> known_associations{"OWNER", "MEMBER", "COLLABORATOR", "CONTRIBUTOR"};
constexpr std::size_t errors_told_max = 50;

std::string trust_of(const scm::Happening& happening) {
  if (!happening.change) return "trusted";
  return happening.change->is_fork ? "fork" : "change";
}

runs::Origin origin_of(const PlanRequest& request) {
  const scm::Happening& happening = request.happening;
  runs::Origin origin{.repository = request.repository.id,
                      .made_by = request.made_by,
                      .delivery = request.delivery,
                      .ref = happening.ref,
                      .sha = happening.sha,
                      .trust = trust_of(happening)};
  if (happening.sender) origin.actor_id = happening.sender->id;
  if (!happening.change) return origin;
  origin.change = happening.change->number;
  origin.title = happening.change->title;
  origin.awaits_approval = needs_approval(request.repository, *happening.change, request.knows_author);
  return origin;
}

class Planner {
 public:
  Planner(git::Mirror& mirror, const PlanRequest& request) : mirror_(mirror), request_(request) {}

  Result<Planned> plan() {
    Result<git::Commit> commit = fetch();
    if (!commit) return std::unexpected(std::move(commit.error()));
    commit_ = std::move(*commit);
    Planned planned;
    const Result<bool> tip = is_tip_of_default_branch();
    if (!tip) return std::unexpected(tip.error());
    if (*tip && !request_.pipeline) planned.schedules.emplace();
    Result<std::vector<std::string>> files = planned_files();
    if (!files) return std::unexpected(std::move(files.error()));
    const bool skips = !request_.own_trigger && request_.made_by != "schedule" && scm::asks_to_skip(commit_.message);
    if (skips)
      planned.verdicts.push_back(fmt::format("the commit's title asks to skip: {}", scm::title_of(commit_.message)));
    if (files->empty())
      planned.verdicts.push_back(fmt::format("the commit has no pipeline file: {} is not there",
                                             fmt::join(request_.repository.pipeline_paths, " or ")));
    if (Result<void> made = make_event(); !made) return std::unexpected(std::move(made.error()));
    if (too_many_ > 0)
      planned.verdicts.push_back(
          fmt::format("of {} pipeline files only {} are looked at", too_many_, limits::pipelines_max));
    for (const std::string& file : *files)
      if (auto done = plan_file(file, skips, planned); !done) return std::unexpected(std::move(done.error()));
    if (*tip && request_.pipeline) {  // the other files schedule something, too
      auto scheduled = schedules_of_all();
      if (!scheduled) return std::unexpected(std::move(scheduled.error()));
      planned.schedules = std::move(*scheduled);
    }
    return planned;
  }

  Result<std::optional<std::vector<ScheduledPipeline>>> schedules() {
    const Result<git::Commit> commit = fetch();
    if (!commit) return std::unexpected(commit.error());
    const Result<bool> tip = is_tip_of_default_branch();
    if (!tip) return std::unexpected(tip.error());
    if (!*tip) return std::nullopt;
    auto scheduled = schedules_of_all();
    if (!scheduled) return std::unexpected(std::move(scheduled.error()));
    return std::move(*scheduled);
  }

 private:
  Result<std::vector<ScheduledPipeline>> schedules_of_all() {
    Result<std::vector<std::string>> files = files_of_commit();
    if (!files) return std::unexpected(files.error());
    if (files->size() > limits::pipelines_max) files->resize(limits::pipelines_max);
    std::vector<ScheduledPipeline> scheduled;
    for (const std::string& file : *files) {
      const auto found = read_file(file);
      if (!found) return std::unexpected(found.error());
      const auto& workflow = found->read.workflow;
      if (workflow && !workflow->triggers.schedules.empty())
        scheduled.push_back({.pipeline = file, .schedules = workflow->triggers.schedules});
    }
    return scheduled;
  }

  // One fetch serves all that came with a push: what it brought is looked for first.
  Result<git::Commit> fetch() {
    const std::string& sha = request_.happening.sha;
    if (mirror_.has_commit(sha)) return mirror_.commit(sha);
    std::vector<std::string> more;
    if (request_.happening.change) more.push_back(request_.happening.ref);
    if (auto fetched = mirror_.fetch(request_.remote, more); !fetched)
      return std::unexpected(std::move(fetched.error()));
    // A change's ref may lead elsewhere by now or be gone, and a branch may have been pushed over: the commit may still
    // be had by its name.
    Result<git::Commit> commit = mirror_.commit(sha);
    if (commit || commit.error().kind() != ErrorKind::not_found) return commit;
    mirror_.fetch_commit(request_.remote, sha);
    return mirror_.commit(sha);
  }

  // Each file is read once: git is a program that has to be started.
  Result<std::optional<std::string>> text_of(const std::string& path) {
    if (const auto known = texts_.find(path); known != texts_.end()) return known->second;
    Result<std::optional<std::string>> text = mirror_.file(request_.remote, request_.happening.sha, path);
    if (text) texts_[path] = *text;
    return text;
  }

  // Only there do files register schedules, and not those of an older commit that is delivered again.
  Result<bool> is_tip_of_default_branch() const {
    const std::string ref = "refs/heads/" + request_.repository.default_branch;
    if (request_.happening.kind != scm::Kind::push || request_.happening.ref != ref) return false;
    const Result<std::optional<std::string>> tip = mirror_.resolve(ref);
    if (!tip) return std::unexpected(tip.error());
    return *tip == request_.happening.sha;
  }

  ReadText texts() {
    return [this](const std::string& path) { return text_of(path); };
  }

  Result<std::vector<std::string>> files_of_commit() {
    return pipeline_files(mirror_, request_.happening.sha, request_.repository.pipeline_paths, texts());
  }

  Result<std::vector<std::string>> planned_files() {
    Result<std::vector<std::string>> files = files_of_commit();
    if (!files) return files;
    if (request_.pipeline) std::erase_if(*files, [&](const std::string& file) { return file != *request_.pipeline; });
    if (files->size() > limits::pipelines_max) {
      too_many_ = files->size();
      files->resize(limits::pipelines_max);
    }
    return files;
  }

  Result<void> make_event() {
    event_ = scm::event_of(request_.happening).value();
    event_.name = request_.made_by;
    event_.own_trigger = request_.own_trigger;
    event_.message = commit_.message;
    event_.author = commit_.author;
    event_.default_branch = request_.repository.default_branch;
    event_.repository = request_.repository.full_name;
    Result<std::optional<std::vector<std::string>>> changed = changed_paths();
    if (!changed) return std::unexpected(std::move(changed.error()));
    event_.changed = std::move(*changed);
    return {};
  }

  // Of a push since what was there before, of a new branch since it left the default one, of a change since it left its
  // target. A tag, a schedule and whoever asks change nothing, so no filter looks at paths.
  Result<std::optional<std::vector<std::string>>> changed_paths() {
    const scm::Happening& happening = request_.happening;
    if (!happening.change && (happening.kind != scm::Kind::push || request_.made_by != "push")) return std::nullopt;
    if (!happening.change && happening.before) return mirror_.changed(*happening.before, happening.sha, false);
    const Result<std::optional<std::string>> base = mirror_.resolve(
        "refs/heads/" + (happening.change ? happening.change->target_branch : request_.repository.default_branch));
    if (!base) return std::unexpected(base.error());
    if (happening.change && !event_.base_sha) event_.base_sha = *base;
    const std::optional<std::string> from = happening.change ? event_.base_sha : *base;
    if (!from || (!happening.change && *from == happening.sha)) return std::nullopt;
    return mirror_.changed(*from, happening.sha, true);
  }

  Result<FileWithTemplates> read_file(const std::string& file) {
    auto text = text_of(file);
    if (!text) return std::unexpected(std::move(text.error()));
    return read_with_templates(file, text->value_or(""), texts(), request_.read_foreign);
  }

  Result<void> plan_file(const std::string& file, bool skips, Planned& to) {
    auto found = read_file(file);
    if (!found) return std::unexpected(std::move(found.error()));
    const auto& [source, read] = *found;
    if (!read.workflow && skips) return {};
    if (!read.workflow) return refuse(source, read.name, workflows::as_error(read.errors), to);
    if (to.schedules && !read.workflow->triggers.schedules.empty())
      to.schedules->push_back({.pipeline = file, .schedules = read.workflow->triggers.schedules});
    if (skips) return {};
    auto plan = workflows::make_plan(*read.workflow, event_, request_.inputs);
    if (!plan) return refuse(source, read.name, workflows::as_error(plan.error()), to);
    if (plan->skipped && plan->skipped->code == "skipped_filter" && !is_left_out_by_paths(*plan->skipped)) {
      to.verdicts.push_back(fmt::format("{}: `on` does not list it: {}", file, told(*plan->skipped)));
      return {};
    }
    if (auto errors = workflows::not_runnable(*read.workflow, *plan, true); !errors.empty())
      return refuse(source, read.name, invalid_fields(std::move(errors)).error(), to);
    // Both would be told to the forge under one context, and the last one would hide the other.
    if (const auto [other, is_new] = named_.try_emplace(plan->name, file); !is_new)
      return refuse(source, file,
                    invalid_fields({{"name", fmt::format("\"{}\" is that of {} too: give each file a name of its own",
                                                         plan->name, other->second)}})
                        .error(),
                    to);
    runs::NewRun run{.plan = std::move(*plan), .pipeline = file, .workflow = source.text};
    run.origin = origin_of(request_);
    complete(run);
    to.runs.push_back(std::move(run));
    return {};
  }

  static bool is_left_out_by_paths(const workflows::Reason& reason) {
    const auto* filter = reason.facts.if_contains("filter");
    return filter != nullptr && filter->is_string() && filter->get_string() == "paths";
  }
  static std::string told(const workflows::Reason& reason) { return to_one_line(boost::json::serialize(reason.facts)); }

  // Whoever asks for this very run gets the errors; else the forge shows a failed one.
  Result<void> refuse(const workflows::Source& source, const std::string& name, const Error& error, Planned& to) {
    if (request_.own_trigger) return std::unexpected(error);
    boost::json::array errors;
    for (const FieldError& field : error.fields()) {
      if (errors.size() == errors_told_max) break;
      errors.push_back(
          {{"path", field.path}, {"message", field.message}, {"line", field.line}, {"column", field.column}});
    }
    if (errors.empty()) errors.push_back({{"path", ""}, {"message", error.message()}, {"line", 0}, {"column", 0}});
    runs::NewRun run = failed_run(request_, source.path, name, std::move(errors));
    run.workflow = source.text;
    complete(run);
    to.runs.push_back(std::move(run));
    return {};
  }

  void complete(runs::NewRun& run) const {
    run.contexts = workflows::values_of_event(event_);
    run.checkout = pipelines::Checkout{.url = request_.repository.clone_url, .ref = request_.happening.sha};
    run.by = request_.by;
    run.origin->title = request_.happening.change ? request_.happening.change->title : scm::title_of(commit_.message);
    run.origin->author = commit_.author;
    run.origin->base_sha = event_.base_sha;
  }

  git::Mirror& mirror_;
  const PlanRequest& request_;
  git::Commit commit_;
  workflows::Event event_;
  std::size_t too_many_ = 0;                  // pipeline files
  std::map<std::string, std::string> named_;  // the file of each name that a run has
  std::map<std::string, std::optional<std::string>> texts_;
};

}  // namespace

bool needs_approval(const Repository& repository, const scm::Change& change, bool knows_author) {
  if (!change.is_fork || repository.trust == "nobody") return false;
  if (repository.trust == "everybody") return true;
  const bool associated = change.association && std::ranges::count(known_associations, *change.association) > 0;
  return !associated && !knows_author;
}

runs::NewRun failed_run(const PlanRequest& request, const std::string& pipeline, std::string name,
                        boost::json::array errors) {
  runs::NewRun run{.pipeline = pipeline};
  run.plan.name = std::move(name);
  run.plan.event = {.name = request.made_by, .action = request.happening.action};
  constexpr std::string_view heads = "refs/heads/", tags = "refs/tags/";
  if (request.happening.ref.starts_with(heads)) run.plan.event.branch = request.happening.ref.substr(heads.size());
  if (request.happening.ref.starts_with(tags)) run.plan.event.tag = request.happening.ref.substr(tags.size());
  run.failure = jobs::reason("invalid_pipeline", {{"errors", std::move(errors)}});
  run.by = request.by;
  run.origin = origin_of(request);
  run.origin->awaits_approval = false;
  return run;
}

Result<Planned> plan_happening(git::Mirror& mirror, const PlanRequest& request) {
  return Planner(mirror, request).plan();
}

Result<std::optional<std::vector<ScheduledPipeline>>> schedules_of(git::Mirror& mirror, const PlanRequest& request) {
  return Planner(mirror, request).schedules();
}

}  // namespace open_cicd::repositories
