#include "base/id.h"
#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/pipeline_files.h"
#include "cli/plan_request.h"
#include "cli/run_document.h"
#include "cli/run_follow.h"
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
  workflows::Selection selection;
  bool follow = false;
  bool plain = false;
};

Task<int> follow_run(Api& api, const Context& context, const RunSubmitOptions& options, std::string id) {
  RunFollower follower(api, context,
                       {.run_id = id, .cancel_on_interrupt = true, .live = !options.plain && can_be_live(context)});
  const auto end = co_await follower.run();
  if (!end) co_return print_error(context, end.error());
  if (!*end) co_return exit_cancelled;
  if (options.api.json) {
    const auto document = co_await api.call(http::Method::get, run_target(id));
    if (!document) co_return print_error(context, document.error());
    print_json(context, *document);
  } else {
    context.io.out << "\n";
    print_jobs(context, **end, JobIds::shown);
  }
  co_return exit_code_of_run(**end);
}

Task<int> submit_run(Api& api, const Context& context, RunSubmitOptions options) {
  options.request = completed(std::move(options.request));
  const auto file = read_pipeline_file(options.request.file);
  if (!file) co_return print_error(context, file.error());
  // A repeat after a lost answer finds the run that the first try made.
  Headers headers{{"Idempotency-Key", JobId::make().str()}};
  const auto answer =
      co_await api.call(http::Method::post, "/api/v1/runs", run_document(options.request, *file, options.selection),
                        "application/json", std::move(headers));
  if (!answer) co_return print_error(context, answer.error(), file->shown);
  const auto& run = answer->as_object();
  const std::string id(run.at("id").as_string());
  const std::int64_t number = run.at("number").to_number<std::int64_t>();
  if (options.follow) {
    context.io.err << paint(fmt::format("» run {}, {}", number, id), Colour::dim,
                            context.colours(context.io.err_is_terminal))
                   << "\n";
    co_return co_await follow_run(api, context, options, id);
  }
  if (options.api.json)
    print_json(context, *answer);
  else
    context.io.out << fmt::format("{} run {} {}\n", id, number, std::string_view(run.at("state").as_string()));
  co_return exit_fine;
}

}  // namespace

void add_run_submit(CLI::App& parent, Context& context) {
  CLI::App* verb = parent.add_subcommand("submit", "Send a pipeline file to the server, and run it there");
  auto options = std::make_shared<RunSubmitOptions>();
  add_api_options(*verb, options->api);
  verb->add_option("file", options->request.file, "The pipeline file; - is standard input")->required();
  add_plan_request(*verb, options->request);
  verb->add_option("--job", options->selection.jobs, "Only this job, and what it needs; may be given again")
      ->allow_extra_args(false);
  add_selection(*verb, options->selection);
  verb->add_flag(
      "--follow", options->follow,
      "Show its jobs, or off a terminal print their logs, until it ends. Ctrl-C cancels it, again its clean-up too");
  add_plain(*verb, options->plain);
  verb->callback([options, &context] {
    context.action = [options, &context] {
      return with_api(context, options->api, [&](Api& api) { return submit_run(api, context, *options); });
    };
  });
}

}  // namespace open_cicd::cli
