#include "base/clock.h"
#include "base/json.h"
#include "cli/api.h"
#include "cli/exit_code.h"
#include "cli/job_view.h"
#include "cli/output.h"
#include "cli/pages.h"
#include "cli/verbs.h"
#include "http/percent.h"

#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <fmt/format.h>

namespace open_cicd::cli {
namespace {

constexpr int page_max = 200;

struct JobListOptions {
  ApiOptions api;
  std::string state;
  std::string runs_on;
  std::string agent;
  int limit = 20;
  bool all = false;
};

std::string duration_of(const JobView& job, std::int64_t now) {
  const auto started = parse_rfc3339_ms(job.started_at.value_or(""));
  if (!started) return "";
  const auto finished = parse_rfc3339_ms(job.finished_at.value_or(""));
  return short_duration(std::max<std::int64_t>(0, finished.value_or(now) - *started));
}

Task<int> list_jobs(Api& api, const Context& context, const JobListOptions& options) {
  std::string target = fmt::format("/api/v1/jobs?limit={}", options.all ? page_max : options.limit);
  if (!options.state.empty()) target += "&state=" + http::percent_encode(options.state);
  if (!options.runs_on.empty()) target += "&runs_on=" + http::percent_encode(options.runs_on);
  if (!options.agent.empty()) target += "&agent=" + http::percent_encode(options.agent);
  const auto document = co_await read_pages(api, std::move(target), "jobs", options.all);
  if (!document) co_return print_error(context, document.error());
  if (options.api.json) {
    print_json(context, *document);
    co_return exit_fine;
  }
  const auto jobs = json::read<std::vector<JobView>>(document->at("jobs"), json::Unknown::ignore);
  if (!jobs) co_return print_error(context, Error(ErrorKind::internal, "bad_response", jobs.error().message()));
  const std::int64_t now = SystemClock().unix_ms();
  Table table({{"ID"}, {"STATE", false, true}, {"NAME", true}, {"CREATED"}, {"TIME"}});
  for (const JobView& job : *jobs)
    table.add({job.id, job.state, job.name, age_of(job.created_at.value_or(""), now), duration_of(job, now)});
  table.print(context);
  if (document->at("next_cursor").is_string())
    context.io.err << "There are more: --all lists every one, --limit N more of them.\n";
  co_return exit_fine;
}

}  // namespace

void add_job_list(CLI::App& parent, Context& context) {
  CLI::App* verb = parent.add_subcommand("list", "List jobs, newest first");
  auto options = std::make_shared<JobListOptions>();
  add_api_options(*verb, options->api);
  verb->add_option("--state", options->state, "Only jobs in this state")
      ->check(CLI::IsMember({"blocked", "queued", "assigned", "running", "cancelling", "succeeded", "failed",
                             "cancelled", "timed_out", "lost", "skipped"}));
  verb->add_option("--runs-on", options->runs_on, "Only jobs that ask for this label");
  verb->add_option("--agent", options->agent, "Only jobs that this agent took: its name or its id");
  verb->add_option("--limit", options->limit, "How many [20]")->check(CLI::Range(1, page_max));
  verb->add_flag("--all", options->all, "Every job");
  verb->callback([options, &context] {
    context.action = [options, &context] {
      return with_api(context, options->api, [&](Api& api) { return list_jobs(api, context, *options); });
    };
  });
}

}  // namespace open_cicd::cli
