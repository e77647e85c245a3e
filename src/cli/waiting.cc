#include "cli/waiting.h"

#include "base/clock.h"
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

// What was withdrawn by an agent that is offline now is no news.
bool is_withdrawn(const AgentView& agent, const std::string& executor) {
  return agent.state != "offline" && agent.withdrawn && agent.withdrawn->contains(executor);
}

// "2 agents fit, all are busy.", "3 agents fit: 2 busy, 1 offline.", "1 agent fits, its docker is withdrawn; …"
std::string states_of(const Agents& fitting, const std::string& executor) {
  constexpr std::array<std::string_view, 4> states{"idle", "busy", "draining", "offline"};
  std::vector<std::string> counts;
  std::string only;
  const auto withdrawn = std::ranges::count_if(fitting, [&](const AgentView* a) { return is_withdrawn(*a, executor); });
  for (const std::string_view state : states) {
    const auto n = std::ranges::count_if(
        fitting, [&](const AgentView* agent) { return agent->state == state && !is_withdrawn(*agent, executor); });
    if (n > 0) counts.push_back(fmt::format("{} {}", n, state));
    if (n == std::ssize(fitting)) only = state;
  }
  if (withdrawn > 0) counts.push_back(fmt::format("{} with {} withdrawn", withdrawn, executor));
  const bool one = fitting.size() == 1;
  const std::string many = one ? "1 agent fits" : fmt::format("{} agents fit", fitting.size());
  const std::string why = withdrawn > 0 ? R"(; "open-cicd agent list" says why)" : "";
  if (withdrawn == std::ssize(fitting))
    return fmt::format("{}, {} {} is withdrawn{}.", many, one ? "its" : "their", executor, why);
  if (only.empty()) return fmt::format("{}: {}{}.", many, joined(counts), why);
  return fmt::format("{}, {} {}.", many, one ? "it is" : "all are", only);
}

// A retry's pause that is not over. Times of one form and zone are ordered as texts.
bool pauses(const JobView& job, std::int64_t now_unix_ms) {
  const boost::json::object* reason = job.reason ? job.reason->if_object() : nullptr;
  const boost::json::value* facts = reason == nullptr ? nullptr : reason->if_contains("facts");
  const boost::json::value* until =
      facts != nullptr && facts->is_object() ? facts->get_object().if_contains("at") : nullptr;
  return until != nullptr && until->is_string() && std::string_view(until->get_string()) > format_rfc3339(now_unix_ms);
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
  return states_of(fitting, executor);
}

std::string why_it_is_held_back(const JobView& job, std::int64_t now_unix_ms) {
  const std::string why = job.reason ? clause_of_reason(*job.reason) : "";
  const bool held_back = job.state == "blocked" || why.starts_with("the agent that was lost") ||
                         (job.state == "queued" && pauses(job, now_unix_ms));
  return held_back ? why : "";
}

Task<std::string> waiting_sentence(Api& api, JobView job) {
  const std::string held_back = why_it_is_held_back(job, SystemClock().unix_ms());
  if (!held_back.empty()) co_return fmt::format("waiting: {}.", held_back);
  if (job.state != "queued") co_return "";
  const auto document = co_await read_pages(api, "/api/v1/agents", "agents", true);
  if (!document) co_return "";
  const auto agents = json::read<std::vector<AgentView>>(document->at("agents"), json::Unknown::ignore);
  if (!agents) co_return "";
  co_return "waiting: " + why_it_waits(job, *agents);
}

}  // namespace open_cicd::cli
