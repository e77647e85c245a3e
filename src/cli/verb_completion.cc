#include "cli/app.h"
#include "cli/exit_code.h"
#include "cli/verbs.h"

#include <CLI/CLI.hpp>

#include <ostream>

namespace open_cicd::cli {

void add_completion(CLI::App& root, Context& context) {
  CLI::App* verb =
      root.add_subcommand("completion", "Print a completion script, such as: source <(open-cicd completion bash)");
  auto shell = std::make_shared<std::string>();
  verb->add_option("shell", *shell, "The shell")->required()->check(CLI::IsMember({"bash", "zsh", "fish"}));
  verb->callback([shell, &root, &context] {
    context.action = [shell, &root, &context] {
      context.io.out << completion_script(root, *shell);
      return exit_fine;
    };
  });
}

}  // namespace open_cicd::cli
