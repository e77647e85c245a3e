// Checking and planning pipeline files: nothing is stored, and the answers are those of the command line.
#include "api/pipeline_input.h"
#include "api/routes.h"
#include "workflows/planner.h"
#include "workflows/schema.h"

namespace open_cicd::api {

http::Response to_response(PlanJson&& plan) {
  return http::Response::json(200, std::move(plan.text));
}

void Answers<PlanJson>::add(SchemaBook& book, bj::object& operation) {
  add_answer(operation, 200, "the plan", "application/json", schema_of<workflows::Plan>(book, Side::reply));
}

Result<void> read_body(http::Request& request, PipelineBody& to) {
  if (!has_yaml_type(request) && !has_media_type(request, "application/json"))
    return fail(ErrorKind::unsupported_media, "unsupported_media",
                "Send the pipeline with Content-Type: application/yaml.");
  to.text = request.body;
  return {};
}

void describe_body(SchemaBook&, bj::object& operation, std::type_identity<PipelineBody>) {
  add_body(operation, yaml_types.front(),
           {{"description", "a pipeline file; its schema is /api/v1/schema/pipeline.json"}});
}

namespace {

using auth::AccessRule;
using auth::Permission;

workflows::Source source_of(std::string_view text, const PipelineName& file) {
  workflows::Source source{.text = std::string(text)};
  if (file) source.path = file->text;
  return source;
}

struct LintPipeline {
  Query<PipelineName> file;
  Body<PipelineBody> body;
  static constexpr std::array notes{Note{"file", "its path in the repository [.open-cicd.yml]"}};
};
BOOST_DESCRIBE_STRUCT(LintPipeline, (), (file, body))

Task<Result<workflows::Verdict>> lint_pipeline(Services& s, Caller, LintPipeline request) {
  auto work = [source = source_of(request.body->text, *request.file)] { return workflows::lint(source); };
  co_return co_await offload(s.pool, std::move(work));
}

struct PlanPipeline {
  Query<std::optional<EventName>> event;
  Query<PipelineName> branch;
  Query<PipelineName> tag;
  Query<Repeated> changed;
  Query<Prefixed> input;
  Query<PipelineName> file;
  Body<PipelineBody> body;
  static constexpr std::array notes{
      Note{"event", "without it, someone asks for a run and no filter applies"},
      Note{"branch", "of a pull request, the one that it wants to go into [main]"},
      Note{"changed", "a file that changed; may stand again. Without it, no path is filtered"},
      Note{"input", "input.NAME=VALUE for each input that is given"},
      Note{"file", "its path in the repository [.open-cicd.yml]"}};
};
BOOST_DESCRIBE_STRUCT(PlanPipeline, (), (event, branch, tag, changed, input, file, body))

workflows::Claim claim_of(const PlanPipeline& request) {
  workflows::Claim claim;
  if (*request.event) claim.event = workflows::event_words[static_cast<std::size_t>(**request.event)];
  if (*request.branch) claim.branch = (*request.branch)->text;
  if (*request.tag) claim.tag = (*request.tag)->text;
  if (!request.changed->values.empty()) claim.changed = request.changed->values;
  return claim;
}

Task<Result<PlanJson>> plan_pipeline(Services& s, Caller, PlanPipeline request) {
  auto work = [source = source_of(request.body->text, *request.file), claim = claim_of(request),
               inputs = request.input->by_name]() -> Result<PlanJson> {
    const auto plan = workflows::make_plan(source, workflows::claimed_event(claim), inputs);
    if (!plan) return std::unexpected(workflows::as_error(plan.error()));
    return PlanJson{workflows::plan_text(*plan)};
  };
  co_return co_await offload(s.pool, std::move(work));
}

struct NoParameters {};
BOOST_DESCRIBE_STRUCT(NoParameters, (), ())

struct SchemaDocument {
  static void add(bj::object& operation) {
    add_answer(operation, 200, "the schema", "application/schema+json", {{"type", "object"}});
  }
};

Task<Result<Raw<SchemaDocument>>> pipeline_schema(Services&, Caller, NoParameters) {
  co_return Raw<SchemaDocument>{
      {.content_type = "application/schema+json", .body = std::string(workflows::schema_text())}};
}

}  // namespace

void add_pipeline_routes(RouteRows& rows, Services& s) {
  using http::Method;
  add_route(rows, s, Method::post, "/api/v1/lint", Permission::pipeline_plan, lint_pipeline,
            {.id = "lintPipeline",
             .summary = "Check a pipeline file; everything that is wrong with it",
             .tag = "pipelines",
             .body_max = pipeline_body_max});
  add_route(rows, s, Method::post, "/api/v1/plan", Permission::pipeline_plan, plan_pipeline,
            {.id = "planPipeline",
             .summary = "What a pipeline file would do for an event; nothing runs",
             .tag = "pipelines",
             .body_max = pipeline_body_max});
  // Editors fetch it without a token, and it tells nothing of this server.
  add_route(rows, s, Method::get, "/api/v1/schema/pipeline.json", AccessRule::open(), pipeline_schema,
            {.id = "pipelineSchema", .summary = "The JSON Schema of a pipeline file", .tag = "pipelines"});
}

}  // namespace open_cicd::api
