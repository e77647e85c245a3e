#include "base/json.h"
#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/pick.h"
#include "cli/run_view.h"
#include "cli/verbs.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <map>
#include <ostream>

namespace open_cicd::cli {
namespace {

constexpr std::chrono::milliseconds look_again{500};

struct RunWatchOptions {
  ApiOptions api;
  std::string id;
};

// A line for each job whose state is another than before.
void print_changes(const Context& context, const RunView& run, std::map<std::string, std::string>& seen) {
  const bool colours = context.colours(context.io.out_is_terminal);
  for (const RunJobView& job : run.jobs.value_or(std::vector<RunJobView>())) {
    std::string& before = seen[job.key];
    if (before == job.state || (before.empty() && job.state == "blocked")) continue;
    before = job.state;
    context.io.out << fmt::format("{} {}\n", job.key, paint(job.state, colour_of_state(job.state), colours));
  }
  context.io.out.flush();
}

Task<int> watch_run(Api& api, const Context& context, const RunWatchOptions& options) {
  const auto id = co_await find_run(api, options.id);
  if (!id) co_return print_error(context, id.error());
  std::map<std::string, std::string> seen;
  asio::steady_timer timer(co_await asio::this_coro::executor);
  for (;;) {
    const auto document = co_await api.call(http::Method::get, run_target(*id));
    if (!document) co_return print_error(context, document.error());
    const auto run = read_run(*document);
    if (!run) co_return print_error(context, run.error());
    if (!options.api.json) print_changes(context, *run, seen);
    if (has_ended(*run)) {
      if (options.api.json)
        print_json(context, *document);
      else
        context.io.out << fmt::format("run {} {}{}\n", run->number, run->state,
                                      run->warnings.value_or(false) ? " with warnings" : "");
      co_return exit_code_of_run(*run);
    }
    timer.expires_after(look_again);
    co_await timer.async_wait(asio::use_awaitable);
  }
}

}  // namespace

void add_run_watch(CLI::App& parent, Context& context) {
  CLI::App* verb = parent.add_subcommand(
      "watch", "Follow a run to its end: a line for each job that changes; the exit code is that of the run");
  auto options = std::make_shared<RunWatchOptions>();
  add_api_options(*verb, options->api);
  verb->add_option("id", options->id, "The run's number or id, or the first 8 characters of the id")->required();
  verb->callback([options, &context] {
    context.action = [options, &context] {
      return with_api(context, options->api, [&](Api& api) { return watch_run(api, context, *options); });
    };
  });
}

}  // namespace open_cicd::cli
