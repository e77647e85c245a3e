// Walks the tree of verbs for the reference page and the completion scripts. CLI11 keeps option groups as verbs without
// a name.
#pragma once

#include <CLI/CLI.hpp>

#include <vector>

namespace open_cicd::cli {

inline std::vector<const CLI::App*> verbs_of(const CLI::App& app) {
  return app.get_subcommands(
      [](const CLI::App* verb) { return !verb->get_name().empty() && !verb->get_group().empty(); });
}

// Without the hidden ones and --help.
inline std::vector<const CLI::Option*> options_of(const CLI::App& app) {
  std::vector<const CLI::Option*> options = app.get_options(
      [](const CLI::Option* option) { return !option->get_group().empty() && !option->check_lname("help"); });
  for (const CLI::App* group : app.get_subcommands([](const CLI::App* verb) { return verb->get_name().empty(); }))
    for (const CLI::Option* option : options_of(*group)) options.push_back(option);
  return options;
}

}  // namespace open_cicd::cli
