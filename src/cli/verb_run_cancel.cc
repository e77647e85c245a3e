#include "base/json.h"
#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/pick.h"
#include "cli/run_view.h"
#include "cli/verbs.h"

#include <CLI/CLI.hpp>
#include <boost/json/object.hpp>

#include <ostream>

namespace open_cicd::cli {
namespace {

struct RunCancelOptions {
  ApiOptions api;
  std::string id;
};

Task<int> cancel_run(Api& api, const Context& context, const RunCancelOptions& options) {
  const auto id = co_await find_run(api, options.id);
  if (!id) co_return print_error(context, id.error());
  const auto answer = co_await api.call(http::Method::post, run_target(*id, "/cancel"));
  if (!answer) co_return print_error(context, answer.error());
  if (options.api.json) {
    print_json(context, *answer);
    co_return exit_fine;
  }
  const boost::json::object* object = answer->if_object();
  const boost::json::value* state = object == nullptr ? nullptr : object->if_contains("state");
  const bool ended = state != nullptr && *state == "cancelled";
  context.io.out << *id << (ended ? " cancelled" : " is being cancelled; a second cancel ends its clean-up jobs, too")
                 << "\n";
  co_return exit_fine;
}

}  // namespace

void add_run_cancel(CLI::App& parent, Context& context) {
  CLI::App* verb = parent.add_subcommand("cancel", "Cancel a run; a second time, its clean-up jobs as well");
  auto options = std::make_shared<RunCancelOptions>();
  add_api_options(*verb, options->api);
  verb->add_option("id", options->id, "The run's number or id, or 8 characters or more that the id begins or ends with")
      ->required();
  verb->callback([options, &context] {
    context.action = [options, &context] {
      return with_api(context, options->api, [&](Api& api) { return cancel_run(api, context, *options); });
    };
  });
}

}  // namespace open_cicd::cli
