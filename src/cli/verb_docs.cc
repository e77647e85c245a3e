#include "cli/app.h"
#include "cli/exit_code.h"
#include "cli/verbs.h"

#include <CLI/CLI.hpp>

#include <ostream>

namespace open_cicd::cli {

// Hidden: makes docs/reference/cli.md, which a test compares.
void add_docs(CLI::App& root, Context& context) {
  CLI::App* verb = root.add_subcommand("docs", "Print a page of docs/reference")->group("");
  auto page = std::make_shared<std::string>();
  verb->add_option("page", *page, "Which page")->required()->check(CLI::IsMember({"cli"}));
  verb->callback([page, &root, &context] {  // `page` lives as long as the option
    context.action = [&root, &context] {
      context.io.out << reference_page(root);
      return exit_fine;
    };
  });
}

}  // namespace open_cicd::cli
