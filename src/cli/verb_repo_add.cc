#include "base/json.h"
#include "base/text.h"
#include "cli/api.h"
#include "cli/exit_code.h"
#include "cli/forge_token.h"
#include "cli/output.h"
#include "cli/repo_view.h"
#include "cli/verbs.h"

#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

namespace open_cicd::cli {
namespace {

struct RepoAddOptions {
  ApiOptions api;
  std::string url, forge, forge_url, name, forge_token_file, trust;
  std::vector<std::string> pipelines;
  bool no_webhook = false;
  int poll_s = -1;
};

std::string body_of(const RepoAddOptions& options, const Secret& token) {
  boost::json::object body{{"url", options.url}};
  for (const auto& [name, value] :
       {std::pair("forge", &options.forge), std::pair("forge_url", &options.forge_url),
        std::pair("name", &options.name), std::pair("trust", &options.trust), std::pair("token", &token.reveal())})
    if (!value->empty()) body[name] = *value;
  if (!options.pipelines.empty())
    body["pipeline_paths"] = boost::json::array(options.pipelines.begin(), options.pipelines.end());
  if (options.no_webhook) body["webhook"] = false;
  if (options.poll_s >= 0) body["poll_s"] = options.poll_s;
  return json::serialize(body);
}

Task<int> add_repo(Api& api, const Context& context, const RepoAddOptions& options, const Secret& token) {
  const auto answer = co_await api.call(http::Method::post, "/api/v1/repositories", body_of(options, token));
  if (!answer) co_return print_error(context, answer.error());
  if (options.api.json) {
    print_json(context, *answer);
    co_return exit_fine;
  }
  const auto repo = read_repo(*answer);
  if (!repo) co_return print_error(context, repo.error());
  context.io.out << escape_for_line(repo->full_name) << " is connected\n";
  print_repo(context, *repo);
  if (repo->webhook.secret)
    context.io.out
        << "hook secret     " << *repo->webhook.secret
        << "\nIts post-receive hook signs with this secret, which is not shown again; the guide has the script.\n";
  print_warnings(context, repo->warnings);
  co_return exit_fine;
}

}  // namespace

void add_repo_add(CLI::App& parent, Context& context) {
  CLI::App* verb = parent.add_subcommand("add", "Connect a repository: its pushes and pull requests make runs");
  auto options = std::make_shared<RepoAddOptions>();
  add_api_options(*verb, options->api);
  free_token_option(*verb, options->api);
  verb->add_option("url", options->url, "Its address, as one would clone it")->required();
  verb->add_option("--forge", options->forge,
                   "What serves it; known by itself for github.com, gitlab.com, codeberg.org")
      ->check(CLI::IsMember({"github", "gitlab", "gitea", "git"}));
  verb->add_option("--token-file", options->forge_token_file,
                   "File with a token of the forge; - is standard input. The guide says which rights it needs");
  verb->add_option("--forge-url", options->forge_url,
                   "The forge's web pages, if they are not at the root of the repository's host");
  verb->add_option("--name", options->name, "Its full name, if that is not the path of its address");
  verb->add_option("--trust", options->trust, "Whose forks wait for an approval [first_time]")
      ->check(CLI::IsMember({"first_time", "everybody", "nobody"}));
  verb->add_option("--pipeline", options->pipelines,
                   "A pipeline file, or a folder of them with / at its end [.open-cicd.yml .open-cicd/]")
      ->expected(1)
      ->take_all();
  verb->add_flag("--no-webhook", options->no_webhook, "Register no webhook: pushes are found by polling");
  verb->add_option("--poll-s", options->poll_s, "Seconds between two looks for what no webhook told; 0: never")
      ->check(CLI::Range(0, 86'400));
  verb->callback([options, &context] {
    context.action = [options, &context] {
      context.json = options->api.json;
      const Result<Secret> token = read_forge_token(options->forge_token_file);
      if (!token) return print_error(context, token.error());
      return with_api(context, options->api, [&](Api& api) { return add_repo(api, context, *options, *token); });
    };
  });
}

}  // namespace open_cicd::cli
