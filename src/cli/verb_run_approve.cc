#include "base/json.h"
#include "base/text.h"
#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/pick.h"
#include "cli/run_view.h"
#include "cli/verbs.h"

#include <CLI/CLI.hpp>
#include <boost/json/object.hpp>

namespace open_cicd::cli {
namespace {

struct RunApproveOptions {
  ApiOptions api;
  std::string id;
};

struct PlanDigest {
  std::string digest;
};
BOOST_DESCRIBE_STRUCT(PlanDigest, (), (digest))

// For the plan that the server shows now, and no other.
Task<int> approve_run(Api& api, const Context& context, const RunApproveOptions& options) {
  const auto id = co_await find_run(api, options.id);
  if (!id) co_return print_error(context, id.error());
  const auto plan = co_await api.call(http::Method::get, run_target(*id, "/plan"));
  if (!plan) co_return print_error(context, plan.error());
  const auto digest = json::read<PlanDigest>(*plan, json::Unknown::ignore);
  if (!digest) co_return print_error(context, Error(ErrorKind::internal, "bad_response", digest.error().message()));
  const auto answer = co_await api.call(http::Method::post, run_target(*id, "/approve"),
                                        json::serialize(boost::json::object{{"plan_digest", digest->digest}}));
  if (!answer) co_return print_error(context, answer.error());
  if (options.api.json)
    print_json(context, *answer);
  else
    context.io.out << *id << " is approved, for its commit and its plan\n";
  co_return exit_fine;
}

}  // namespace

void add_run_approve(CLI::App& parent, Context& context) {
  CLI::App* verb =
      parent.add_subcommand("approve", "Let a run begin that waits for an approval; look at its plan first");
  auto options = std::make_shared<RunApproveOptions>();
  add_api_options(*verb, options->api);
  verb->add_option("id", options->id, "The run's number or id, or 8 characters or more that the id begins or ends with")
      ->required();
  verb->callback([options, &context] {
    context.action = [options, &context] {
      return with_api(context, options->api, [&](Api& api) { return approve_run(api, context, *options); });
    };
  });
}

}  // namespace open_cicd::cli
