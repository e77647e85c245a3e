#include "base/id.h"
#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/pipeline_files.h"
#include "cli/plan_request.h"
#include "cli/run_view.h"
#include "cli/verbs.h"

#include <CLI/CLI.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

#include <ostream>

namespace open_cicd::cli {
namespace {

struct RunSubmitOptions {
  ApiOptions api;
  PlanRequest request;
};

Task<int> submit_run(Api& api, const Context& context, const RunSubmitOptions& options) {
  if (const auto inputs = inputs_of(options.request); !inputs) {
    context.io.err << "open-cicd: " << inputs.error().message() << "\n";
    co_return exit_usage;
  }
  const auto file = read_pipeline_file(options.request.file);
  if (!file) co_return print_error(context, file.error());
  // A repeat after a lost answer finds the run that the first try made.
  Headers headers{{"Idempotency-Key", JobId::make().str()}};
  const auto answer = co_await api.call(http::Method::post, "/api/v1/runs" + query_of(options.request, *file),
                                        file->source.text, "application/yaml", std::move(headers));
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
  verb->add_option("file", options->request.file, "The pipeline file; - is standard input")->required();
  add_plan_request(*verb, options->request);
  verb->callback([options, &context] {
    context.action = [options, &context] {
      return with_api(context, options->api, [&](Api& api) { return submit_run(api, context, *options); });
    };
  });
}

}  // namespace open_cicd::cli
