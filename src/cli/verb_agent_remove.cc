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

struct AgentRemoveOptions {
  ApiOptions api;
  std::string id;
};

Task<int> remove_agent(Api& api, const Context& context, const AgentRemoveOptions& options) {
  const auto id = co_await find_agent(api, options.id);
  if (!id) co_return print_error(context, id.error());
  const auto answer = co_await api.call(http::Method::delete_, agent_target(*id));
  if (!answer) co_return print_error(context, answer.error());
  if (options.api.json)
    print_json(context, boost::json::object{{"id", *id}, {"state", "removed"}});
  else
    context.io.out << options.id << " removed\n";
  co_return exit_fine;
}

}  // namespace

void add_agent_remove(CLI::App& parent, Context& context) {
  CLI::App* verb = parent.add_subcommand("remove", "Remove an agent: its token is refused, its job is lost at once");
  auto options = std::make_shared<AgentRemoveOptions>();
  add_api_options(*verb, options->api);
  verb->add_option("id", options->id, "The agent's name or id, or 8 characters or more that the id begins or ends with")
      ->required();
  verb->callback([options, &context] {
    context.action = [options, &context] {
      return with_api(context, options->api, [&](Api& api) { return remove_agent(api, context, *options); });
    };
  });
}

}  // namespace open_cicd::cli
