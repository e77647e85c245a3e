#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/api.h"
#include "cli/exit_code.h"
#include "cli/job_view.h"
#include "cli/output.h"
#include "cli/pages.h"
#include "cli/verbs.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace open_cicd::cli {
namespace {

std::string labels_of(const AgentView& agent) {
  std::string text;
  if (!agent.labels) return text;
  for (const auto& [key, value] : *agent.labels)
    text += fmt::format("{}{}{}{}", text.empty() ? "" : " ", key, value.empty() ? "" : "=", value);
  return text;
}

std::string executors_of(const AgentView& agent) {
  std::string text;
  if (!agent.executors) return text;
  for (const std::string& executor : *agent.executors) {
    const bool withdrawn = agent.withdrawn && agent.withdrawn->contains(executor);
    text += fmt::format("{}{}{}", text.empty() ? "" : ",", executor, withdrawn ? " (withdrawn)" : "");
  }
  return text;
}

// Below the table, because a reason is a sentence.
void print_withdrawn(const Context& context, const std::vector<AgentView>& agents) {
  for (const AgentView& agent : agents) {
    if (!agent.withdrawn) continue;
    for (const auto& [executor, why] : *agent.withdrawn)
      context.io.out << fmt::format("{} takes no jobs for {}: {}\n", escape_for_line(agent.name), executor,
                                    escape_for_line(why));
  }
}

Task<int> list_agents(Api& api, const Context& context, const ApiOptions& options) {
  const auto document = co_await read_pages(api, "/api/v1/agents", "agents", true);
  if (!document) co_return print_error(context, document.error());
  if (options.json) {
    print_json(context, *document);
    co_return exit_fine;
  }
  const auto agents = json::read<std::vector<AgentView>>(document->at("agents"), json::Unknown::ignore);
  if (!agents) co_return print_error(context, Error(ErrorKind::internal, "bad_response", agents.error().message()));
  const std::int64_t now = SystemClock().unix_ms();
  Table table({{"ID"}, {"STATE", false, true}, {"NAME", true}, {"EXECUTORS"}, {"LABELS", true}, {"JOB"}, {"SEEN"}});
  for (const AgentView& agent : *agents)
    table.add({agent.id, agent.state, agent.name, executors_of(agent), labels_of(agent), agent.current_job.value_or(""),
               age_of(agent.last_seen_at.value_or(""), now)});
  table.print(context);
  print_withdrawn(context, *agents);
  co_return exit_fine;
}

}  // namespace

void add_agent_list(CLI::App& parent, Context& context) {
  CLI::App* verb = parent.add_subcommand("list", "List agents: state, labels, and what they run");
  auto options = std::make_shared<ApiOptions>();
  add_api_options(*verb, *options);
  verb->callback([options, &context] {
    context.action = [options, &context] {
      return with_api(context, *options, [&](Api& api) { return list_agents(api, context, *options); });
    };
  });
}

}  // namespace open_cicd::cli
