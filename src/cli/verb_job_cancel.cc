#include "cli/api.h"
#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/pick.h"
#include "cli/verbs.h"

#include <CLI/CLI.hpp>
#include <boost/json/object.hpp>

#include <ostream>

namespace open_cicd::cli {
namespace {

struct JobCancelOptions {
  ApiOptions api;
  std::string id;
};

Task<int> cancel_job(Api& api, const Context& context, const JobCancelOptions& options) {
  const auto id = co_await find_job(api, options.id);
  if (!id) co_return print_error(context, id.error());
  const auto answer = co_await api.call(http::Method::put, job_target(*id, "/status"), R"({"status":"cancelled"})");
  if (!answer) co_return print_error(context, answer.error());
  const boost::json::object* object = answer->if_object();
  const boost::json::value* state = object == nullptr ? nullptr : object->if_contains("state");
  if (options.api.json)
    print_json(context, *answer);
  else
    context.io.out << *id << " "
                   << (state != nullptr && state->is_string() ? state->get_string().c_str() : "cancelling") << "\n";
  co_return exit_fine;
}

}  // namespace

void add_job_cancel(CLI::App& parent, Context& context) {
  CLI::App* verb = parent.add_subcommand("cancel", "Cancel a job");
  auto options = std::make_shared<JobCancelOptions>();
  add_api_options(*verb, options->api);
  verb->add_option("id", options->id, "The job's id, or 8 characters or more that it begins or ends with")->required();
  verb->callback([options, &context] {
    context.action = [options, &context] {
      return with_api(context, options->api, [&](Api& api) { return cancel_job(api, context, *options); });
    };
  });
}

}  // namespace open_cicd::cli
