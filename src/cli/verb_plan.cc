#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/pipeline_files.h"
#include "cli/plan_request.h"
#include "cli/plan_view.h"
#include "cli/verbs.h"
#include "workflows/planner.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <ostream>

namespace open_cicd::cli {
namespace {

struct PlanOptions {
  PlanRequest request;
  std::string format = "table";
};

// Errors in the JSON format are the problem document that the server would send.
int refuse(const Context& context, const PipelineFile& file, const std::vector<workflows::Finding>& errors) {
  if (!context.json) {
    print_findings(context, context.io.err, context.io.err_is_terminal, file, errors);
    return exit_bad_input;
  }
  return print_error(context, workflows::as_error(errors));
}

int plan_file(Context& context, const PlanOptions& options) {
  context.json = options.format == "json";
  const auto path = file_of(options.request);
  if (!path) return print_error(context, path.error());
  const auto file = read_pipeline_file(*path);
  if (!file) return print_error(context, file.error());
  const auto plan = workflows::make_plan(file->source, workflows::claimed_event(claim_of(completed(options.request))),
                                         inputs_of(options.request));
  if (!plan) return refuse(context, *file, plan.error());
  if (options.format == "json")
    context.io.out << workflows::plan_text(*plan);
  else if (options.format == "dot")
    print_dot(context, *plan);
  else
    print_plan(context, *plan, *file);
  context.io.out.flush();
  return exit_fine;
}

}  // namespace

void add_plan(CLI::App& root, Context& context) {
  CLI::App* verb = root.add_subcommand("plan", "Show what a pipeline would do for an event, without running anything");
  auto options = std::make_shared<PlanOptions>();
  verb->add_option(
      "file", options->request.file,
      "The pipeline file; - is standard input. Without one: .open-cicd.yml, or the one file in .open-cicd");
  add_plan_request(*verb, options->request);
  verb->add_option("--format", options->format, "How the plan is printed; dot: the graph of its jobs for Graphviz")
      ->check(CLI::IsMember({"table", "json", "dot"}));
  verb->callback(
      [options, &context] { context.action = [options, &context] { return plan_file(context, *options); }; });
}

}  // namespace open_cicd::cli
