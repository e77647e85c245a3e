// docs/reference/cli.md from the tree of verbs.
#include "cli/app.h"
#include "cli/exit_code.h"
#include "cli/verb_tree.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace open_cicd::cli {
namespace {

constexpr std::string_view head = R"(# The command line

Made by `open-cicd docs cli`; a test keeps it equal to the program.

Results and log bytes go to standard output, everything said about them to standard error. `--json` prints one JSON document instead of text.
Colours appear on a terminal only, and never when `NO_COLOR` is set. On a terminal, control sequences in logs are dropped, but for colours;
into a file or a pipe, logs go byte for byte.

| variable | meaning |
|---|---|
| `OPEN_CICD_SERVER` | the server's URL, as `--server` |
| `OPEN_CICD_TOKEN` | the token; without it and `--token-file`, `data/admin.token` is read when the server is on this machine |
| `OPEN_CICD_CA_FILE` | certificates that an https server's is checked against, as `--ca-file` |
| `OPEN_CICD_ALLOW_INSECURE_HTTP` | `true`: as `--allow-insecure-http` |

)";

std::string escaped(std::string text) {
  for (std::size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2) text.insert(at, "\\");
  return text;
}

std::string usage_of(const CLI::App& verb, const std::string& path) {
  std::string usage = path;
  bool has_options = false;
  for (const CLI::Option* option : options_of(verb)) {
    if (option->get_positional())
      usage += fmt::format(" {}", option->get_name(true));
    else if (option->get_required())
      usage += fmt::format(" {} …", option->get_name(false));
    else
      has_options = true;
  }
  return has_options ? usage + " [options]" : usage;
}

// Options that are settings of the server end with their variable.
bool is_setting(const CLI::Option& option) {
  return option.get_description().contains("(OPEN_CICD_");
}

void add_verb(std::string& page, const CLI::App& verb, const std::string& path) {
  page += fmt::format("\n## `{}`\n\n{}.\n\n", usage_of(verb, path), verb.get_description());
  std::string rows;
  bool takes_settings = false;
  for (const CLI::Option* option : options_of(verb)) {
    takes_settings = takes_settings || is_setting(*option);
    if (is_setting(*option)) continue;
    rows += fmt::format("| `{}` | {} |\n", option->get_name(option->get_positional(), true),
                        escaped(option->get_description()));
  }
  if (!rows.empty()) page += "| option | meaning |\n|---|---|\n" + rows;
  if (takes_settings)
    page += fmt::format(
        "{}Takes `--config FILE` and every setting of [the configuration](configuration.md) as an option.\n",
        rows.empty() ? "" : "\n");
}

void add_verbs(std::string& page, const CLI::App& app, const std::string& path) {
  for (const CLI::App* verb : verbs_of(app)) {
    const std::string name = path + " " + verb->get_name();
    if (verbs_of(*verb).empty())
      add_verb(page, *verb, name);
    else
      add_verbs(page, *verb, name);
  }
}

}  // namespace

std::string reference_page(const CLI::App& root) {
  std::string page(head);
  page += "| exit code | meaning |\n|---|---|\n";
  for (const ExitCode& row : exit_codes) {
    const std::string code = row.code == 255 ? "other" : fmt::to_string(row.code);
    page += fmt::format("| {} | {} |\n", code, row.meaning);
  }
  add_verbs(page, root, root.get_name());
  return page;
}

}  // namespace open_cicd::cli
