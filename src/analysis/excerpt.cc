#include "analysis/excerpt.h"

#include "analysis/fingerprint.h"

#include <algorithm>

namespace open_cicd::analysis {
namespace {

constexpr std::int64_t lines_before = 2;
constexpr std::int64_t last_lines = 10;

}  // namespace

Task<Excerpt> read_excerpt(logs::Logs& logs, JobId job, int attempt, int step) {
  const logs::AttemptStanding ended{.closed = true, .steps = {{step, {.over = true, .background = false}}}};
  const logs::LogIndex index = co_await logs.index(job, attempt, ended);
  Excerpt excerpt;
  const auto found = std::ranges::find(index.steps, step, &logs::StepLines::step);
  if (found == index.steps.end()) co_return excerpt;
  excerpt.line = found->first_error.value_or(0);
  const bool known = excerpt.line > 0;
  const std::int64_t from =
      std::max<std::int64_t>(1, known ? excerpt.line - lines_before : found->lines - last_lines + 1);
  const logs::LinePage page =
      co_await logs.lines(job, attempt, step, ended, from, known ? excerpt_lines_max : last_lines);
  for (const std::string& line : page.lines) excerpt.lines.push_back(plain_text(line));
  const auto place = static_cast<std::size_t>(excerpt.line - from);
  if (known && place < excerpt.lines.size()) excerpt.text = excerpt.lines[place];
  co_return excerpt;
}

}  // namespace open_cicd::analysis
