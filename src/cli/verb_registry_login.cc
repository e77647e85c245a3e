#include "base/json.h"
#include "base/text.h"
#include "cli/api.h"
#include "cli/exit_code.h"
#include "cli/hidden_input.h"
#include "cli/output.h"
#include "cli/secret_input.h"
#include "cli/secret_target.h"
#include "cli/verbs.h"

#include <CLI/CLI.hpp>
#include <boost/json/object.hpp>

#include <iostream>
#include <unistd.h>

namespace open_cicd::cli {
namespace {

struct RegistryLoginOptions {
  ApiOptions api;
  std::string host, username, repository;
};

// As `docker login --password-stdin` has it, a line break at its end is none of it.
Result<Secret> read_password(const Context& context, const RegistryLoginOptions& options) {
  if (context.io.in_is_terminal)
    return read_hidden_line(
        STDIN_FILENO,
        fmt::format("Password of {} at {}: ", escape_for_line(options.username), escape_for_line(options.host)),
        context.io.err);
  const auto all = read_secret(std::cin, "Standard input");
  if (!all) return all;
  std::string_view password = all->reveal();
  if (password.ends_with('\n')) password.remove_suffix(1);
  if (password.ends_with('\r')) password.remove_suffix(1);
  return Secret(std::string(password));
}

Task<int> log_in(Api& api, const Context& context, const RegistryLoginOptions& options, const Secret& password) {
  const auto answer = co_await api.call(
      http::Method::put, registry_target(options.repository, options.host),
      json::serialize(boost::json::object{{"username", options.username}, {"password", password.reveal()}}));
  if (!answer) co_return print_error(context, answer.error());
  if (options.api.json)
    print_json(context, *answer);
  else
    context.io.out << "Login for " << options.host << " stored\n";
  co_return exit_fine;
}

}  // namespace

void add_registry_login(CLI::App& parent, Context& context) {
  CLI::App* verb = parent.add_subcommand(
      "login",
      "Store the login for a registry: its password is typed without being shown, or comes from standard input");
  auto options = std::make_shared<RegistryLoginOptions>();
  add_api_options(*verb, options->api);
  verb->add_option("host", options->host, "The registry, as names of images have it: ghcr.io, registry:5000, docker.io")
      ->required();
  verb->add_option("--username", options->username, "The user at the registry")->required();
  verb->add_option("--repository", options->repository,
                   "The repository's id or name; without it, images of all repositories are pulled with it");
  verb->callback([options, &context] {
    context.action = [options, &context] {
      context.json = options->api.json;
      const Result<Secret> password = checked_secret(read_password(context, *options), "password");
      if (!password) return print_error(context, password.error());
      return with_api(context, options->api, [&](Api& api) { return log_in(api, context, *options, *password); });
    };
  });
}

}  // namespace open_cicd::cli
