#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/verbs.h"
#include "protocol/messages.h"

#include <CLI/CLI.hpp>
#include <boost/json/object.hpp>

#include <ostream>

namespace open_cicd::cli {

void add_version(CLI::App& root, Context& context) {
  CLI::App* verb = root.add_subcommand("version", "Print the version");
  auto as_json = std::make_shared<bool>(false);
  verb->add_flag("--json", *as_json, "Print one JSON document instead of text");
  verb->callback([as_json, &context] {
    context.action = [as_json, &context] {
      if (*as_json)
        print_json(context, boost::json::object{{"version", protocol::version}});
      else
        context.io.out << "open-cicd " << protocol::version << "\n";
      return exit_fine;
    };
  });
}

}  // namespace open_cicd::cli
