// The tree of verbs, for running, documenting and completing it.
#pragma once

#include "cli/context.h"

#include <memory>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace open_cicd::cli {

// `context` must outlive the app.
std::unique_ptr<CLI::App> build_app(Context& context);

// cli::run() with everything given, for tests. `arguments` are without the program's name.
int run_with(Context& context, std::vector<std::string> arguments);

// docs/reference/cli.md and the completion scripts, from the same tree.
std::string reference_page(const CLI::App& root);
std::string completion_script(const CLI::App& root, const std::string& shell);  // bash, zsh, fish

}  // namespace open_cicd::cli
