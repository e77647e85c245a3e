// `server`, `migrate`, `config` and `token reset`: what an operator does on the server's machine.
#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/server_settings.h"
#include "cli/verbs.h"
#include "secrets/keys.h"
#include "server/server.h"

#include <CLI/CLI.hpp>
#include <boost/json/object.hpp>

#include <ostream>

namespace open_cicd::cli {
namespace {

int migrate(Context& context, const Settings& settings) {
  const Result<server::ServerConfig> config = server::make_config(settings);
  if (!config) return print_error(context, config.error());
  const Result<int> done = server::migrate_database(*config);
  if (!done) return print_error(context, done.error());
  if (context.json) {
    print_json(context, boost::json::object{{"migrations_run", *done}});
    return exit_fine;
  }
  context.io.err << (*done == 0 ? "The database is up to date.\n"
                                : fmt::format("{} migration{} ran; the database is up to date.\n", *done,
                                              *done == 1 ? "" : "s"));
  return exit_fine;
}

int show_config(Context& context, const Settings& settings) {
  if (const auto config = server::make_config(settings); !config) return print_error(context, config.error());
  for (const std::string& warning : settings.warnings()) context.io.err << "open-cicd: " << warning << "\n";
  boost::json::object all;
  for (const EffectiveSetting& setting : settings.effective()) {
    if (context.json)
      all[setting.name] = boost::json::object{{"value", setting.value}, {"source", setting.source}};
    else
      context.io.out << fmt::format("{}: {}  # {}\n", setting.name, setting.value.empty() ? "\"\"" : setting.value,
                                    setting.source);
  }
  if (context.json) print_json(context, all);
  return exit_fine;
}

int reset_token(Context& context, const Settings& settings, auth::TokenKind kind) {
  const Result<server::ServerConfig> config = server::make_config(settings);
  if (!config) return print_error(context, config.error());
  if (const auto missing = missing_database(*config)) return print_error(context, *missing);
  const auto file = server::reset_token(*config, kind);
  if (!file) return print_error(context, file.error());
  if (context.json) {
    print_json(context, boost::json::object{{"kind", name_of(kind)}, {"token_file", file->string()}});
    return exit_fine;
  }
  context.io.err << fmt::format("The new {} token is in {}; older ones are refused from now on.\n", name_of(kind),
                                file->string());
  return exit_fine;
}

// There is one thread yet, so the keys can be taken out of the environment.
int serve(Context& context, const Settings& settings) {
  std::optional<Result<secrets::Keys>> keys = secrets::Keys::take_from_environment(server::secret_keys_variable);
  if (keys && !*keys) return print_error(context, keys->error());
  return server::run_server(settings, keys ? std::optional(std::move(**keys)) : std::nullopt);
}

}  // namespace

void add_server(CLI::App& root, Context& context) {
  CLI::App* verb = root.add_subcommand("server", "Run the control plane");
  on_server_settings(*verb, context, serve);
}

void add_migrate(CLI::App& root, Context& context) {
  CLI::App* verb =
      root.add_subcommand("migrate", "Bring the database up to date (the server does so itself at its start)");
  add_json_flag(*verb, context);
  on_server_settings(*verb, context, migrate);
}

void add_config(CLI::App& root, Context& context) {
  CLI::App* verb =
      root.add_subcommand("config", "Print the effective settings and where each comes from; secrets are masked");
  add_json_flag(*verb, context);
  on_server_settings(*verb, context, show_config);
}

void add_token(CLI::App& root, Context& context) {
  CLI::App* token = root.add_subcommand("token", "Tokens of this server");
  token->require_subcommand(1);
  CLI::App* reset =
      token->add_subcommand("reset", "Revoke and replace the admin or registration token; the server may be running");
  auto registration = std::make_shared<bool>(false);
  CLI::Option_group* kind = reset->add_option_group("kind");
  kind->add_flag_callback("--admin", [] {}, "The admin token");
  kind->add_flag("--registration", *registration, "The token that registers agents");
  kind->require_option(1);
  add_json_flag(*reset, context);
  on_server_settings(*reset, context, [registration](Context& c, const Settings& settings) {
    return reset_token(c, settings, *registration ? auth::TokenKind::registration : auth::TokenKind::admin);
  });
}

}  // namespace open_cicd::cli
