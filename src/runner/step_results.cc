#include "runner/step_results.h"

#include "base/text.h"
#include "pipelines/rules.h"

#include <fmt/format.h>

#include <algorithm>

namespace open_cicd::runner {
namespace {

constexpr std::string_view not_a_file = "is not a file any more";

std::string too_long(std::size_t max) {
  return fmt::format("is longer than {} bytes", max);
}

std::size_t bytes_max_of(StepFile file) {
  return step_file_kinds[static_cast<std::size_t>(file)].bytes_max;
}

// Why the whole file cannot be read.
std::string wrong_file(StepFile kind, const FileText& file) {
  if (!file.is_file) return std::string(not_a_file);
  return file.is_long ? too_long(bytes_max_of(kind)) : "";
}

// Markdown is text: control characters would only make it longer as JSON.
std::string as_markdown(std::string_view text) {
  std::string valid = to_valid_utf8(text);
  std::erase_if(valid, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\n' && c != '\t') || byte == 0x7f;
  });
  return valid;
}

}  // namespace

std::string StepResults::in_line(const Assignment& assignment, std::string_view what) const {
  constexpr std::size_t shown_max = 60;
  const std::string name = hide_(assignment.name, Extent::whole).substr(0, shown_max);
  return fmt::format("line {}: \"{}\" {}", assignment.line, escape_for_line(name), what);
}

bool StepResults::would_tell_a_secret(const Assignment& assignment) const {
  return std::ranges::find(handed_on_, assignment.name) != handed_on_.end() &&
         hide_(assignment.value, Extent::whole) != assignment.value;
}

StepResults::Taken StepResults::take(const StepFiles& files) {
  Taken taken;
  for (const auto& [kind, file] : files) {
    if (kind == StepFile::summary) {
      taken.note = take_summary(file);
      continue;
    }
    std::string wrong = wrong_file(kind, file);
    if (wrong.empty() && kind == StepFile::output) wrong = take_outputs(file, taken.outputs);
    if (wrong.empty() && kind == StepFile::env) wrong = take_env(file);
    if (wrong.empty() && kind == StepFile::path) wrong = take_paths(file);
    if (wrong.empty() || !taken.error.empty()) continue;
    taken.error = fmt::format("${}: {}", step_file_kinds[static_cast<std::size_t>(kind)].variable, wrong);
  }
  return taken;
}

std::string StepResults::take_outputs(const FileText& file, std::map<std::string, std::string>& outputs) {
  auto assignments = parse_assignments(file.text);
  if (!assignments) return std::move(assignments.error());
  for (Assignment& assignment : *assignments) {
    if (const auto wrong = pipelines::check_plain_name(assignment.name)) return in_line(assignment, *wrong);
    if (assignment.value.contains('\0')) return in_line(assignment, "has a NUL in its value");
    assignment.value = to_valid_utf8(assignment.value);
    if (would_tell_a_secret(assignment))
      return in_line(assignment,
                     "holds a secret, and outputs are stored and shown: let the job that needs it name the secret");
    outputs_bytes_ += assignment.name.size() + assignment.value.size();
    if (outputs_bytes_ > outputs_bytes_max)
      return in_line(assignment, fmt::format("is too much: the outputs of a job may have {} bytes", outputs_bytes_max));
    if (outputs.size() >= outputs_max && !outputs.contains(assignment.name))
      return in_line(assignment, fmt::format("is too much: a step may have {} outputs", outputs_max));
    outputs_[assignment.name] = assignment.value;
    outputs[assignment.name] = std::move(assignment.value);
  }
  return "";
}

std::string StepResults::take_env(const FileText& file) {
  auto assignments = parse_assignments(file.text);
  if (!assignments) return std::move(assignments.error());
  for (Assignment& assignment : *assignments) {
    if (const auto wrong = pipelines::check_env_name(assignment.name)) return in_line(assignment, *wrong);
    if (const auto wrong = pipelines::check_env_value(assignment.value)) return in_line(assignment, *wrong);
    env_bytes_ += assignment.name.size() + assignment.value.size();
    if (env_bytes_ > added_env_bytes_max)
      return in_line(assignment, fmt::format("is too much: what a job adds may have {} bytes", added_env_bytes_max));
    if (env_.size() >= added_env_max && !env_.contains(assignment.name))
      return in_line(assignment, fmt::format("is too much: a job may add {} variables", added_env_max));
    env_[assignment.name] = std::move(assignment.value);
  }
  return "";
}

std::string StepResults::take_paths(const FileText& file) {
  auto folders = parse_paths(file.text);
  if (!folders) return std::move(folders.error());
  if (path_.size() + folders->size() > added_paths_max)
    return fmt::format("has too many lines: a job may add {} folders", added_paths_max);
  for (const std::string& folder : *folders) path_bytes_ += folder.size() + 1;
  if (path_bytes_ > added_path_bytes_max)
    return fmt::format("is too much: the folders that a job adds may have {} bytes", added_path_bytes_max);
  path_.insert(path_.end(), folders->begin(), folders->end());
  return "";
}

// A summary that is too long is cut, as it is there to be read and decides nothing.
std::string StepResults::take_summary(const FileText& file) {
  if (!file.is_file) return fmt::format("$CI_SUMMARY: {}", not_a_file);
  std::string text = as_markdown(hide_(file.text, file.is_long ? Extent::beginning : Extent::whole));
  text = hide_(text, Extent::whole);
  if (!summary_.empty() && !summary_.ends_with('\n')) summary_ += '\n';
  const std::size_t room = summary_bytes_max - std::min(summary_.size(), summary_bytes_max);
  const bool is_cut = file.is_long || text.size() > room;
  if (text.size() > room) text.resize(utf8_complete_prefix(std::string_view(text).substr(0, room)));
  summary_ += text;
  return is_cut ? fmt::format("$CI_SUMMARY: cut, as the summary of a job may have {} bytes", summary_bytes_max) : "";
}

std::map<std::string, std::string> StepResults::outputs(const std::vector<std::string>& names) const {
  std::map<std::string, std::string> found;
  for (const std::string& name : names)
    if (const auto written = outputs_.find(name); written != outputs_.end()) found.insert(*written);
  return found;
}

}  // namespace open_cicd::runner
