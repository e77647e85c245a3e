#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/pipeline_files.h"
#include "cli/plan_view.h"
#include "cli/verbs.h"
#include "workflows/planner.h"
#include "workflows/words.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <ostream>

namespace open_cicd::cli {
namespace {

struct PlanOptions {
  std::string file;
  std::string event, branch, tag;
  std::vector<std::string> changed, inputs;
  std::string format = "table";
};

// One plan is of one file.
Result<std::string> file_to_plan(const PlanOptions& options) {
  if (!options.file.empty()) return options.file;
  auto found = find_pipeline_files();
  if (!found) return std::unexpected(std::move(found.error()));
  if (found->size() == 1 || found->front() == ".open-cicd.yml") return found->front();
  return fail(ErrorKind::conflict, "several_files",
              fmt::format("There are several pipelines here: name one of {}.", fmt::join(*found, ", ")));
}

workflows::Claim claim_of(const PlanOptions& options) {
  workflows::Claim claim{.event = options.event};
  if (!options.branch.empty()) claim.branch = options.branch;
  if (!options.tag.empty()) claim.tag = options.tag;
  if (!options.changed.empty()) claim.changed = options.changed;
  return claim;
}

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
  workflows::InputTexts inputs;
  for (const std::string& input : options.inputs) {
    const std::size_t equals = input.find('=');
    if (equals == std::string::npos || equals == 0) {
      context.io.err << "open-cicd: --input takes NAME=VALUE, not \"" << input << "\"\n";
      return exit_usage;
    }
    inputs[input.substr(0, equals)] = input.substr(equals + 1);
  }
  const auto path = file_to_plan(options);
  if (!path) return print_error(context, path.error());
  const auto file = read_pipeline_file(*path);
  if (!file) return print_error(context, file.error());
  const auto plan = workflows::make_plan(file->source, workflows::claimed_event(claim_of(options)), inputs);
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
      "file", options->file,
      "The pipeline file; - is standard input. Without one: .open-cicd.yml, or the one file in .open-cicd");
  verb->add_option("--event", options->event, "The event; without it, someone asks for a run and no filter applies")
      ->check(CLI::IsMember(std::vector<std::string>(workflows::event_words.begin(), workflows::event_words.end())));
  verb->add_option("--branch", options->branch,
                   "The branch; of a pull request, the one that it wants to go into [main]");
  verb->add_option("--tag", options->tag, "The tag");
  verb->add_option("--changed", options->changed,
                   "A file that changed; may be given again. Without it, no path is filtered")
      ->allow_extra_args(false);
  verb->add_option("--input", options->inputs, "NAME=VALUE for an input of the pipeline; may be given again")
      ->allow_extra_args(false);
  verb->add_option("--format", options->format, "How the plan is printed; dot: the graph of its jobs for Graphviz")
      ->check(CLI::IsMember({"table", "json", "dot"}));
  verb->callback(
      [options, &context] { context.action = [options, &context] { return plan_file(context, *options); }; });
}

}  // namespace open_cicd::cli
