#include "base/clock.h"
#include "base/json.h"
#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/pages.h"
#include "cli/run_view.h"
#include "cli/verbs.h"
#include "http/percent.h"

#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <fmt/format.h>

#include <ostream>

namespace open_cicd::cli {
namespace {

constexpr int run_page_max = 200;

struct RunListOptions {
  ApiOptions api;
  std::string state, branch, event, repository;
  int limit = 20;
  bool all = false;
};

Task<int> list_runs(Api& api, const Context& context, const RunListOptions& options) {
  std::string target = fmt::format("/api/v1/runs?limit={}", options.all ? run_page_max : options.limit);
  for (const auto& [name, value] : {std::pair("state", &options.state), std::pair("branch", &options.branch),
                                    std::pair("event", &options.event), std::pair("repository", &options.repository)})
    if (!value->empty()) target += fmt::format("&{}={}", name, http::percent_encode(*value));
  const auto document = co_await read_pages(api, std::move(target), "runs", options.all);
  if (!document) co_return print_error(context, document.error());
  if (options.api.json) {
    print_json(context, *document);
    co_return exit_fine;
  }
  const auto runs = json::read<std::vector<RunView>>(document->at("runs"), json::Unknown::ignore);
  if (!runs) co_return print_error(context, Error(ErrorKind::internal, "bad_response", runs.error().message()));
  const std::int64_t now = SystemClock().unix_ms();
  Table table({{"RUN", true},
               {"STATE", false, true},
               {"NAME", true},
               {"EVENT"},
               {"BRANCH", true},
               {"COMMIT"},
               {"BY", true},
               {"CREATED"},
               {"TIME"},
               {"ID"}});
  for (const RunView& run : *runs)
    table.add({run.repository ? fmt::format("{}#{}", *run.repository, run.number) : fmt::to_string(run.number),
               run.state, run.name, run.event.value_or(""), run.branch.value_or(""), run.sha.value_or("").substr(0, 7),
               asker_of(run), age_of(run.created_at.value_or(""), now),
               time_between(run.started_at, run.finished_at, now), run.id});
  table.print(context);
  if (document->at("next_cursor").is_string())
    context.io.err << "There are more: --all lists every one, --limit N more of them.\n";
  co_return exit_fine;
}

}  // namespace

void add_run_list(CLI::App& parent, Context& context) {
  CLI::App* verb = parent.add_subcommand("list", "List runs, newest first");
  auto options = std::make_shared<RunListOptions>();
  add_api_options(*verb, options->api);
  verb->add_option("--state", options->state, "Only runs in this state")
      ->check(CLI::IsMember({"pending", "queued", "running", "succeeded", "failed", "cancelled", "skipped"}));
  verb->add_option("--branch", options->branch, "Only runs of this branch");
  verb->add_option("--repository", options->repository, "Only runs of this repository: its full name or its id");
  verb->add_option("--event", options->event, "Only runs for this event");
  verb->add_option("--limit", options->limit, "How many [20]")->check(CLI::Range(1, run_page_max));
  verb->add_flag("--all", options->all, "Every run");
  verb->callback([options, &context] {
    context.action = [options, &context] {
      return with_api(context, options->api, [&](Api& api) { return list_runs(api, context, *options); });
    };
  });
}

}  // namespace open_cicd::cli
