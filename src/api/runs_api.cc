#include "api/pipeline_input.h"
#include "api/routes.h"
#include "api/run_shapes.h"
#include "base/crypto.h"
#include "pipelines/rules.h"
#include "workflows/contexts.h"
#include "workflows/planner.h"

#include <boost/json/serialize.hpp>

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

// `jobs` is "all", "failed" or a list of keys.
struct RerunRequest {
  boost::json::value jobs;
};
BOOST_DESCRIBE_STRUCT(RerunRequest, (), (jobs))
template <>
struct OwnSchema<RerunRequest> : std::true_type {
  static constexpr std::string_view name = "RerunRequest";
  static bj::object schema() {
    const bj::object words{{"type", "string"}, {"enum", bj::array{"all", "failed"}}};
    const bj::object keys{{"type", "array"}, {"items", bj::object{{"type", "string"}}}, {"minItems", 1}};
    return {{"type", "object"},
            {"properties", bj::object{{"jobs", bj::object{{"anyOf", bj::array{words, keys}}}}}},
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

// What a run is made from, where more is to be said than the file: as JSON.
struct CheckoutFrom {
  std::string url;
  std::optional<std::string> ref;  // branch, tag or commit; none: the remote's HEAD
};
BOOST_DESCRIBE_STRUCT(CheckoutFrom, (), (url, ref))

struct RunDocument {
  std::string pipeline;                  // the text of the file
  std::optional<CheckoutFrom> checkout;  // what its jobs check out
};
BOOST_DESCRIBE_STRUCT(RunDocument, (), (pipeline, checkout))

// A pipeline file, or a RunDocument.
struct RunBody {
  std::string_view sent;
  std::string pipeline;
  std::optional<pipelines::Checkout> checkout;
};

// Found by the type of their last parameter, so they stand in its namespace.
static Result<void> read_body(http::Request& request, RunBody& to) {
  to.sent = request.body;
  if (has_yaml_type(request)) {
    to.pipeline = request.body;
    return {};
  }
  Json<RunDocument> json;
  if (Result<void> read = detail::read_body(request, json); !read) return read;
  to.pipeline = std::move(json.document.pipeline);
  if (!json.document.checkout) return {};
  const CheckoutFrom& from = *json.document.checkout;
  std::vector<FieldError> errors;
  if (auto wrong = pipelines::check_git_url(from.url)) errors.push_back({"checkout.url", std::move(*wrong)});
  if (auto wrong = from.ref ? pipelines::check_git_ref(*from.ref) : pipelines::Wrong())
    errors.push_back({"checkout.ref", std::move(*wrong)});
  if (!errors.empty()) return invalid_fields(std::move(errors));
  to.checkout = pipelines::Checkout{.url = from.url, .ref = from.ref.value_or("")};
  return {};
}

static void describe_body(SchemaBook& book, bj::object& operation, std::type_identity<RunBody>) {
  describe_body(book, operation, std::type_identity<PipelineBody>());
  describe_body(book, operation, std::type_identity<Json<RunDocument>>());
}

namespace {

using auth::Permission;

constexpr std::size_t run_key_max = 200;
constexpr std::size_t rerun_body_max = 256 << 10;

struct CreateRun {
  Query<std::optional<EventName>> event;
  Query<PipelineName> branch;
  Query<PipelineName> tag;
  Query<Repeated> changed;
  Query<Prefixed> input;
  Query<PipelineName> file;
  Header<std::optional<Text<1, run_key_max>>> idempotency_key;
  Body<RunBody> body;
  static constexpr std::array notes{
      Note{"event", "what the run is told to be for; then the file's filters apply. Without it: api, and none applies"},
      Note{"branch", "of a pull request, the one that it wants to go into [main]"},
      Note{"changed", "a file that changed; may stand again. Without it, no path is filtered"},
      Note{"input", "input.NAME=VALUE for each input that is given"},
      Note{"file", "its path in the repository [.open-cicd.yml]"},
      Note{"idempotency_key",
           "any text of your own: the same key with the same body and query makes no second run for 24 hours"}};
};
BOOST_DESCRIBE_STRUCT(CreateRun, (), (event, branch, tag, changed, input, file, idempotency_key, body))

std::optional<std::string> text_of(const PipelineName& name) {
  return name ? std::optional<std::string>(name->text) : std::nullopt;
}

workflows::Event event_of(const CreateRun& request) {
  workflows::Claim claim{.branch = text_of(*request.branch), .tag = text_of(*request.tag)};
  if (*request.event) claim.event = workflows::event_words[static_cast<std::size_t>(**request.event)];
  if (!request.changed->values.empty()) claim.changed = request.changed->values;
  workflows::Event event = workflows::claimed_event(claim);
  if (!*request.event) event.name = "api";
  return event;
}

// All that makes a second request the same: the idempotency key remembers it.
std::string digest_of(const CreateRun& request, const workflows::Event& event) {
  const std::map<std::string, std::string>& inputs = request.input->by_name;
  bj::array parts{"run", event.name, event.own_trigger};
  for (const auto& part : {text_of(*request.branch), text_of(*request.tag), text_of(*request.file)})
    parts.emplace_back(part ? bj::value(*part) : bj::value(nullptr));
  parts.emplace_back(bj::array(request.changed->values.begin(), request.changed->values.end()));
  for (const auto& [name, value] : inputs) parts.emplace_back(bj::array{name, value});
  parts.emplace_back(request.body->sent);
  return sha256_hex(bj::serialize(parts));
}

// What can be planned and not run yet, and what needs a repository that this run does not have.
std::vector<FieldError> not_runnable(const workflows::Workflow& workflow, const workflows::Plan& plan,
                                     bool has_repository) {
  std::vector<FieldError> errors;
  for (const workflows::NotAvailable& key : workflow.not_available)
    errors.push_back({key.path, fmt::format("cannot be run yet: nothing knows what to do with \"{}\"", key.key),
                      key.line, key.column});
  for (const auto& job : workflow.jobs) {
    const pipelines::Member* checkout = job->node == nullptr ? nullptr : job->node->find("checkout");
    if (checkout == nullptr || has_repository) continue;
    const pipelines::Node& value = *checkout->value;
    if (value.kind == pipelines::Node::Kind::boolean && !value.boolean) continue;
    errors.push_back({job->path + ".checkout",
                      "needs a repository, and this run has none: send it with \"checkout\": {\"url\": …}",
                      value.at.line, value.at.column});
  }
  for (const workflows::PlannedJob& job : plan.jobs)
    if (job.spec && job.spec->concurrency && job.spec->concurrency->on_conflict != "queue")
      errors.push_back({"jobs." + job.job + ".concurrency.on_conflict",
                        "cannot be run yet in a job, only in the workflow: leave it out, or say \"queue\""});
  return errors;
}

Result<runs::NewRun> plan_run(const workflows::Source& source, const workflows::Event& event,
                              const workflows::InputTexts& inputs, std::optional<pipelines::Checkout> checkout) {
  workflows::ReadWorkflow read = workflows::read_workflow(source);
  if (!read.workflow) return std::unexpected(workflows::as_error(read.errors));
  auto plan = workflows::make_plan(*read.workflow, event, inputs);
  if (!plan) return std::unexpected(workflows::as_error(plan.error()));
  if (auto errors = not_runnable(*read.workflow, *plan, checkout.has_value()); !errors.empty())
    return invalid_fields(std::move(errors));
  return runs::NewRun{.plan = std::move(*plan),
                      .pipeline = source.path,
                      .workflow = source.text,
                      .contexts = workflows::values_of_event(event),
                      .checkout = std::move(checkout)};
}

Task<Result<Created<CreatedRunView>>> create_run(Services& s, Caller caller, CreateRun request) {
  workflows::Source source{.text = request.body->pipeline};
  if (*request.file) source.path = (*request.file)->text;
  workflows::Event event = event_of(request);
  event.actor = caller.who().id;
  auto work = [source = std::move(source), event, inputs = request.input->by_name, checkout = request.body->checkout] {
    return plan_run(source, event, inputs, checkout);
  };
  Result<runs::NewRun> run = co_await offload(s.pool, std::move(work));
  if (!run) co_return std::unexpected(std::move(run.error()));
  run->by = caller.who().id;
  if (const auto& key = *request.idempotency_key) {
    run->idempotency_key = std::string(key->text);
    run->body_digest = digest_of(request, event);
  }
  const auto created = co_await s.runs.create(std::move(*run));
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
  for (const auto& key : *list) jobs.named.emplace_back(key.as_string());
  return jobs;
}

Task<Result<Accepted<RerunView>>> rerun_run(Services& s, Caller caller, RerunRun request) {
  auto jobs = jobs_to_rerun(request.body->document.jobs);
  if (!jobs) co_return std::unexpected(std::move(jobs.error()));
  const auto rerun = co_await s.runs.rerun(*request.id, std::move(*jobs), caller.who().id);
  if (!rerun) co_return std::unexpected(rerun.error());
  co_return Accepted<RerunView>{{.round = rerun->round, .state = rerun->state, .jobs = rerun->jobs}};
}

struct ListRuns {
  Query<std::optional<RunStateName>> state;
  Query<std::optional<EventName>> event;
  Query<PipelineName> branch;
  Query<PipelineName> pipeline;
  Query<Whole<1, 200>, 50> limit;
  Query<std::optional<Whole<1, whole_max>>> cursor;
  static constexpr std::array notes{Note{"pipeline", "the path of a pipeline file"},
                                    Note{"cursor", "next_cursor of the page before"}};
};
BOOST_DESCRIBE_STRUCT(ListRuns, (), (state, event, branch, pipeline, limit, cursor))

Task<Result<RunListView>> list_runs(Services& s, Caller, ListRuns request) {
  runs::RunFilter filter{.branch = text_of(*request.branch),
                         .pipeline = text_of(*request.pipeline),
                         .limit = static_cast<int>(*request.limit)};
  if (*request.state) filter.state = runs::state_names[static_cast<std::size_t>(**request.state)];
  if (*request.event) filter.event = workflows::event_words[static_cast<std::size_t>(**request.event)];
  if (*request.cursor) filter.before_seq = **request.cursor;
  const runs::RunList list = co_await s.runs.list(std::move(filter));
  RunListView view;
  for (const runs::Run& run : list.runs) view.runs.push_back(run_view(run));
  if (list.next) view.next_cursor = boost::json::value(std::to_string(*list.next));
  co_return view;
}

}  // namespace

void add_run_routes(RouteRows& rows, Services& s) {
  using http::Method;
  add_route(rows, s, Method::post, "/api/v1/runs", Permission::run_create, create_run,
            {.id = "createRun",
             .summary = "Run a pipeline file",
             .tag = "runs",
             .refusals = {"idempotency_mismatch", "idempotency_race", "queue_full", "too_many_runs"},
             .body_max = pipeline_body_max,
             .links = {{"showRun", "id"}}});
  add_route(rows, s, Method::get, "/api/v1/runs", Permission::run_read, list_runs,
            {.id = "listRuns", .summary = "List runs, newest first", .tag = "runs"});
  add_route(rows, s, Method::get, "/api/v1/runs/{id}", Permission::run_read, show_run,
            {.id = "showRun", .summary = "Show one run and its jobs", .tag = "runs"});
  add_route(rows, s, Method::post, "/api/v1/runs/{id}/cancel", Permission::run_cancel, cancel_run,
            {.id = "cancelRun",
             .summary = "Cancel a run; a second time, its clean-up jobs as well",
             .tag = "runs",
             .refusals = {"already_terminal"}});
  add_route(rows, s, Method::post, "/api/v1/runs/{id}/rerun", Permission::run_rerun, rerun_run,
            {.id = "rerunRun",
             .summary = "Run jobs of a run again, with whatever depends on them",
             .tag = "runs",
             .refusals = {"nothing_to_rerun", "run_is_cancelled", "too_many_rounds"},
             .body_max = rerun_body_max});
  add_route(rows, s, Method::get, "/api/v1/runs/{id}/plan", Permission::run_read, show_plan,
            {.id = "showRunPlan", .summary = "What was planned for a run", .tag = "runs"});
  add_route(rows, s, Method::get, "/api/v1/runs/{id}/workflow", Permission::run_read, show_workflow,
            {.id = "showRunWorkflow", .summary = "The pipeline file that a run was made from", .tag = "runs"});
}

}  // namespace open_cicd::api
