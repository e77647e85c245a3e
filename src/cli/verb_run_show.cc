#include "base/json.h"
#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/pick.h"
#include "cli/run_view.h"
#include "cli/verbs.h"

#include <CLI/CLI.hpp>

namespace open_cicd::cli {
namespace {

struct RunShowOptions {
  ApiOptions api;
  std::string id;
  int round = 0;
};

Task<int> show_run(Api& api, const Context& context, const RunShowOptions& options) {
  const auto id = co_await find_run(api, options.id);
  if (!id) co_return print_error(context, id.error());
  const std::string rest = options.round > 0 ? "?round=" + std::to_string(options.round) : "";
  const auto document = co_await api.call(http::Method::get, run_target(*id, rest));
  if (!document) co_return print_error(context, document.error());
  if (options.api.json) {
    print_json(context, *document);
    co_return exit_fine;
  }
  const auto run = read_run(*document);
  if (!run) co_return print_error(context, run.error());
  print_run(context, *run);
  co_return exit_fine;
}

}  // namespace

void add_run_show(CLI::App& parent, Context& context) {
  CLI::App* verb = parent.add_subcommand("show", "Show one run: its jobs, and why each that did not run did not");
  auto options = std::make_shared<RunShowOptions>();
  add_api_options(*verb, options->api);
  verb->add_option("id", options->id, "The run's number or id, or 8 characters or more that the id begins or ends with")
      ->required();
  verb->add_option("--round", options->round, "As it stood in that round")->check(CLI::PositiveNumber);
  verb->callback([options, &context] {
    context.action = [options, &context] {
      return with_api(context, options->api, [&](Api& api) { return show_run(api, context, *options); });
    };
  });
}

}  // namespace open_cicd::cli
