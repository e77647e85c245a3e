#include "cli/app.h"

#include "base/settings.h"
#include "base/suggest.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/verb_storage.h"
#include "cli/verb_tree.h"
#include "cli/verbs.h"
#include "protocol/messages.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <sys/ioctl.h>
#include <unistd.h>

namespace open_cicd::cli {
namespace {

int columns_of_terminal() {
  winsize size{};
  return ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

Context process_context() {
  Context context{.io = {std::cout, std::cerr, ::isatty(STDOUT_FILENO) == 1, ::isatty(STDERR_FILENO) == 1,
                         columns_of_terminal(), ::isatty(STDIN_FILENO) == 1},
                  .environment = process_environment()};
  for (const char* name : {"NO_COLOR", "TERM"})
    if (const char* value = std::getenv(name)) context.environment[name] = value;
  return context;
}

// "open-cicd jbo": CLI11 would only say that a verb is missing.
std::string unknown_verb(const CLI::App& app, const std::vector<std::string>& arguments) {
  const CLI::App* at = &app;
  for (const std::string& word : arguments) {
    const std::vector<const CLI::App*> verbs = verbs_of(*at);
    if (verbs.empty() || word.starts_with('-') || at->get_name() == "run") return "";  // `run` takes jobs, too
    const auto found = std::ranges::find(verbs, word, [](const CLI::App* verb) { return verb->get_name(); });
    if (found == verbs.end()) {
      std::vector<std::string_view> names;
      for (const CLI::App* verb : verbs) names.push_back(verb->get_name());
      return fmt::format("open-cicd: there is no verb \"{}\"{}", escape_for_line(word), did_you_mean(word, names));
    }
    at = *found;
  }
  return "";
}

}  // namespace

std::unique_ptr<CLI::App> build_app(Context& context) {
  auto app = std::make_unique<CLI::App>("Self-hosted CI/CD: a server, its agents, and jobs", "open-cicd");
  app->set_version_flag("--version", fmt::format("open-cicd {}", protocol::version), "Print the version");
  app->require_subcommand(1);
  add_up(*app, context);
  add_server(*app, context);
  add_init(*app, context);
  add_lint(*app, context);
  add_plan(*app, context);
  CLI::App& run = add_run(*app, context);
  add_run_submit(run, context);
  add_run_list(run, context);
  add_run_show(run, context);
  add_run_watch(run, context);
  add_run_cancel(run, context);
  add_run_approve(run, context);
  add_run_rerun(run, context);
  CLI::App* job = app->add_subcommand("job", "Run, list, show, read and cancel jobs")->require_subcommand(1);
  add_job_run(*job, context);
  add_job_list(*job, context);
  add_job_show(*job, context);
  add_job_logs(*job, context);
  add_job_cancel(*job, context);
  CLI::App* agent = app->add_subcommand("agent", "List, drain and remove agents")->require_subcommand(1);
  add_agent_list(*agent, context);
  add_agent_drain(*agent, context);
  add_agent_remove(*agent, context);
  CLI::App* repo = app->add_subcommand("repo", "Connect repositories, and look after them")->require_subcommand(1);
  add_repo_add(*repo, context);
  add_repo_list(*repo, context);
  add_repo_show(*repo, context);
  add_repo_set(*repo, context);
  add_repo_deliveries(*repo, context);
  add_repo_redeliver(*repo, context);
  add_repo_run(*repo, context);
  add_repo_sync(*repo, context);
  add_repo_remove(*repo, context);
  CLI::App* notify = app->add_subcommand("notify", "Tell people and programs when runs end")->require_subcommand(1);
  add_notify_add(*notify, context);
  add_notify_list(*notify, context);
  add_notify_remove(*notify, context);
  add_notify_test(*notify, context);
  CLI::App* secret = app->add_subcommand("secret", "Store, list and remove secrets")->require_subcommand(1);
  add_secret_set(*secret, context);
  add_secret_list(*secret, context);
  add_secret_remove(*secret, context);
  add_secret_rotate_key(*secret, context);
  CLI::App* registry =
      app->add_subcommand("registry", "Log in to the registries of private images")->require_subcommand(1);
  add_registry_login(*registry, context);
  add_registry_list(*registry, context);
  add_registry_logout(*registry, context);
  add_storage(*app, context);
  add_token(*app, context);
  add_config(*app, context);
  add_migrate(*app, context);
  add_completion(*app, context);
  add_docs(*app, context);
  add_version(*app, context);
  return app;
}

int run_with(Context& context, std::vector<std::string> arguments) {
  const std::unique_ptr<CLI::App> app = build_app(context);
  const std::string unknown = unknown_verb(*app, arguments);
  std::ranges::reverse(arguments);  // CLI11 takes them from the back
  try {
    app->parse(std::move(arguments));
    return context.action();
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() != 0 && !unknown.empty()) {
      context.io.err << unknown << "\nRun with --help for the verbs.\n";
      return exit_usage;
    }
    return app->exit(error, context.io.out, context.io.err) == 0 ? exit_fine : exit_usage;
  } catch (const std::exception& error) {
    return print_error(context, Error(ErrorKind::internal, "internal", error.what()));
  }
}

int run(int argc, char** argv) {
  std::ios::sync_with_stdio(false);
  Context context = process_context();
  return run_with(context, {argv + 1, argv + argc});
}

}  // namespace open_cicd::cli
