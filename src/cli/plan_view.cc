#include "cli/plan_view.h"

#include "base/json.h"
#include "cli/output.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <ostream>
#include <set>

namespace open_cicd::cli {
namespace {

std::string fact_of(const boost::json::object& facts, std::string_view name) {
  const auto* value = facts.if_contains(name);
  if (value == nullptr) return "";
  return value->is_string() ? std::string(value->get_string()) : json::serialize(*value);
}

std::string shown_values_of(const boost::json::object& facts) {
  const auto* values = facts.if_contains("values");
  if (values == nullptr || !values->is_object() || values->get_object().empty()) return "";
  std::vector<std::string> parts;
  for (const auto& member : values->get_object())
    parts.push_back(fmt::format("{} is {}", std::string_view(member.key()), json::serialize(member.value())));
  return fmt::format(" ({})", fmt::join(parts, ", "));
}

std::string needs_of(const workflows::PlannedJob& job) {
  std::vector<std::string> names;
  for (const workflows::PlannedNeed& need : job.needs) names.push_back(need.job);
  return fmt::format("{}", fmt::join(names, ", "));
}

std::string runs_of(const workflows::PlannedJob& job) {
  if (job.skipped) return "skipped: " + sentence_of(*job.skipped);
  if (!job.spec) return "a template of another repository: " + job.uses.value_or("");
  std::string text = job.spec->executor;
  if (!job.spec->image.empty()) text += " " + job.spec->image;
  if (!job.spec->runs_on.empty()) text += fmt::format(" on {}", fmt::join(job.spec->runs_on, ", "));
  if (job.condition != "success()") text += ", if " + job.condition;
  return text;
}

std::string dot_quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out + "\"";
}

void say_not_available(const Context& context, const workflows::Plan& plan, const PipelineFile& file) {
  std::vector<workflows::Finding> findings;
  for (const workflows::NotAvailable& key : plan.not_available)
    findings.push_back({.file = key.file,
                        .path = key.path,
                        .line = key.line,
                        .column = key.column,
                        .message = "is not available yet: a run would be refused",
                        .hint = ""});
  print_findings(context, context.io.err, context.io.err_is_terminal, file, findings, "note");
}

}  // namespace

std::string sentence_of(const workflows::Reason& reason) {
  const auto& facts = reason.facts;
  if (reason.code == "skipped_condition")
    return fmt::format("{} is false{}", fact_of(facts, "expression"), shown_values_of(facts));
  if (reason.code == "skipped_filter" && fact_of(facts, "filter") == "on")
    return fmt::format("\"on\" does not list {}", fact_of(facts, "value"));
  if (reason.code == "skipped_filter" && fact_of(facts, "filter") == "paths")
    return fmt::format("\"paths\" takes none of the files ({})", fact_of(facts, "value"));
  if (reason.code == "skipped_filter")
    return fmt::format("\"{}\" does not take {}", fact_of(facts, "filter"), fact_of(facts, "value"));
  if (reason.code == "skipped_need") return fmt::format("{} is {}", fact_of(facts, "job"), fact_of(facts, "result"));
  return reason.code;
}

void print_plan(const Context& context, const workflows::Plan& plan, const PipelineFile& file) {
  Table table({{"JOB"}, {"NEEDS"}, {"STEPS"}, {"RUNS", true}});
  for (const workflows::PlannedJob& job : plan.jobs)
    table.add({job.key, needs_of(job), job.spec ? fmt::to_string(job.spec->steps.size()) : "-", runs_of(job)});
  table.print(context);
  if (plan.skipped) context.io.err << "The event starts no run: " << sentence_of(*plan.skipped) << "\n";
  print_findings(context, context.io.err, context.io.err_is_terminal, file, plan.warnings, "warning");
  say_not_available(context, plan, file);
}

// All legs of a matrix are one box: what needs them needs all.
void print_dot(const Context& context, const workflows::Plan& plan) {
  std::ostream& out = context.io.out;
  out << "digraph " << dot_quoted(plan.name) << " {\n  rankdir=LR;\n  node [shape=box];\n";
  std::map<std::string, std::size_t> legs, skipped;
  for (const workflows::PlannedJob& job : plan.jobs) ++legs[job.job], skipped[job.job] += job.skipped ? 1 : 0;
  std::set<std::string> told;
  for (const workflows::PlannedJob& job : plan.jobs) {
    if (!told.insert(job.job).second) continue;
    const std::string label = job.matrix ? fmt::format("{} × {}", job.job, legs[job.job]) : job.job;
    out << fmt::format("  {} [label={}{}];\n", dot_quoted(job.job), dot_quoted(label),
                       skipped[job.job] == legs[job.job] ? ", style=dashed" : "");
    for (const workflows::PlannedNeed& need : job.needs)
      if (legs.contains(need.job)) out << fmt::format("  {} -> {};\n", dot_quoted(need.job), dot_quoted(job.job));
  }
  out << "}\n";
}

}  // namespace open_cicd::cli
