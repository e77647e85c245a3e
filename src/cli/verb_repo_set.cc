#include "base/json.h"
#include "base/text.h"
#include "cli/api.h"
#include "cli/forge_token.h"
#include "cli/output.h"
#include "cli/repo_view.h"
#include "cli/verbs.h"

#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

namespace open_cicd::cli {
namespace {

struct RepoSetOptions {
  ApiOptions api;
  std::string repository, forge_token_file, trust, default_branch;
  std::vector<std::string> pipelines, protected_refs, templates_for;
  bool active = false, inactive = false;
  int poll_s = -1;
};

boost::json::object change_of(const RepoSetOptions& options, const Secret& token) {
  boost::json::object change;
  for (const auto& [name, value] : {std::pair("trust", &options.trust), std::pair("token", &token.reveal()),
                                    std::pair("default_branch", &options.default_branch)})
    if (!value->empty()) change[name] = *value;
  for (const auto& [name, list] :
       {std::pair("pipeline_paths", &options.pipelines), std::pair("protected_refs", &options.protected_refs),
        std::pair("templates_for", &options.templates_for)})
    if (!list->empty()) change[name] = boost::json::array(list->begin(), list->end());
  if (options.active || options.inactive) change["active"] = options.active;
  if (options.poll_s >= 0) change["poll_s"] = options.poll_s;
  return change;
}

Task<int> set_repo(Api& api, const Context& context, const RepoSetOptions& options, const boost::json::object& change) {
  const auto answer = co_await api.call(http::Method::patch, repo_target(options.repository), json::serialize(change));
  if (!answer) co_return print_error(context, answer.error());
  co_return show_repo(context, options.api.json, *answer);
}

}  // namespace

void add_repo_set(CLI::App& parent, Context& context) {
  CLI::App* verb = parent.add_subcommand("set", "Change how a repository is connected; what is not named stays");
  auto options = std::make_shared<RepoSetOptions>();
  add_api_options(*verb, options->api);
  free_token_option(*verb, options->api);
  verb->add_option("repository", options->repository, "Its full name or its id")->required();
  verb->add_option("--token-file", options->forge_token_file,
                   "File with a new token of the forge; - is standard input");
  verb->add_option("--trust", options->trust, "Whose forks wait for an approval")
      ->check(CLI::IsMember({"first_time", "everybody", "nobody"}));
  verb->add_option("--default-branch", options->default_branch, "The branch whose schedules and templates count");
  verb->add_option("--pipeline", options->pipelines, "A pipeline file, or a folder of them with / at its end")
      ->expected(1)
      ->take_all();
  verb->add_option("--protect", options->protected_refs,
                   "A branch or tag in full, like refs/heads/main, whose runs get protected secrets")
      ->expected(1)
      ->take_all();
  verb->add_option("--templates-for", options->templates_for,
                   "The full name of a repository that may use its templates; * is any")
      ->expected(1)
      ->take_all();
  verb->add_option("--poll-s", options->poll_s, "Seconds between two looks for what no webhook told; 0: never")
      ->check(CLI::Range(0, 86'400));
  CLI::Option* active = verb->add_flag("--active", options->active, "What happens makes runs again");
  verb->add_flag("--inactive", options->inactive, "Nothing that happens makes a run")->excludes(active);
  verb->callback([options, &context] {
    context.action = [options, &context] {
      context.json = options->api.json;
      const Result<Secret> token = read_forge_token(options->forge_token_file);
      if (!token) return print_error(context, token.error());
      const boost::json::object change = change_of(*options, *token);
      if (change.empty())
        return print_error(context, Error(ErrorKind::invalid, "nothing_to_change",
                                          "Name what is to be changed: `open-cicd repo set --help` lists it."));
      return with_api(context, options->api, [&](Api& api) { return set_repo(api, context, *options, change); });
    };
  });
}

}  // namespace open_cicd::cli
