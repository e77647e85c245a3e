#include "cli/reason.h"

#include "base/units.h"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace open_cicd::cli {
namespace {

namespace bj = boost::json;

std::string fact(const bj::object& object, std::string_view name) {
  const bj::value* value = object.if_contains(name);
  if (value == nullptr || value->is_null()) return "";
  return value->is_string() ? std::string(value->get_string()) : bj::serialize(*value);
}

bj::object facts_of(const bj::object& reason) {
  const bj::value* facts = reason.if_contains("facts");
  return facts != nullptr && facts->is_object() ? facts->get_object() : bj::object();
}

std::string step_of(const bj::object& facts) {
  const std::string name = fact(facts, "name");
  if (!name.empty()) return fact(facts, "step") == "-1" ? "the setup" : fmt::format("step \"{}\"", name);
  return "";
}

std::string step_failed(const bj::object& facts) {
  const std::string step = step_of(facts), code = fact(facts, "exit_code");
  if (code.empty()) return fmt::format("{} failed", step.empty() ? "a step" : step);
  return fmt::format("{} ended with exit code {}", step.empty() ? "a step" : step, code);
}

std::string timed_out(const bj::object& facts) {
  const std::string step = step_of(facts);
  return fmt::format("{} ran longer than its timeout", step.empty() ? "the job" : step);
}

std::string superseded(const bj::object& facts) {
  const std::string by = fact(facts, "by"), group = fact(facts, "group");
  return fmt::format("a newer job{}{} took its place", group.empty() ? "" : fmt::format(" of group \"{}\"", group),
                     by.empty() ? "" : fmt::format(", {},", by));
}

std::string waiting_for_concurrency(const bj::object& facts) {
  const std::string group = fact(facts, "group"), position = fact(facts, "position");
  return fmt::format("another job{} has to end first{}", group.empty() ? "" : fmt::format(" of group \"{}\"", group),
                     position.empty() ? "" : fmt::format("; this one is number {} in the queue", position));
}

// Whom it is offered to, as a server tells it that knows.
std::string place_in_line(const bj::object& facts) {
  if (fact(facts, "agents_fitting") == "0") return "; no agent that fits is there now";
  const std::string position = fact(facts, "position");
  return position.empty() || position == "1" ? "" : fmt::format("; this one is number {} in the queue", position);
}

std::string waiting_for_agent(const bj::object& facts) {
  std::string text = "no agent has taken it";
  if (const std::string executor = fact(facts, "executor"); !executor.empty())
    text += fmt::format("; it needs executor {}", executor);
  const bj::value* labels = facts.if_contains("runs_on");
  if (labels == nullptr || !labels->is_array() || labels->get_array().empty()) return text + place_in_line(facts);
  std::string list;
  for (const bj::value& label : labels->get_array())
    if (label.is_string()) list += fmt::format("{}{}", list.empty() ? "" : ", ", std::string_view(label.get_string()));
  return fmt::format("{}{} {}{}", text, text.contains(';') ? " and labels" : "; it needs the labels", list,
                     place_in_line(facts));
}

// "a, b" of a list of texts.
std::string listed(const bj::object& facts, std::string_view name) {
  const bj::value* values = facts.if_contains(name);
  std::string text;
  if (values == nullptr || !values->is_array()) return text;
  for (const bj::value& value : values->get_array())
    if (value.is_string()) text += fmt::format("{}{}", text.empty() ? "" : ", ", std::string_view(value.get_string()));
  return text;
}

std::string no_agent_fits(const bj::object& facts) {
  const bj::value* nearest = facts.if_contains("nearest");
  if (nearest == nullptr || !nearest->is_object()) return "no agent is registered";
  return fmt::format("no agent fits: {}, the nearest, lacks {}", fact(nearest->get_object(), "agent"),
                     listed(nearest->get_object(), "missing"));
}

std::string unplaceable(const bj::object& facts) {
  const std::string releases = fact(facts, "releases"), last = fact(facts, "last");
  return fmt::format("agents took it {} and gave it back{}", releases.empty() ? "" : fmt::format("{} times", releases),
                     last.empty() ? "" : fmt::format(", the last because: {}", last));
}

// The first error, and how many there are.
std::string invalid_pipeline(const bj::object& facts) {
  const bj::value* errors = facts.if_contains("errors");
  if (errors == nullptr || !errors->is_array() || errors->get_array().empty()) return "the pipeline file is not valid";
  const bj::value& first = errors->get_array().front();
  if (!first.is_object()) return "the pipeline file is not valid";
  const std::string line = fact(first.get_object(), "line"), path = fact(first.get_object(), "path");
  std::string text = line.empty() || line == "0" ? "" : fmt::format("line {}: ", line);
  if (!path.empty()) text += path + " ";
  text += fact(first.get_object(), "message");
  const std::size_t more = errors->get_array().size() - 1;
  return more == 0 ? text : fmt::format("{} (and {} more)", text, more);
}

// "" for a code that is not known.
std::string clause_of_code(std::string_view code, const bj::object& facts) {
  if (code == "step_failed" || code == "exit") return step_failed(facts);
  if (code == "timed_out" || code == "timeout") return timed_out(facts);
  if (code == "skipped_condition") return fmt::format("its condition was false: {}", fact(facts, "expression"));
  if (code == "skipped_failure") {
    const std::string step = step_of(facts);
    return fmt::format("{} failed before it", step.empty() ? "a step" : step);
  }
  if (code == "ended_with_job") return "ended with the job, whose other steps had ended";
  if (code == "skipped_setup") return "the job could not be set up";
  if (code == "cancelled") {
    const std::string name = fact(facts, "by_name");
    if (!name.empty()) return "cancelled by " + name;
    return facts.contains("by") ? "cancelled by the user" : "cancelled";
  }
  if (code == "image_pull") return "the image could not be pulled";
  if (code == "agent_lost") return "its agent was lost";
  if (code == "agent_restarted") return "its agent was started anew";
  if (code == "agent_removed") return "its agent was removed";
  if (code == "agent_error" || code == "agent") return "its agent could not run it";
  if (code == "not_started") return "its agent did not begin it in time";
  if (code == "unplaceable") return unplaceable(facts);
  if (code == "superseded") return superseded(facts);
  if (code == "waiting_for_concurrency") return waiting_for_concurrency(facts);
  if (code == "waiting_for_needs" && facts.contains("earlier_round"))
    return "it waits for the end of its earlier round";
  if (code == "waiting_for_needs") return "it waits for " + listed(facts, "jobs");
  if (code == "skipped_need") {
    const std::string result = fact(facts, "result");
    return fmt::format("{}, which it needs, {}{}", fact(facts, "job"), result == "failed" ? "" : "was ", result);
  }
  if (code == "skipped_condition") return fmt::format("its condition was false: {}", fact(facts, "expression"));
  if (code == "skipped_filter") return fmt::format("left out by the filter {}", fact(facts, "filter"));
  if (code == "sibling_failed") return fmt::format("{} failed", fact(facts, "job"));
  if (code == "waiting_for_approval") return "somebody has to approve it: `open-cicd run approve`";
  if (code == "invalid_pipeline") return invalid_pipeline(facts);
  if (code == "waiting_for_agent") return waiting_for_agent(facts);
  if (code == "no_agent_fits") return no_agent_fits(facts);
  if (code == "waiting_for_exclusive_release")
    return "the agent that was lost may still run it; it is offered again when that is over";
  if (code == "retrying") {
    const std::string cause = fact(facts, "cause"), attempt = fact(facts, "attempt");
    const std::string why = clause_of_code(cause, {});
    const std::string until = fact(facts, "at");
    const bj::value* pause = facts.if_contains("pause_ms");
    const bool pauses = pause != nullptr && pause->is_int64();
    return fmt::format("queued again{}{}: {}{}",
                       pauses ? fmt::format(", after a pause of {}", format_duration(pause->get_int64())) : "",
                       until.empty() ? "" : fmt::format(" (until {})", until), why.empty() ? cause : why,
                       attempt.empty() ? "" : fmt::format(" (attempt {})", attempt));
  }
  return "";
}

std::string plain(std::string_view code, const bj::object& facts) {
  std::string words(code), list;
  std::ranges::replace(words, '_', ' ');
  for (const auto& [name, value] : facts)
    list += fmt::format("{}{}: {}", list.empty() ? "" : ", ", std::string_view(name), fact(facts, name));
  return list.empty() ? words : fmt::format("{} ({})", words, list);
}

}  // namespace

std::string clause_of_reason(const bj::value& reason) {
  const bj::object* object = reason.if_object();
  if (object == nullptr) return "";
  const bj::object facts = facts_of(*object);
  if (std::string message = fact(facts, "message"); !message.empty()) return message;
  const std::string code = fact(*object, "code");
  std::string clause = clause_of_code(code, facts);
  return clause.empty() ? plain(code, facts) : clause;
}

std::string sentence_of_end(std::string_view state, const bj::value& reason, std::optional<int> exit_code) {
  std::string words = state == "lost" ? "was lost" : std::string(state);
  std::ranges::replace(words, '_', ' ');
  const std::string clause = clause_of_reason(reason);
  if (clause.starts_with(words)) return "job " + clause;
  if (!clause.empty()) return fmt::format("job {}: {}", words, clause);
  return fmt::format("job {}{}", words, exit_code.value_or(0) != 0 ? fmt::format(", exit code {}", *exit_code) : "");
}

}  // namespace open_cicd::cli
