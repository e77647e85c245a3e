#include "cli/api.h"
#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/secret_target.h"
#include "cli/verbs.h"

#include <CLI/CLI.hpp>
#include <boost/json/object.hpp>

#include <ostream>

namespace open_cicd::cli {
namespace {

struct RegistryLogoutOptions {
  ApiOptions api;
  std::string host, repository;
};

Task<int> log_out(Api& api, const Context& context, const RegistryLogoutOptions& options) {
  const auto answer = co_await api.call(http::Method::delete_, registry_target(options.repository, options.host));
  if (!answer) co_return print_error(context, answer.error());
  if (options.api.json)
    print_json(context, boost::json::object{{"host", options.host}, {"state", "removed"}});
  else
    context.io.out << "Login for " << options.host << " removed\n";
  co_return exit_fine;
}

}  // namespace

void add_registry_logout(CLI::App& parent, Context& context) {
  CLI::App* verb =
      parent.add_subcommand("logout", "Remove the login for a registry: its private images are pulled no more");
  auto options = std::make_shared<RegistryLogoutOptions>();
  add_api_options(*verb, options->api);
  verb->add_option("host", options->host, "The registry")->required();
  verb->add_option("--repository", options->repository,
                   "The repository's id or name; without it, a login of the server");
  verb->callback([options, &context] {
    context.action = [options, &context] {
      return with_api(context, options->api, [&](Api& api) { return log_out(api, context, *options); });
    };
  });
}

}  // namespace open_cicd::cli
