#include "base/json.h"
#include "cli/api.h"
#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/repo_view.h"
#include "cli/verbs.h"

#include <CLI/CLI.hpp>

namespace open_cicd::cli {
namespace {

struct RepoListOptions {
  ApiOptions api;
};

struct ListedRepos {
  std::vector<RepoView> repositories;
};
BOOST_DESCRIBE_STRUCT(ListedRepos, (), (repositories))

Task<int> list_repos(Api& api, const Context& context, const RepoListOptions& options) {
  const auto document = co_await api.call(http::Method::get, "/api/v1/repositories");
  if (!document) co_return print_error(context, document.error());
  if (options.api.json) {
    print_json(context, *document);
    co_return exit_fine;
  }
  const auto listed = json::read<ListedRepos>(*document, json::Unknown::ignore);
  if (!listed) co_return print_error(context, Error(ErrorKind::internal, "bad_response", listed.error().message()));
  Table table({{"REPOSITORY", true}, {"FORGE"}, {"BRANCH", true}, {"WEBHOOK"}, {"ID"}});
  for (const RepoView& repo : listed->repositories)
    table.add({repo.full_name, repo.forge, repo.default_branch.value_or(""), repo.webhook.state, repo.id});
  table.print(context);
  if (listed->repositories.empty())
    context.io.err << "No repository is connected: `open-cicd repo add URL` connects one.\n";
  co_return exit_fine;
}

}  // namespace

void add_repo_list(CLI::App& parent, Context& context) {
  CLI::App* verb = parent.add_subcommand("list", "List the repositories that are connected");
  auto options = std::make_shared<RepoListOptions>();
  add_api_options(*verb, options->api);
  verb->callback([options, &context] {
    context.action = [options, &context] {
      return with_api(context, options->api, [&](Api& api) { return list_repos(api, context, *options); });
    };
  });
}

}  // namespace open_cicd::cli
