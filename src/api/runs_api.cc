#include "api/pipeline_input.h"
#include "api/routes.h"
#include "api/run_request.h"
#include "api/run_shapes.h"

namespace open_cicd::api {

enum class RunStateName : std::uint8_t { pending, queued, running, succeeded, failed, cancelled, skipped };
template <>
struct Words<RunStateName> {
  static constexpr auto all = runs::state_names;
  static std::optional<RunStateName> parse(std::string_view word) {
    const auto found = std::ranges::find(all, word);
    return found == all.end() ? std::nullopt : std::optional(static_cast<RunStateName>(found - all.begin()));
  }
};

constexpr std::size_t rerun_names_max = 1000;  // of jobs: a run has no more

// `jobs` is "all", "failed" or a list of keys; with a file or inputs of its own, a round is of all jobs.
struct RerunRequest {
  boost::json::value jobs;
  std::optional<std::string> pipeline;
  std::optional<bj::object> inputs;
};
BOOST_DESCRIBE_STRUCT(RerunRequest, (), (jobs, pipeline, inputs))
template <>
struct OwnSchema<RerunRequest> : std::true_type {
  static constexpr std::string_view name = "RerunRequest";
  static bj::object schema() {
    const bj::object words{{"type", "string"}, {"enum", bj::array{"all", "failed"}}};
    const bj::object keys{
        {"type", "array"}, {"items", bj::object{{"type", "string"}}}, {"minItems", 1}, {"maxItems", rerun_names_max}};
    return {
        {"type", "object"},
        {"properties",
         bj::object{{"jobs", bj::object{{"anyOf", bj::array{words, keys}}}},
                    {"pipeline", bj::object{{"type", "string"}, {"description", "the text of a file to use instead"}}},
                    {"inputs", bj::object{{"type", "object"},
                                          {"description", "those that differ: texts, numbers and booleans"},
                                          {"additionalProperties",
                                           bj::object{{"type", bj::array{"string", "number", "boolean"}}}}}}}},
        {"required", bj::array{"jobs"}},
        {"additionalProperties", false}};
  }
};

// The text of a pipeline file, as it was sent.
struct WorkflowText {
  static void add(bj::object& operation) {
    add_answer(operation, 200, "the text of the pipeline file", yaml_types.front(), {{"type", "string"}});
  }
};

namespace {

using auth::Permission;

constexpr std::size_t approve_body_max = 4096;
constexpr std::size_t rerun_body_max = 1 << 20;

Task<Result<Created<CreatedRunView>>> create_run(Services& s, Caller caller, CreateRun request) {
  Result<WantedRun> wanted = wanted_by(request);
  if (!wanted) co_return std::unexpected(std::move(wanted.error()));
  wanted->event.actor = caller.who().id;
  const workflows::Event event = wanted->event;
  auto prepare = [&runs = s.runs, wanted = std::move(*wanted), request = std::move(request), event,
                  by = caller.who().id]() -> Result<std::shared_ptr<const runs::PreparedRun>> {
    Result<runs::NewRun> run = plan_run(wanted);
    if (!run) return std::unexpected(std::move(run.error()));
    run->by = by;
    if (const auto& key = *request.idempotency_key) {
      run->idempotency_key = std::string(key->text);
      run->body_digest = digest_of(request, event);
    }
    return runs.prepare(std::move(*run));
  };
  auto prepared = co_await offload(s.pool, std::move(prepare));
  if (!prepared) co_return std::unexpected(std::move(prepared.error()));
  const auto created = co_await s.runs.create(std::move(*prepared));
  if (!created) co_return std::unexpected(created.error());
  const std::string id = created->id.str();
  co_return Created<CreatedRunView>{{id, created->number, created->state}, "/api/v1/runs/" + id};
}

constexpr std::int64_t round_max = 1'000'000;

struct OneRun {
  Path<RunId> id;
};
BOOST_DESCRIBE_STRUCT(OneRun, (), (id))

struct RunAtRound {
  Path<RunId> id;
  Query<std::optional<Whole<1, round_max>>> round;
  static constexpr std::array notes{Note{"round", "as it stood in that round [the newest]"}};
};
BOOST_DESCRIBE_STRUCT(RunAtRound, (), (id, round))

std::optional<int> round_of(const RunAtRound& request) {
  return *request.round ? std::optional(static_cast<int>(**request.round)) : std::nullopt;
}

Task<Result<RunView>> show_run(Services& s, Caller, RunAtRound request) {
  const auto detail = co_await s.runs.get(*request.id, round_of(request));
  if (!detail) co_return std::unexpected(detail.error());
  if (std::ranges::none_of(detail->jobs, [](const runs::RunJob& job) { return jobs::is_waiting(job.state); }))
    co_return run_view(*detail);
  co_return run_view(*detail, *co_await s.queue.outlooks());
}

Task<Result<PlanJson>> show_plan(Services& s, Caller, RunAtRound request) {
  auto plan = co_await s.runs.plan(*request.id, round_of(request));
  if (!plan) co_return std::unexpected(std::move(plan.error()));
  co_return PlanJson{std::move(*plan)};
}

Task<Result<Raw<WorkflowText>>> show_workflow(Services& s, Caller, RunAtRound request) {
  auto text = co_await s.runs.workflow(*request.id, round_of(request));
  if (!text) co_return std::unexpected(std::move(text.error()));
  co_return Raw<WorkflowText>{{.content_type = yaml_types.front(), .body = std::move(*text)}};
}

struct CancelledRunView {
  std::string state;  // the run's, now: it ends when its last job has
};
BOOST_DESCRIBE_STRUCT(CancelledRunView, (), (state))

Task<Result<Accepted<CancelledRunView>>> cancel_run(Services& s, Caller caller, OneRun request) {
  auto state = co_await s.runs.cancel(*request.id, caller.who().id);
  if (!state) co_return std::unexpected(std::move(state.error()));
  co_return Accepted<CancelledRunView>{{std::move(*state)}};
}

struct ApproveRequest {
  std::optional<std::string> plan_digest;  // as it was looked at
};
BOOST_DESCRIBE_STRUCT(ApproveRequest, (), (plan_digest))

struct ApproveRun {
  Path<RunId> id;
  Body<Json<ApproveRequest>> body;
};
BOOST_DESCRIBE_STRUCT(ApproveRun, (), (id, body))

Task<Result<Accepted<CancelledRunView>>> approve_run(Services& s, Caller caller, ApproveRun request) {
  auto state = co_await s.runs.approve(*request.id, request.body->document.plan_digest, caller.who().id);
  if (!state) co_return std::unexpected(std::move(state.error()));
  co_return Accepted<CancelledRunView>{{std::move(*state)}};
}

struct RerunRun {
  Path<RunId> id;
  Body<Json<RerunRequest>> body;
};
BOOST_DESCRIBE_STRUCT(RerunRun, (), (id, body))

struct RerunView {
  int round = 1;
  std::string state;
  int jobs = 0;  // that are repeated
};
BOOST_DESCRIBE_STRUCT(RerunView, (), (round, state, jobs))

Result<runs::RerunJobs> jobs_to_rerun(const boost::json::value& asked) {
  using Which = runs::RerunJobs::Which;
  if (asked == "all") return runs::RerunJobs{.which = Which::all};
  if (asked == "failed") return runs::RerunJobs{.which = Which::failed};
  runs::RerunJobs jobs{.which = Which::named};
  const auto* list = asked.if_array();
  const bool fine =
      list != nullptr && !list->empty() && std::ranges::all_of(*list, [](const auto& key) { return key.is_string(); });
  if (!fine) return invalid_fields({{"jobs", "must be \"all\", \"failed\" or a list of keys of jobs"}});
  if (list->size() > rerun_names_max)
    return invalid_fields(
        {{"jobs", fmt::format("names {} jobs, and a run has at most {}", list->size(), rerun_names_max)}});
  for (const auto& key : *list) jobs.named.emplace_back(key.as_string());
  return jobs;
}

Task<Result<Accepted<RerunView>>> rerun_edited(Services& s, Caller caller, RunId id, runs::RerunJobs jobs,
                                               RerunRequest asked) {
  if (!caller.may(Permission::run_edit))
    co_return fail(ErrorKind::forbidden, "forbidden", "This token may not run another file than the run is of.");
  if (jobs.which != runs::RerunJobs::Which::all)
    co_return invalid_fields({{"jobs", "must be \"all\" where the file or the inputs are other ones"}});
  repositories::EditRequest request{
      .run = id, .workflow = std::move(asked.pipeline), .inputs = {}, .by = caller.who().id};
  if (asked.inputs) {
    std::vector<FieldError> wrong;
    request.inputs = input_texts(*asked.inputs, wrong);
    if (!wrong.empty()) co_return invalid_fields(std::move(wrong));
  }
  const auto rerun = co_await s.intake.rerun_edited(std::move(request));
  if (!rerun) co_return std::unexpected(rerun.error());
  co_return Accepted<RerunView>{{.round = rerun->round, .state = rerun->state, .jobs = rerun->jobs}};
}

Task<Result<Accepted<RerunView>>> rerun_run(Services& s, Caller caller, RerunRun request) {
  auto jobs = jobs_to_rerun(request.body->document.jobs);
  if (!jobs) co_return std::unexpected(std::move(jobs.error()));
  if (request.body->document.pipeline || request.body->document.inputs)
    co_return co_await rerun_edited(s, caller, *request.id, *jobs, request.body->document);
  const auto rerun = co_await s.runs.rerun(*request.id, std::move(*jobs), caller.who().id);
  if (!rerun) co_return std::unexpected(rerun.error());
  co_return Accepted<RerunView>{{.round = rerun->round, .state = rerun->state, .jobs = rerun->jobs}};
}

struct ListRuns {
  Query<std::optional<RunStateName>> state;
  Query<std::optional<EventName>> event;
  Query<PipelineName> branch;
  Query<PipelineName> pipeline;
  Query<PipelineName> author;
  Query<std::optional<RepositoryWord>> repository;
  Query<Whole<1, 200>, 50> limit;
  Query<std::optional<Whole<1, whole_max>>> cursor;
  static constexpr std::array notes{
      Note{"pipeline", "the path of a pipeline file"}, Note{"author", "of the commit, as it says"},
      Note{"repository", "its id or full name"}, Note{"cursor", "next_cursor of the page before"}};
};
BOOST_DESCRIBE_STRUCT(ListRuns, (), (state, event, branch, pipeline, author, repository, limit, cursor))

Task<Result<RunListView>> list_runs(Services& s, Caller, ListRuns request) {
  runs::RunFilter filter{.branch = text_of(*request.branch),
                         .pipeline = text_of(*request.pipeline),
                         .limit = static_cast<int>(*request.limit)};
  if (*request.state) filter.state = runs::state_names[static_cast<std::size_t>(**request.state)];
  if (*request.event) filter.event = workflows::event_words[static_cast<std::size_t>(**request.event)];
  if (*request.cursor) filter.before_seq = **request.cursor;
  if (*request.author) filter.author = std::string((*request.author)->text);
  if (*request.repository) {
    const auto repository = co_await s.repositories.find(std::string((*request.repository)->text));
    if (!repository) co_return std::unexpected(repository.error());
    filter.repository = repository->id;
  }
  co_return run_list_view(co_await s.runs.list(std::move(filter)));
}

}  // namespace

void add_run_routes(RouteRows& rows, Services& s) {
  using http::Method;
  add_route(rows, s, Method::post, "/api/v1/runs", Permission::run_create, create_run,
            {.id = "createRun",
             .summary = "Run a pipeline file",
             .tag = "runs",
             .refusals = {"idempotency_mismatch", "idempotency_race", "queue_full", "too_many_runs"},
             .body_max = run_body_max,
             .links = {{"showRun", "id"}}});
  add_route(rows, s, Method::get, "/api/v1/runs", Permission::run_read, list_runs,
            {.id = "listRuns",
             .summary = "List runs, newest first",
             .tag = "runs",
             .refusals = {"not_found", "ambiguous_repository"}});
  add_route(rows, s, Method::get, "/api/v1/runs/{id}", Permission::run_read, show_run,
            {.id = "showRun", .summary = "Show one run and its jobs", .tag = "runs"});
  add_route(rows, s, Method::post, "/api/v1/runs/{id}/cancel", Permission::run_cancel, cancel_run,
            {.id = "cancelRun",
             .summary = "Cancel a run; a second time, its clean-up jobs as well",
             .tag = "runs",
             .refusals = {"already_terminal"}});
  add_route(rows, s, Method::post, "/api/v1/runs/{id}/approve", Permission::run_approve, approve_run,
            {.id = "approveRun",
             .summary = "Let a run begin that waits for an approval",
             .tag = "runs",
             .refusals = {"plan_changed", "no_approval_needed"},
             .body_max = approve_body_max});
  add_route(
      rows, s, Method::post, "/api/v1/runs/{id}/rerun", Permission::run_rerun, rerun_run,
      {.id = "rerunRun",
       .summary = "Run jobs of a run again, with whatever depends on them; or all, with another file or other inputs",
       .tag = "runs",
       .refusals = {"run_is_open", "nothing_to_rerun", "run_is_cancelled", "run_awaits_approval", "too_many_rounds",
                    "queue_full", "too_many_runs"},
       .body_max = rerun_body_max});
  add_route(rows, s, Method::get, "/api/v1/runs/{id}/plan", Permission::run_read, show_plan,
            {.id = "showRunPlan", .summary = "What was planned for a run", .tag = "runs"});
  add_route(rows, s, Method::get, "/api/v1/runs/{id}/workflow", Permission::run_read, show_workflow,
            {.id = "showRunWorkflow", .summary = "The pipeline file that a run was made from", .tag = "runs"});
}

}  // namespace open_cicd::api
