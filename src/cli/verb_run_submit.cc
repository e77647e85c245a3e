#include "base/id.h"
#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/pipeline_files.h"
#include "cli/run_view.h"
#include "cli/verbs.h"
#include "http/percent.h"
#include "workflows/words.h"

#include <CLI/CLI.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

#include <ostream>

namespace open_cicd::cli {
namespace {

struct RunSubmitOptions {
  ApiOptions api;
  std::string file;
  std::string event, branch, tag;
  std::vector<std::string> changed, inputs;
};

// Nothing when an input has no name.
std::optional<std::string> query_of(const RunSubmitOptions& options) {
  std::string query;
  const auto add = [&](std::string_view name, std::string_view value) {
    query += fmt::format("{}{}={}", query.empty() ? "?" : "&", name, http::percent_encode(value));
  };
  if (!options.event.empty()) add("event", options.event);
  if (!options.branch.empty()) add("branch", options.branch);
  if (!options.tag.empty()) add("tag", options.tag);
  for (const std::string& path : options.changed) add("changed", path);
  for (const std::string& input : options.inputs) {
    const std::size_t equals = input.find('=');
    if (equals == std::string::npos || equals == 0) return std::nullopt;
    add("input." + http::percent_encode(input.substr(0, equals)), input.substr(equals + 1));
  }
  return query;
}

Task<int> submit_run(Api& api, const Context& context, const RunSubmitOptions& options) {
  const auto query = query_of(options);
  if (!query) {
    context.io.err << "open-cicd: --input takes NAME=VALUE\n";
    co_return exit_usage;
  }
  const auto file = read_pipeline_file(options.file);
  if (!file) co_return print_error(context, file.error());
  // A repeat after a lost answer finds the run that the first try made.
  Headers headers{{"Idempotency-Key", JobId::make().str()}};
  const auto answer = co_await api.call(http::Method::post, "/api/v1/runs" + *query, file->source.text,
                                        "application/yaml", std::move(headers));
  if (!answer) co_return print_error(context, answer.error(), file->shown);
  if (options.api.json) {
    print_json(context, *answer);
    co_return exit_fine;
  }
  const auto& run = answer->as_object();
  context.io.out << fmt::format("{} run {} {}\n", std::string_view(run.at("id").as_string()),
                                run.at("number").to_number<std::int64_t>(),
                                std::string_view(run.at("state").as_string()));
  co_return exit_fine;
}

}  // namespace

void add_run_submit(CLI::App& parent, Context& context) {
  CLI::App* verb = parent.add_subcommand("submit", "Send a pipeline file to the server, and run it there");
  auto options = std::make_shared<RunSubmitOptions>();
  add_api_options(*verb, options->api);
  verb->add_option("file", options->file, "The pipeline file; - is standard input")->required();
  verb->add_option("--event", options->event, "The event; without it, someone asks for a run and no filter applies")
      ->check(CLI::IsMember(std::vector<std::string>(workflows::event_words.begin(), workflows::event_words.end())));
  verb->add_option("--branch", options->branch,
                   "The branch; of a pull request, the one that it wants to go into [main]");
  verb->add_option("--tag", options->tag, "The tag");
  verb->add_option("--changed", options->changed, "A file that changed; may be given again")->allow_extra_args(false);
  verb->add_option("--input", options->inputs, "NAME=VALUE for an input of the pipeline; may be given again")
      ->allow_extra_args(false);
  verb->callback([options, &context] {
    context.action = [options, &context] {
      return with_api(context, options->api, [&](Api& api) { return submit_run(api, context, *options); });
    };
  });
}

}  // namespace open_cicd::cli
