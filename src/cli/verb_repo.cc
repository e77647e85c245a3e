// The verbs that take one repository: show, sync, remove.
#include "base/json.h"
#include "base/text.h"
#include "cli/api.h"
#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/repo_view.h"
#include "cli/verbs.h"

#include <CLI/CLI.hpp>

namespace open_cicd::cli {
namespace {

struct OneRepoOptions {
  ApiOptions api;
  std::string repository;
};

struct RemovedRepo {
  std::optional<std::vector<std::string>> warnings;
};
BOOST_DESCRIBE_STRUCT(RemovedRepo, (), (warnings))

// What is shown of the answer to one request.
Task<int> ask(Api& api, const Context& context, const OneRepoOptions& options, http::Method method, std::string rest) {
  const auto answer = co_await api.call(method, repo_target(options.repository, rest));
  if (!answer) co_return print_error(context, answer.error());
  if (method == http::Method::delete_ && !options.api.json) {
    context.io.out << escape_for_line(options.repository) << " is disconnected; its runs stay\n";
    if (const auto removed = json::read<RemovedRepo>(*answer, json::Unknown::ignore))
      print_warnings(context, removed->warnings);
    co_return exit_fine;
  }
  co_return show_repo(context, options.api.json, *answer);
}

void add_verb(CLI::App& parent, Context& context, const char* name, const char* about, http::Method method,
              std::string rest) {
  CLI::App* verb = parent.add_subcommand(name, about);
  auto options = std::make_shared<OneRepoOptions>();
  add_api_options(*verb, options->api);
  verb->add_option("repository", options->repository, "Its full name or its id")->required();
  verb->callback([options, &context, method, rest] {
    context.action = [options, &context, method, rest] {
      return with_api(context, options->api, [&](Api& api) { return ask(api, context, *options, method, rest); });
    };
  });
}

}  // namespace

void add_repo_show(CLI::App& parent, Context& context) {
  add_verb(parent, context, "show", "Show one repository", http::Method::get, "");
}
void add_repo_sync(CLI::App& parent, Context& context) {
  add_verb(parent, context, "sync", "Read its default branch anew, and mend its webhook", http::Method::post, "/sync");
}
void add_repo_remove(CLI::App& parent, Context& context) {
  add_verb(parent, context, "remove", "Disconnect a repository, with its webhook and its secrets; its runs stay",
           http::Method::delete_, "");
}

}  // namespace open_cicd::cli
