// The server's settings as options of a verb: one flag for each, `--config FILE`, and the environment behind them.
#pragma once

#include "base/settings.h"
#include "cli/context.h"

#include <cstdint>
#include <memory>

namespace CLI {
class App;
}

namespace open_cicd::cli {

enum class Shown : std::uint8_t { all, everyday };  // what --help lists; every setting is taken all the same

// Adds the options; what was given is in the result once the command line is parsed.
std::shared_ptr<SettingSources> add_server_settings(CLI::App& verb, Shown shown = Shown::all);

// Loads them, or prints every mistake to `context.io.err` and returns nothing.
std::optional<Settings> load_server_settings(Context& context, SettingSources sources);

}  // namespace open_cicd::cli
