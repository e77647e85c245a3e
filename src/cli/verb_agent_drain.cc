#include "cli/api.h"
#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/pick.h"
#include "cli/verbs.h"

#include <CLI/CLI.hpp>

#include <ostream>

namespace open_cicd::cli {
namespace {

struct AgentDrainOptions {
  ApiOptions api;
  std::string id;
  bool undo = false;
};

Task<int> drain_agent(Api& api, const Context& context, const AgentDrainOptions& options) {
  const auto id = co_await find_agent(api, options.id);
  if (!id) co_return print_error(context, id.error());
  const auto answer = co_await api.call(http::Method::post, agent_target(*id, "/drain"),
                                        options.undo ? R"({"drain":false})" : R"({"drain":true})");
  if (!answer) co_return print_error(context, answer.error());
  if (options.api.json)
    print_json(context, *answer);
  else
    context.io.out << options.id << (options.undo ? " takes jobs again\n" : " finishes its job and takes no other\n");
  co_return exit_fine;
}

}  // namespace

void add_agent_drain(CLI::App& parent, Context& context) {
  CLI::App* verb = parent.add_subcommand("drain", "Let an agent finish its job and take no other");
  auto options = std::make_shared<AgentDrainOptions>();
  add_api_options(*verb, options->api);
  verb->add_option("id", options->id, "The agent's name or id, or 8 characters or more that the id begins or ends with")
      ->required();
  verb->add_flag("--undo", options->undo, "Let it take jobs again");
  verb->callback([options, &context] {
    context.action = [options, &context] {
      return with_api(context, options->api, [&](Api& api) { return drain_agent(api, context, *options); });
    };
  });
}

}  // namespace open_cicd::cli
