#include "cli/waiting.h"

#include "base/json.h"
#include "cli/pages.h"
#include "cli/reason.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

namespace open_cicd::cli {
namespace {

using Agents = std::vector<const AgentView*>;

constexpr std::string_view where_to_look = R"("open-cicd agent list" shows them)";

bool has_executor(const AgentView& agent, std::string_view executor) {
  return agent.executors && std::ranges::find(*agent.executors, executor) != agent.executors->end();
}

// `wanted` is "key" (any value) or "key=value".
bool has_label(const AgentView& agent, std::string_view wanted) {
  if (!agent.labels) return false;
  const std::size_t equals = wanted.find('=');
  const auto found = agent.labels->find(std::string(wanted.substr(0, equals)));
  return found != agent.labels->end() &&
         (equals == std::string_view::npos || found->second == wanted.substr(equals + 1));
}

template <class Words>
std::string joined(const Words& words) {
  std::string text;
  for (const auto& word : words) text += fmt::format("{}{}", text.empty() ? "" : ", ", word);
  return text;
}

std::string no_executor(const std::string& executor, const std::vector<AgentView>& agents) {
  std::set<std::string> others;
  for (const AgentView& agent : agents)
    if (agent.executors) others.insert(agent.executors->begin(), agent.executors->end());
  std::string text = fmt::format("no agent has executor {} ({} {}: {}). {}", executor, agents.size(),
                                 agents.size() == 1 ? "agent has" : "agents have",
                                 others.empty() ? "none" : joined(others), where_to_look);
  if (executor == "docker") text += "; start one with Docker";
  if (executor == "docker" && others.contains("sandbox")) text += ", or leave image out to use the sandbox";
  return text + ".";
}

std::string no_label(const std::string& executor, const std::vector<std::string>& wanted, const Agents& able,
                     bool all_are_able) {
  const std::string whose = all_are_able ? "no agent" : fmt::format("no agent with executor {}", executor);
  for (const std::string& label : wanted)
    if (std::ranges::none_of(able, [&](const AgentView* agent) { return has_label(*agent, label); }))
      return fmt::format("{} has the label {}.", whose, label);
  return fmt::format("{} has all of the labels {}.", whose, joined(wanted));
}

// "2 agents fit, all are busy.", "3 agents fit: 2 busy, 1 offline."
std::string states_of(const Agents& fitting) {
  constexpr std::array<std::string_view, 4> states{"idle", "busy", "draining", "offline"};
  std::vector<std::string> counts;
  std::string only;
  for (const std::string_view state : states) {
    const auto n = std::ranges::count(fitting, state, [](const AgentView* agent) { return agent->state; });
    if (n > 0) counts.push_back(fmt::format("{} {}", n, state));
    if (n == std::ssize(fitting)) only = state;
  }
  const std::string many = fitting.size() == 1 ? "1 agent fits" : fmt::format("{} agents fit", fitting.size());
  if (only.empty()) return fmt::format("{}: {}.", many, joined(counts));
  return fmt::format("{}, {} {}.", many, fitting.size() == 1 ? "it is" : "all are", only);
}

}  // namespace

std::string why_it_waits(const JobView& job, const std::vector<AgentView>& agents) {
  if (agents.empty()) return "no agent is registered.";
  const std::string executor = job.executor.value_or("");
  const std::vector<std::string> wanted = job.runs_on.value_or(std::vector<std::string>());
  Agents able, fitting;
  for (const AgentView& agent : agents)
    if (executor.empty() || has_executor(agent, executor)) able.push_back(&agent);
  if (able.empty()) return no_executor(executor, agents);
  for (const AgentView* agent : able)
    if (std::ranges::all_of(wanted, [&](const std::string& label) { return has_label(*agent, label); }))
      fitting.push_back(agent);
  if (fitting.empty()) return no_label(executor, wanted, able, able.size() == agents.size());
  return states_of(fitting);
}

Task<std::string> waiting_sentence(Api& api, JobView job) {
  const std::string why = job.reason ? clause_of_reason(*job.reason) : "";
  const bool held_back = job.state == "blocked" || why.starts_with("the agent that was lost");
  if (held_back) co_return why.empty() ? "" : fmt::format("waiting: {}.", why);
  if (job.state != "queued") co_return "";
  const auto document = co_await read_pages(api, "/api/v1/agents", "agents", true);
  if (!document) co_return "";
  const auto agents = json::read<std::vector<AgentView>>(document->at("agents"), json::Unknown::ignore);
  if (!agents) co_return "";
  co_return "waiting: " + why_it_waits(job, *agents);
}

}  // namespace open_cicd::cli
