// The server's settings as options of a verb: one flag for each, `--config FILE`, and the environment behind them.
#pragma once

#include "base/settings.h"
#include "cli/context.h"

#include <memory>

namespace CLI {
class App;
}

namespace open_cicd::cli {

// Adds the options; what was given is in the result once the command line is parsed. The flags of rarely used settings
// are hidden behind
// --help-all.
std::shared_ptr<SettingSources> add_server_settings(CLI::App& verb);

// Loads them, or prints every mistake to `context.io.err` and returns nothing.
std::optional<Settings> load_server_settings(Context& context, SettingSources sources);

}  // namespace open_cicd::cli
