// The server's settings as options of a verb: one flag for each, `--config FILE`, and the environment behind them.
#pragma once

#include "base/settings.h"
#include "cli/context.h"
#include "server/settings.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

namespace CLI {
class App;
}

namespace open_cicd::cli {

enum class Shown : std::uint8_t { all, everyday };  // what --help lists; every setting is taken all the same

// Adds the options; what was given is in the result once the command line is parsed.
std::shared_ptr<SettingSources> add_server_settings(CLI::App& verb, Shown shown = Shown::all);

// Sets the verb's action: `verb` on the loaded settings.
void on_server_settings(CLI::App& app, Context& context, std::function<int(Context&, const Settings&)> verb,
                        Shown shown = Shown::all);
// Of verbs that do not take it with ApiOptions; errors are JSON then too.
void add_json_flag(CLI::App& verb, Context& context);
// The settings name a folder in which no server was: most likely the wrong one.
std::optional<Error> missing_database(const server::ServerConfig& config);

// Loads them, or prints every mistake to `context.io.err` and returns nothing.
std::optional<Settings> load_server_settings(Context& context, SettingSources sources);

}  // namespace open_cicd::cli
