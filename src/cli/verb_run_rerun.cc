#include "base/json.h"
#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/pick.h"
#include "cli/run_view.h"
#include "cli/verbs.h"

#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <ostream>

namespace open_cicd::cli {
namespace {

struct RunRerunOptions {
  ApiOptions api;
  std::string id;
  std::vector<std::string> jobs;
  bool failed = false;
};

std::string body_of(const RunRerunOptions& options) {
  boost::json::value jobs = options.failed ? "failed" : "all";
  if (!options.jobs.empty()) jobs = boost::json::array(options.jobs.begin(), options.jobs.end());
  return boost::json::serialize(boost::json::object{{"jobs", std::move(jobs)}});
}

Task<int> rerun(Api& api, const Context& context, const RunRerunOptions& options) {
  const auto id = co_await find_run(api, options.id);
  if (!id) co_return print_error(context, id.error());
  const auto answer = co_await api.call(http::Method::post, run_target(*id, "/rerun"), body_of(options));
  if (!answer) co_return print_error(context, answer.error());
  if (options.api.json) {
    print_json(context, *answer);
    co_return exit_fine;
  }
  const auto number = [&](std::string_view name) {
    const boost::json::object* object = answer->if_object();
    const boost::json::value* value = object == nullptr ? nullptr : object->if_contains(name);
    return value != nullptr && value->is_int64() ? value->get_int64() : 0;
  };
  context.io.out << fmt::format("{} round {}: {} job{}\n", *id, number("round"), number("jobs"),
                                number("jobs") == 1 ? "" : "s");
  co_return exit_fine;
}

}  // namespace

void add_run_rerun(CLI::App& parent, Context& context) {
  CLI::App* verb = parent.add_subcommand("rerun", "Run jobs of a run again, with whatever depends on them");
  auto options = std::make_shared<RunRerunOptions>();
  add_api_options(*verb, options->api);
  verb->add_option("id", options->id, "The run's number or id, or 8 characters or more that the id begins or ends with")
      ->required();
  CLI::Option* jobs = verb->add_option("jobs", options->jobs, "Keys of jobs; without one: all jobs");
  verb->add_flag("--failed", options->failed, "Those that failed, timed out, were lost or cancelled")->excludes(jobs);
  verb->callback([options, &context] {
    context.action = [options, &context] {
      return with_api(context, options->api, [&](Api& api) { return rerun(api, context, *options); });
    };
  });
}

}  // namespace open_cicd::cli
