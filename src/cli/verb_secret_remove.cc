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

struct SecretRemoveOptions {
  ApiOptions api;
  std::string name, repository;
};

Task<int> remove_secret(Api& api, const Context& context, const SecretRemoveOptions& options) {
  const auto answer = co_await api.call(http::Method::delete_, secret_target(options.repository, options.name));
  if (!answer) co_return print_error(context, answer.error());
  if (options.api.json)
    print_json(context, boost::json::object{{"name", options.name}, {"state", "removed"}});
  else
    context.io.out << options.name << " removed\n";
  co_return exit_fine;
}

}  // namespace

void add_secret_remove(CLI::App& parent, Context& context) {
  CLI::App* verb = parent.add_subcommand("remove", "Remove a secret: jobs that ask for it fail from now on");
  auto options = std::make_shared<SecretRemoveOptions>();
  add_api_options(*verb, options->api);
  verb->add_option("name", options->name, "The secret's name")->required();
  verb->add_option("--repository", options->repository, "The repository's id; without it, a secret of the server");
  verb->callback([options, &context] {
    context.action = [options, &context] {
      return with_api(context, options->api, [&](Api& api) { return remove_secret(api, context, *options); });
    };
  });
}

}  // namespace open_cicd::cli
