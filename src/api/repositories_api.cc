// Repositories: connect, show, change, sync and remove them; their deliveries and schedules; run one now.
#include "api/pipeline_input.h"
#include "api/repository_shapes.h"
#include "api/routes.h"
#include "api/run_request.h"
#include "api/run_shapes.h"
#include "base/clock.h"
#include "repositories/intake.h"
#include "scm/badge.h"

#include <boost/json/serialize.hpp>

namespace open_cicd::api {

// A badge is an image.
struct BadgeImage {
  static void add(bj::object& operation) {
    add_answer(operation, 200, "the badge", "image/svg+xml", {{"type", "string"}});
  }
};

namespace {

using auth::Permission;

constexpr std::size_t repository_body_max = 64 << 10;
constexpr int badge_runs = 20;  // of them the newest counts that nobody edited
constexpr std::size_t run_now_body_max = 1 << 20;

std::optional<std::string> time_of(std::optional<std::int64_t> at) {
  return at && *at > 0 ? std::optional(format_rfc3339(*at)) : std::nullopt;
}

RepositoryView view_of(const Services& s, const repositories::Repository& r) {
  const bool has_webhook = r.webhook_state != "off" || r.forge == "git";
  return {.id = r.id.str(),
          .version = r.version,
          .full_name = r.full_name,
          .forge = r.forge,
          .forge_url = r.forge_url,
          .clone_url = r.clone_url,
          .default_branch = r.default_branch,
          .is_public = r.is_public,
          .has_token = r.has_token,
          .active = r.active,
          .pipeline_paths = r.pipeline_paths,
          .protected_refs = r.protected_refs,
          .templates_for = r.templates_for,
          .trust = r.trust,
          .webhook = {.url = has_webhook ? s.repositories.webhook_url(r) : "",
                      .state = r.webhook_state,
                      .error = r.webhook_error},
          .poll_s = r.poll_ms / 1000,
          .polled_at = time_of(r.polled_at),
          .poll_error = r.poll_error,
          .created_at = format_rfc3339(r.created_at)};
}

RepositoryView view_of(const Services& s, repositories::Connected connected) {
  RepositoryView view = view_of(s, connected.repository);
  view.warnings = std::move(connected.warnings);
  if (connected.webhook_secret) view.webhook.secret = connected.webhook_secret->reveal();
  return view;
}

// Full names of refs, and paths that stay in the repository.
Result<void> check_lists(const std::optional<std::vector<std::string>>& paths,
                         const std::optional<std::vector<std::string>>& refs) {
  std::vector<FieldError> wrong;
  for (std::size_t i = 0; paths && i < paths->size(); ++i) {
    const std::string& path = (*paths)[i];
    if (path.empty() || path.starts_with('/') || path.starts_with('-') || pipelines::check_workdir(path))
      wrong.push_back({fmt::format("pipeline_paths[{}]", i),
                       "must be the path of a file of the repository, or of a folder with \"/\" behind it"});
  }
  for (std::size_t i = 0; refs && i < refs->size(); ++i)
    if (const std::string& ref = (*refs)[i];
        pipelines::check_git_ref(ref) || !(ref.starts_with("refs/heads/") || ref.starts_with("refs/tags/")))
      wrong.push_back({fmt::format("protected_refs[{}]", i), "must be a full name, like refs/heads/main"});
  if (!wrong.empty()) return invalid_fields(std::move(wrong));
  return {};
}

struct AddRepository {
  Body<Json<NewRepositoryRequest>> body;
};
BOOST_DESCRIBE_STRUCT(AddRepository, (), (body))

std::optional<Milliseconds> poll_of(const std::optional<std::int64_t>& seconds) {
  return seconds ? std::optional(Milliseconds(*seconds * 1000)) : std::nullopt;
}

Task<Result<Created<RepositoryView>>> add_repository(Services& s, Caller caller, AddRepository request) {
  NewRepositoryRequest& asked = request.body.value.document;
  if (auto fine = check_lists(asked.pipeline_paths, asked.protected_refs); !fine)
    co_return std::unexpected(std::move(fine.error()));
  auto connected = co_await s.repositories.add(
      {.address = {.url = asked.url, .forge = asked.forge, .forge_url = asked.forge_url, .name = asked.name},
       .token = Secret(std::move(asked.token).value_or("")),
       .webhook = asked.webhook.value_or(true),
       .trust = asked.trust,
       .pipeline_paths = asked.pipeline_paths,
       .protected_refs = asked.protected_refs,
       .poll = poll_of(asked.poll_s),
       .by = caller.who().id});
  if (!connected) co_return std::unexpected(std::move(connected.error()));
  s.intake.read_schedules(connected->repository.id);
  const std::string place = "/api/v1/repositories/" + connected->repository.id.str();
  co_return Created<RepositoryView>{.body = view_of(s, std::move(*connected)), .location = place};
}

struct ListRepositories {};
BOOST_DESCRIBE_STRUCT(ListRepositories, (), ())

Task<Result<RepositoryListView>> list_repositories(Services& s, Caller, ListRepositories) {
  RepositoryListView view;
  for (const auto& repository : (co_await s.repositories.list()).repositories)
    view.repositories.push_back(view_of(s, repository));
  co_return view;
}

struct OneRepository {
  Path<RepositoryWord> id;
};
BOOST_DESCRIBE_STRUCT(OneRepository, (), (id))

Task<Result<repositories::Repository>> find(Services& s, const Path<RepositoryWord>& id) {
  return s.repositories.find(std::string(id->text));
}

Task<Result<RepositoryView>> show_repository(Services& s, Caller, OneRepository request) {
  const auto found = co_await find(s, request.id);
  if (!found) co_return std::unexpected(found.error());
  co_return view_of(s, *found);
}

struct ChangeRepository {
  Path<RepositoryWord> id;
  Body<Json<RepositoryChangeRequest>> body;
};
BOOST_DESCRIBE_STRUCT(ChangeRepository, (), (id, body))

Task<Result<RepositoryView>> change_repository(Services& s, Caller, ChangeRepository request) {
  RepositoryChangeRequest& asked = request.body.value.document;
  if (auto fine = check_lists(asked.pipeline_paths, asked.protected_refs); !fine)
    co_return std::unexpected(std::move(fine.error()));
  if (asked.default_branch)
    if (auto wrong = pipelines::check_git_ref(*asked.default_branch))
      co_return invalid_fields({{"default_branch", std::move(*wrong)}});
  const auto found = co_await find(s, request.id);
  if (!found) co_return std::unexpected(found.error());
  repositories::RepositoryChange change{.trust = asked.trust,
                                        .default_branch = asked.default_branch,
                                        .pipeline_paths = asked.pipeline_paths,
                                        .protected_refs = asked.protected_refs,
                                        .templates_for = asked.templates_for,
                                        .poll = poll_of(asked.poll_s),
                                        .active = asked.active};
  if (asked.token) change.token = Secret(std::move(*asked.token));
  const auto changed = co_await s.repositories.change(found->id, std::move(change));
  if (!changed) co_return std::unexpected(changed.error());
  co_return view_of(s, *changed);
}

Task<Result<RemovedRepositoryView>> remove_repository(Services& s, Caller, OneRepository request) {
  const auto found = co_await find(s, request.id);
  if (!found) co_return std::unexpected(found.error());
  auto warnings = co_await s.repositories.remove(found->id);
  if (!warnings) co_return std::unexpected(std::move(warnings.error()));
  co_return RemovedRepositoryView{std::move(*warnings)};
}

Task<Result<RepositoryView>> sync_repository(Services& s, Caller, OneRepository request) {
  const auto found = co_await find(s, request.id);
  if (!found) co_return std::unexpected(found.error());
  auto synced = co_await s.repositories.sync(found->id);
  if (!synced) co_return std::unexpected(std::move(synced.error()));
  co_return view_of(s, std::move(*synced));
}

struct ListDeliveries {
  Path<RepositoryWord> id;
  Query<Whole<1, 200>, 50> limit;
  Query<std::optional<Whole<1, whole_max>>> cursor;
  static constexpr std::array notes{Note{"cursor", "next_cursor of the page before"}};
};
BOOST_DESCRIBE_STRUCT(ListDeliveries, (), (id, limit, cursor))

Task<Result<DeliveryListView>> list_deliveries(Services& s, Caller, ListDeliveries request) {
  const auto found = co_await find(s, request.id);
  if (!found) co_return std::unexpected(found.error());
  std::optional<std::int64_t> before;
  if (*request.cursor) before = **request.cursor;
  const auto list = co_await s.deliveries.list(found->id, static_cast<int>(*request.limit), before);
  DeliveryListView view;
  for (const repositories::Delivery& delivery : list.deliveries) {
    const auto happening = json::read_own<scm::Happening>(delivery.happening);
    DeliveryView& shown = view.deliveries.emplace_back(
        DeliveryView{.id = delivery.id.str(),
                     .source = delivery.source,
                     .forge_delivery = delivery.forge_delivery,
                     .event = delivery.source == "schedule" ? "schedule" : std::string(name_of(happening.kind)),
                     .ref = delivery.ref,
                     .event_key = delivery.event_key,
                     .state = delivery.state,
                     .tries = delivery.tries,
                     .verdict = delivery.verdict,
                     .created_at = format_rfc3339(delivery.created_at),
                     .finished_at = time_of(delivery.finished_at)});
    if (delivery.state == "pending") shown.retry_at = time_of(delivery.not_before);
    for (const repositories::DeliveryRun& run : co_await s.deliveries.runs_of(delivery.id))
      shown.runs.push_back({run.id.str(), run.number});
  }
  if (list.next) view.next_cursor = boost::json::value(std::to_string(*list.next));
  co_return view;
}

struct Redeliver {
  Path<RepositoryWord> id;
  Path<DeliveryId> delivery;
};
BOOST_DESCRIBE_STRUCT(Redeliver, (), (id, delivery))

Task<Result<Accepted<ReceivedView>>> redeliver(Services& s, Caller, Redeliver request) {
  const auto found = co_await find(s, request.id);
  if (!found) co_return std::unexpected(found.error());
  const auto made = co_await s.deliveries.redeliver(found->id, *request.delivery);
  if (!made) co_return std::unexpected(made.error());
  co_return Accepted<ReceivedView>{{made->str()}};
}

Task<Result<ScheduleListView>> list_schedules(Services& s, Caller, OneRepository request) {
  const auto found = co_await find(s, request.id);
  if (!found) co_return std::unexpected(found.error());
  ScheduleListView view;
  constexpr std::int64_t far = std::int64_t{1} << 50;  // a schedule that never comes
  for (const repositories::ScheduleRow& row : co_await s.schedules.of(found->id))
    view.schedules.push_back({.pipeline = row.pipeline,
                              .cron = row.cron,
                              .timezone = row.timezone,
                              .branch = row.branch.empty() ? found->default_branch : row.branch,
                              .next_at = row.next_at < far ? time_of(row.next_at) : std::nullopt,
                              .last_at = time_of(row.last_at)});
  co_return view;
}

struct InputView {
  std::string name, type;                           // string, number, boolean or choice
  std::vector<std::string> options;                 // of a choice
  std::optional<boost::json::value> default_value;  // when nothing is given; absent: none
  bool required = false;
  std::optional<std::string> pattern, description;
};
BOOST_DESCRIBE_STRUCT(InputView, (), (name, type, options, default_value, required, pattern, description))

struct RunFormView {
  std::string ref, sha;
  std::vector<std::string> pipelines;   // the files at that commit
  std::optional<std::string> pipeline;  // the one that the inputs are of; absent: there is no file
  std::vector<InputView> inputs;        // in the order of the file
};
BOOST_DESCRIBE_STRUCT(RunFormView, (), (ref, sha, pipelines, pipeline, inputs))

struct ShowRunForm {
  Path<RepositoryWord> id;
  Query<PipelineName> ref;
  Query<PipelineName> pipeline;
  static constexpr std::array notes{Note{"ref", "a branch, a tag or a full ref [the default branch]"},
                                    Note{"pipeline", "the path of a pipeline file [.open-cicd.yml, or the first]"}};
};
BOOST_DESCRIBE_STRUCT(ShowRunForm, (), (id, ref, pipeline))

std::optional<std::string> if_any(std::string text) {
  return text.empty() ? std::nullopt : std::optional(std::move(text));
}

Task<Result<RunFormView>> show_run_form(Services& s, Caller, ShowRunForm request) {
  const auto found = co_await find(s, request.id);
  if (!found) co_return std::unexpected(found.error());
  auto form = co_await s.intake.form_of(found->id, text_of(*request.ref), text_of(*request.pipeline));
  if (!form) co_return std::unexpected(std::move(form.error()));
  RunFormView view{.ref = std::move(form->ref),
                   .sha = std::move(form->sha),
                   .pipelines = std::move(form->pipelines),
                   .pipeline = if_any(std::move(form->pipeline)),
                   .inputs = {}};
  for (workflows::InputDefinition& input : form->inputs)
    view.inputs.push_back({.name = std::move(input.name),
                           .type = std::move(input.type),
                           .options = std::move(input.options),
                           .default_value = std::move(input.fallback),
                           .required = input.required,
                           .pattern = if_any(std::move(input.pattern)),
                           .description = if_any(std::move(input.description))});
  co_return view;
}

struct RunNow {
  Path<RepositoryWord> id;
  Body<Json<RunNowRequest>> body;
};
BOOST_DESCRIBE_STRUCT(RunNow, (), (id, body))

Task<Result<Created<CreatedRunView>>> run_now(Services& s, Caller caller, RunNow request) {
  const auto found = co_await find(s, request.id);
  if (!found) co_return std::unexpected(found.error());
  const RunNowRequest& asked = request.body.value.document;
  repositories::RunRequest wanted{.repository = found->id,
                                  .pipeline = asked.pipeline.value_or(""),
                                  .ref = asked.ref,
                                  .inputs = {},
                                  .by = caller.who().id};
  std::vector<FieldError> wrong;
  if (asked.inputs) wanted.inputs = input_texts(*asked.inputs, wrong);
  if (!wrong.empty()) co_return invalid_fields(std::move(wrong));
  const auto created = co_await s.intake.run_now(std::move(wanted));
  if (!created) co_return std::unexpected(created.error());
  const std::string id = created->id.str();
  co_return Created<CreatedRunView>{{id, created->number, created->state}, "/api/v1/runs/" + id};
}

struct ListRepositoryRuns {
  Path<RepositoryWord> id;
  Query<PipelineName> branch;
  Query<Whole<1, 200>, 50> limit;
  Query<std::optional<Whole<1, whole_max>>> cursor;
  static constexpr std::array notes{Note{"cursor", "next_cursor of the page before"}};
};
BOOST_DESCRIBE_STRUCT(ListRepositoryRuns, (), (id, branch, limit, cursor))

Task<Result<RunListView>> list_repository_runs(Services& s, Caller, ListRepositoryRuns request) {
  const auto found = co_await find(s, request.id);
  if (!found) co_return std::unexpected(found.error());
  runs::RunFilter filter{.repository = found->id, .limit = static_cast<int>(*request.limit)};
  if (*request.branch) filter.branch = std::string((*request.branch)->text);
  if (*request.cursor) filter.before_seq = **request.cursor;
  co_return run_list_view(co_await s.runs.list(std::move(filter)));
}

struct ShowBadge {
  Path<RepositoryWord> id;
  Query<PipelineName> branch;
  Query<PipelineName> pipeline;
};
BOOST_DESCRIBE_STRUCT(ShowBadge, (), (id, branch, pipeline))

scm::BadgeState badge_state(const std::optional<runs::Run>& run) {
  if (!run) return scm::BadgeState::unknown;
  if (run->state == "succeeded") return run->warnings ? scm::BadgeState::warnings : scm::BadgeState::passing;
  if (run->state == "failed") return scm::BadgeState::failing;
  if (run->state == "cancelled") return scm::BadgeState::cancelled;
  if (run->state == "skipped") return scm::BadgeState::unknown;
  return scm::BadgeState::running;
}

// Anybody may see how a public repository stands. Of any other, and of what is not there, a badge says nothing.
Task<Result<Raw<BadgeImage>>> show_badge(Services& s, Caller, ShowBadge request) {
  const auto found = co_await find(s, request.id);
  std::optional<runs::Run> newest;
  if (found && found->is_public) {
    runs::RunFilter filter{.repository = found->id, .limit = badge_runs};
    filter.branch = *request.branch ? std::string((*request.branch)->text) : found->default_branch;
    if (*request.pipeline) filter.pipeline = std::string((*request.pipeline)->text);
    const runs::RunList list = co_await s.runs.list(std::move(filter));
    // One that ran with an edited file says nothing of the branch.
    const auto real = std::ranges::find(list.runs, false, &runs::Run::modified);
    if (real != list.runs.end()) newest = *real;
  }
  http::Response response{.content_type = "image/svg+xml", .body = scm::badge_svg("build", badge_state(newest))};
  response.headers.emplace_back("Cache-Control", "no-cache");
  response.headers.emplace_back("Content-Security-Policy", "default-src 'none'; sandbox");
  co_return Raw<BadgeImage>{std::move(response)};
}

}  // namespace

void add_repository_routes(RouteRows& rows, Services& s) {
  using http::Method;
  const std::vector<std::string_view> of_forge{"forge_token", "forge_scope", "forge_repository", "forge_refused",
                                               "forge_moved", "forge_limit", "forge_away",       "bad_url",
                                               "bad_token",   "bad_proxy",   "bad_ca_file"};
  auto with_forge = [&](std::vector<std::string_view> more) {
    more.insert(more.end(), of_forge.begin(), of_forge.end());
    return more;
  };
  add_route(rows, s, Method::post, "/api/v1/repositories", Permission::repository_write, add_repository,
            {.id = "addRepository",
             .summary = "Connect a repository: check its token, register its webhook",
             .tag = "repositories",
             .refusals = with_forge({"repository_exists", "git_remote"}),
             .body_max = repository_body_max,
             .links = {{"showRepository", "id"}}});
  add_route(rows, s, Method::get, "/api/v1/repositories", Permission::repository_read, list_repositories,
            {.id = "listRepositories", .summary = "List repositories, by name", .tag = "repositories"});
  add_route(rows, s, Method::get, "/api/v1/repositories/{id}", Permission::repository_read, show_repository,
            {.id = "showRepository", .summary = "Show one repository", .tag = "repositories"});
  add_route(rows, s, Method::patch, "/api/v1/repositories/{id}", Permission::repository_write, change_repository,
            {.id = "changeRepository",
             .summary = "Change a repository's settings",
             .tag = "repositories",
             .body_max = repository_body_max});
  add_route(rows, s, Method::delete_, "/api/v1/repositories/{id}", Permission::repository_write, remove_repository,
            {.id = "removeRepository", .summary = "Disconnect a repository; its runs stay", .tag = "repositories"});
  add_route(rows, s, Method::post, "/api/v1/repositories/{id}/sync", Permission::repository_write, sync_repository,
            {.id = "syncRepository",
             .summary = "Read a repository's name and default branch anew, and mend its webhook",
             .tag = "repositories",
             .refusals = with_forge({"other_repository", "git_remote"})});
  add_route(rows, s, Method::get, "/api/v1/repositories/{id}/deliveries", Permission::repository_read, list_deliveries,
            {.id = "listDeliveries",
             .summary = "What webhooks, polling and schedules brought, newest first",
             .tag = "repositories"});
  add_route(rows, s, Method::post, "/api/v1/repositories/{id}/deliveries/{delivery}/redeliver",
            Permission::repository_write, redeliver,
            {.id = "redeliver",
             .summary = "Make runs of a delivery once more",
             .tag = "repositories",
             .refusals = {"nothing_to_redeliver"}});
  add_route(rows, s, Method::get, "/api/v1/repositories/{id}/schedules", Permission::repository_read, list_schedules,
            {.id = "listSchedules",
             .summary = "Schedules of the default branch, with their next times",
             .tag = "repositories"});
  add_route(rows, s, Method::get, "/api/v1/repositories/{id}/runs", Permission::run_read, list_repository_runs,
            {.id = "listRepositoryRuns", .summary = "Runs of a repository, newest first", .tag = "repositories"});
  add_route(
      rows, s, Method::get, "/api/v1/repositories/{id}/run-form", Permission::run_create, show_run_form,
      {.id = "showRunForm",
       .summary = "What a pipeline file of a branch or tag asks whoever runs it: its inputs",
       .tag = "repositories",
       .refusals = {"git_fetch", "git_read", "git_file", "program_missing", "program_timeout", "program_stopped"}});
  add_route(rows, s, Method::post, "/api/v1/repositories/{id}/runs", Permission::run_create, run_now,
            {.id = "runNow",
             .summary = "Run a pipeline file of a branch or tag now",
             .tag = "repositories",
             .refusals = {"queue_full", "too_many_runs", "git_fetch", "git_read", "git_file", "no_commit",
                          "program_missing", "program_timeout", "program_stopped"},
             .body_max = run_now_body_max,
             .links = {{"showRun", "id"}}});
  add_route(rows, s, Method::get, "/api/v1/repositories/{id}/badge.svg", auth::AccessRule::open(), show_badge,
            {.id = "showBadge", .summary = "How the newest run of a branch ended, as an image", .tag = "repositories"});
}

}  // namespace open_cicd::api
