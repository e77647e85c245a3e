#include "base/json.h"
#include "base/text.h"
#include "cli/api.h"
#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/repo_view.h"
#include "cli/verbs.h"

#include <CLI/CLI.hpp>
#include <boost/json/object.hpp>

namespace open_cicd::cli {
namespace {

struct RepoRunOptions {
  ApiOptions api;
  std::string repository, pipeline, ref;
  std::vector<std::string> inputs;
};

struct StartedRun {
  std::string id, state;
  std::int64_t number = 0;
};
BOOST_DESCRIBE_STRUCT(StartedRun, (), (id, state, number))

Task<int> run_repo(Api& api, const Context& context, const RepoRunOptions& options) {
  boost::json::object body, inputs;
  if (!options.pipeline.empty()) body["pipeline"] = options.pipeline;
  if (!options.ref.empty()) body["ref"] = options.ref;
  for (const std::string& input : options.inputs) {
    const std::size_t sign = input.find('=');
    if (sign == std::string::npos || sign == 0)
      co_return print_error(context, Error(ErrorKind::invalid, "input", "--input is written NAME=VALUE."));
    inputs[input.substr(0, sign)] = input.substr(sign + 1);
  }
  if (!inputs.empty()) body["inputs"] = std::move(inputs);
  const auto answer =
      co_await api.call(http::Method::post, repo_target(options.repository, "/runs"), json::serialize(body));
  if (!answer) co_return print_error(context, answer.error());
  if (options.api.json) {
    print_json(context, *answer);
    co_return exit_fine;
  }
  const auto run = json::read<StartedRun>(*answer, json::Unknown::ignore);
  if (!run) co_return print_error(context, Error(ErrorKind::internal, "bad_response", run.error().message()));
  context.io.out << fmt::format("{}#{} is {}: `open-cicd run watch {}` follows it\n",
                                escape_for_line(options.repository), run->number, escape_for_line(run->state),
                                escape_for_line(run->id));
  co_return exit_fine;
}

}  // namespace

void add_repo_run(CLI::App& parent, Context& context) {
  CLI::App* verb = parent.add_subcommand("run", "Run one of its pipelines now");
  auto options = std::make_shared<RepoRunOptions>();
  add_api_options(*verb, options->api);
  verb->add_option("repository", options->repository, "Its full name or its id")->required();
  verb->add_option("--pipeline", options->pipeline, "The path of its file, or its name, where there are several");
  verb->add_option("--ref", options->ref, "A branch or a tag [the default branch]");
  verb->add_option("--input", options->inputs, "An input of the pipeline, as NAME=VALUE")->expected(1)->take_all();
  verb->callback([options, &context] {
    context.action = [options, &context] {
      context.json = options->api.json;
      return with_api(context, options->api, [&](Api& api) { return run_repo(api, context, *options); });
    };
  });
}

}  // namespace open_cicd::cli
