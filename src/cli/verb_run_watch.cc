#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/pick.h"
#include "cli/run_follow.h"
#include "cli/run_view.h"
#include "cli/verbs.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <ostream>

namespace open_cicd::cli {
namespace {

struct RunWatchOptions {
  ApiOptions api;
  std::string id;
  bool plain = false;
};

Task<int> watch_run(Api& api, const Context& context, const RunWatchOptions& options) {
  const auto id = co_await find_run(api, options.id);
  if (!id) co_return print_error(context, id.error());
  RunFollower follower(api, context, {.run_id = *id, .live = !options.plain && can_be_live(context)});
  const auto end = co_await follower.run();
  if (!end) co_return print_error(context, end.error());
  if (!*end) co_return exit_cancelled;
  context.io.out << "\n";
  print_jobs(context, **end, JobIds::shown);
  context.io.out << fmt::format("run {} {}\n", (*end)->number, state_of(**end));
  co_return exit_code_of_run(**end);
}

}  // namespace

void add_run_watch(CLI::App& parent, Context& context) {
  CLI::App* verb = parent.add_subcommand("watch",
                                         "Follow a run to its end: its jobs on a terminal, else their logs, line by "
                                         "line; the exit code is that of the run");
  auto options = std::make_shared<RunWatchOptions>();
  add_api_options(*verb, options->api);
  verb->add_option("id", options->id, "The run's number or id, or 8 characters or more that the id begins or ends with")
      ->required();
  add_plain(*verb, options->plain);
  verb->callback([options, &context] {
    context.action = [options, &context] {
      return with_api(context, options->api, [&](Api& api) { return watch_run(api, context, *options); });
    };
  });
}

}  // namespace open_cicd::cli
