#include "base/readable_json.h"
#include "cli/app.h"
#include "cli/exit_code.h"
#include "cli/verbs.h"
#include "server/settings.h"
#include "workflows/schema.h"

#include <CLI/CLI.hpp>

#include <ostream>

namespace open_cicd::cli {
namespace {

std::string configuration_page() {
  return "# Configuration of the server\n\n"
         "Each setting is a flag of `open-cicd server` and `open-cicd up`, an environment variable, and a key of the "
         "YAML file given with\n"
         "`--config`; the first of these that is given wins. `open-cicd config` prints what is in effect and where it "
         "comes from. This page is\n"
         "made by `open-cicd docs configuration`.\n\n" +
         settings_reference(server::declared_settings());
}

std::string made_page(const std::string& page, const CLI::App& root) {
  if (page == "cli") return reference_page(root);
  if (page == "pipeline") return workflows::reference_page();
  if (page == "pipeline-schema") return json::readable(workflows::json_schema());
  return configuration_page();
}

}  // namespace

// Hidden: makes the pages of docs/reference that come from the program itself; tests compare them.
void add_docs(CLI::App& root, Context& context) {
  CLI::App* verb = root.add_subcommand("docs", "Print a page of docs/reference")->group("");
  auto page = std::make_shared<std::string>();
  verb->add_option("page", *page, "Which page")
      ->required()
      ->check(CLI::IsMember({"cli", "configuration", "pipeline", "pipeline-schema"}));
  verb->callback([page, &root, &context] {
    context.action = [page, &root, &context] {
      context.io.out << made_page(*page, root);
      return exit_fine;
    };
  });
}

}  // namespace open_cicd::cli
