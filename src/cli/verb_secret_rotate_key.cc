// What an operator does on the server's machine.
#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/server_settings.h"
#include "cli/verbs.h"
#include "secrets/keys.h"
#include "server/server.h"

#include <CLI/CLI.hpp>
#include <boost/json/object.hpp>

#include <cstdlib>
#include <ostream>

namespace open_cicd::cli {
namespace {

int rotate_key(Context& context, const Settings& settings) {
  const Result<server::ServerConfig> config = server::make_config(settings);
  if (!config) return print_error(context, config.error());
  if (std::getenv(server::secret_keys_variable) != nullptr)
    return print_error(
        context, Error(ErrorKind::invalid, "keys_in_environment",
                       fmt::format("The keys are in {}: put a new one before them there. `openssl rand -hex 32` makes "
                                   "one.",
                                   server::secret_keys_variable)));
  if (const auto missing = missing_database(*config)) return print_error(context, *missing);
  const Result<secrets::Keys> keys = secrets::Keys::add_new(config->key_file);
  if (!keys) return print_error(context, keys.error());
  if (context.json) {
    print_json(context, boost::json::object{{"key_file", config->key_file.string()}, {"keys", keys->size()}});
    return exit_fine;
  }
  context.io.err << fmt::format(
      "{} begins with a new key. Restart the server: it then seals with it, and seals anew what is there.\n",
      config->key_file.string());
  return exit_fine;
}

}  // namespace

void add_secret_rotate_key(CLI::App& parent, Context& context) {
  CLI::App* verb = parent.add_subcommand(
      "rotate-key", "Make a new key that seals secrets, on the server's machine; it counts from the next start on");
  add_json_flag(*verb, context);
  on_server_settings(*verb, context, rotate_key, Shown::everyday);
}

}  // namespace open_cicd::cli
