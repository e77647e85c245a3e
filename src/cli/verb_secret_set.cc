#include "base/json.h"
#include "base/text.h"
#include "cli/api.h"
#include "cli/exit_code.h"
#include "cli/hidden_input.h"
#include "cli/output.h"
#include "cli/secret_input.h"
#include "cli/secret_target.h"
#include "cli/verbs.h"

#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <cerrno>
#include <fstream>
#include <iostream>
#include <unistd.h>

namespace open_cicd::cli {
namespace {

struct SecretSetOptions {
  ApiOptions api;
  std::string name, repository, from_file;
  std::vector<std::string> events, branches, images;
  bool only_protected = false;
};

Result<Secret> read_value(const Context& context, const SecretSetOptions& options) {
  if (!options.from_file.empty()) {
    errno = 0;
    std::ifstream file(options.from_file, std::ios::binary);
    return read_secret(file, "The file " + options.from_file);
  }
  if (context.io.in_is_terminal)
    return read_hidden_line(STDIN_FILENO, fmt::format("Value of {}: ", escape_for_line(options.name)), context.io.err);
  auto value = read_secret(std::cin, "Standard input");
  if (value && value->reveal().ends_with('\n') && value->reveal().find('\n') + 1 == value->reveal().size())
    context.io.err << "The value ends with a line break, which belongs to it: `printf %s` prints none.\n";
  return value;
}

std::string body_of(const Secret& value, const SecretSetOptions& options) {
  boost::json::object body{{"value", value.reveal()}};
  for (const auto& [name, list] : {std::pair("events", &options.events), std::pair("branches", &options.branches),
                                   std::pair("images", &options.images)})
    if (!list->empty()) body[name] = boost::json::array(list->begin(), list->end());
  if (options.only_protected) body["only_protected"] = true;
  return json::serialize(body);
}

Task<int> set_secret(Api& api, const Context& context, const SecretSetOptions& options, const Secret& value) {
  const auto answer =
      co_await api.call(http::Method::put, secret_target(options.repository, options.name), body_of(value, options));
  if (!answer) co_return print_error(context, answer.error());
  if (options.api.json) {
    print_json(context, *answer);
    co_return exit_fine;
  }
  const auto* object = answer->if_object();
  const auto* version = object == nullptr ? nullptr : object->if_contains("version");
  const bool is_new = version == nullptr || *version == 1;
  context.io.out << options.name << (is_new ? " stored\n" : " has a new value\n");
  co_return exit_fine;
}

}  // namespace

void add_secret_set(CLI::App& parent, Context& context) {
  CLI::App* verb = parent.add_subcommand(
      "set", "Store a secret: its value is typed without being shown, or comes from standard input or a file");
  auto options = std::make_shared<SecretSetOptions>();
  add_api_options(*verb, options->api);
  verb->add_option("name", options->name, "The name by which jobs ask for it: letters, digits and _")->required();
  verb->add_option("--repository", options->repository, "The repository's id; without it, all may use the secret");
  verb->add_option("--event", options->events, "Only for runs of these events")->expected(1)->take_all();
  verb->add_option("--branch", options->branches, "Only for runs of branches like these")->expected(1)->take_all();
  verb->add_flag("--protected", options->only_protected,
                 "Only for runs of the repository's protected branches and tags");
  verb->add_option("--image", options->images, "Only for jobs in images like these")->expected(1)->take_all();
  verb->add_option("--from-file", options->from_file, "The value is what this file holds, byte for byte");
  verb->callback([options, &context] {
    context.action = [options, &context] {
      context.json = options->api.json;
      const Result<Secret> value = checked_secret(read_value(context, *options), "value");
      if (!value) return print_error(context, value.error());
      return with_api(context, options->api, [&](Api& api) { return set_secret(api, context, *options, *value); });
    };
  });
}

}  // namespace open_cicd::cli
