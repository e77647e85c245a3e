// Every verb of the command line; each is a file verb_….cc that adds its options to `parent` and sets Context::action
// when it is chosen.
#pragma once

namespace CLI {
class App;
}

namespace open_cicd::cli {

struct Context;

void add_init(CLI::App& root, Context& context);
void add_lint(CLI::App& root, Context& context);
CLI::App& add_run(CLI::App& root, Context& context);  // a verb that has verbs below it, too
void add_plan(CLI::App& root, Context& context);
void add_run_submit(CLI::App& parent, Context& context);
void add_run_list(CLI::App& parent, Context& context);
void add_run_show(CLI::App& parent, Context& context);
void add_run_watch(CLI::App& parent, Context& context);
void add_run_cancel(CLI::App& parent, Context& context);
void add_run_approve(CLI::App& parent, Context& context);
void add_run_rerun(CLI::App& parent, Context& context);
void add_job_run(CLI::App& parent, Context& context);
void add_job_list(CLI::App& parent, Context& context);
void add_job_show(CLI::App& parent, Context& context);
void add_job_logs(CLI::App& parent, Context& context);
void add_job_cancel(CLI::App& parent, Context& context);
void add_agent_list(CLI::App& parent, Context& context);
void add_agent_drain(CLI::App& parent, Context& context);
void add_agent_remove(CLI::App& parent, Context& context);
void add_repo_add(CLI::App& parent, Context& context);
void add_repo_list(CLI::App& parent, Context& context);
void add_repo_show(CLI::App& parent, Context& context);
void add_repo_set(CLI::App& parent, Context& context);
void add_repo_deliveries(CLI::App& parent, Context& context);
void add_repo_redeliver(CLI::App& parent, Context& context);
void add_repo_run(CLI::App& parent, Context& context);
void add_repo_sync(CLI::App& parent, Context& context);
void add_repo_remove(CLI::App& parent, Context& context);
void add_notify_add(CLI::App& parent, Context& context);
void add_notify_list(CLI::App& parent, Context& context);
void add_notify_remove(CLI::App& parent, Context& context);
void add_notify_test(CLI::App& parent, Context& context);
void add_secret_set(CLI::App& parent, Context& context);
void add_secret_list(CLI::App& parent, Context& context);
void add_secret_remove(CLI::App& parent, Context& context);
void add_secret_rotate_key(CLI::App& parent, Context& context);
void add_registry_login(CLI::App& parent, Context& context);
void add_registry_list(CLI::App& parent, Context& context);
void add_registry_logout(CLI::App& parent, Context& context);
void add_completion(CLI::App& root, Context& context);
void add_docs(CLI::App& root, Context& context);
void add_version(CLI::App& root, Context& context);
void add_server(CLI::App& root, Context& context);
void add_migrate(CLI::App& root, Context& context);
void add_config(CLI::App& root, Context& context);
void add_token(CLI::App& root, Context& context);
void add_up(CLI::App& root, Context& context);

}  // namespace open_cicd::cli
