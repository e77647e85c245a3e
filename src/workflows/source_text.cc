#include "workflows/source_text.h"

#include <algorithm>

namespace open_cicd::workflows {
namespace {

std::size_t count_characters(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

std::string_view skip_characters(std::string_view text, std::size_t count) {
  std::size_t at = 0;
  while (at < text.size() && (count > 0 || (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80)) {
    if ((static_cast<unsigned char>(text[at]) & 0xc0) != 0x80) --count;
    ++at;
  }
  return text.substr(at);
}

}  // namespace

int SourceTexts::add(std::string path, std::string text) {
  File file{.path = std::move(path), .text = std::move(text), .lines = {0}};
  for (std::size_t i = 0; i < file.text.size(); ++i)
    if (file.text[i] == '\n') file.lines.push_back(i + 1);
  files_.push_back(std::move(file));
  return static_cast<int>(files_.size()) - 1;
}

std::string_view SourceTexts::line(int file, int number) const {
  const File& in = files_.at(static_cast<std::size_t>(file));
  if (number < 1 || static_cast<std::size_t>(number) > in.lines.size()) return {};
  const std::string_view rest = std::string_view(in.text).substr(in.lines[static_cast<std::size_t>(number) - 1]);
  return rest.substr(0, rest.find('\n'));
}

pipelines::Position SourceTexts::inside(const pipelines::Node& scalar, std::size_t offset) const {
  const pipelines::Position at = scalar.at;
  const std::string_view before = std::string_view(scalar.text).substr(0, offset);
  std::string_view here = line(at.file, at.line);
  here = skip_characters(here, static_cast<std::size_t>(std::max(0, at.column - 1)));
  if (here.starts_with('|')) {
    const auto breaks = static_cast<int>(std::ranges::count(before, '\n'));
    const std::string_view of_value = before.substr(before.rfind('\n') + 1);
    const std::string_view shown = line(at.file, at.line + 1 + breaks);
    const std::size_t indent = std::min(shown.find_first_not_of(' '), shown.size());
    if (!shown.substr(indent).starts_with(of_value)) return at;
    return {at.line + 1 + breaks, static_cast<int>(indent + count_characters(of_value)) + 1, at.file};
  }
  const std::size_t quotes = here.starts_with('"') || here.starts_with('\'') ? 1 : 0;
  here.remove_prefix(quotes);
  if (!here.starts_with(before)) return at;  // escapes, or more lines than one
  return {at.line, at.column + static_cast<int>(quotes + count_characters(before)), at.file};
}

std::vector<Finding> SourceTexts::findings(pipelines::Problems& problems) const {
  std::vector<Finding> findings;
  for (pipelines::Problem& problem : problems.take()) {
    Finding finding{.path = std::move(problem.path),
                    .line = problem.at.line,
                    .column = problem.at.column,
                    .message = std::move(problem.message),
                    .hint = std::move(problem.hint)};
    if (problem.at.file > 0) finding.file = path(problem.at.file);
    findings.push_back(std::move(finding));
  }
  return findings;
}

}  // namespace open_cicd::workflows
