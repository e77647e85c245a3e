#include "cli/follow_marks.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace open_cicd::cli {
namespace {

constexpr int setup = -1;

std::string title_of(int step, std::string_view name) {
  if (step == setup) return "setup";
  return name.empty() ? fmt::format("step {}", step) : fmt::format("step {}", name);
}

}  // namespace

void StepMarks::on_state(int step, std::string_view name, std::string_view state, std::optional<int> exit_code) {
  Step& mark = steps_[step];
  mark.title = title_of(step, name);
  if (mark.done || state == "pending" || state == "running") return;
  mark.outcome = exit_code.value_or(0) != 0 ? fmt::format("{}, exit code {}", state, *exit_code) : std::string(state);
  if (step < current_) close(mark);
}

void StepMarks::on_log(int step) {
  for (auto& [index, mark] : steps_)
    if (index < step) close(mark);
  Step& mark = steps_[step];
  if (std::exchange(mark.printed, true)) return;
  current_ = std::max(current_, step);
  if (mark.title.empty()) mark.title = title_of(step, "");
  say_(mark.title);
}

void StepMarks::end_attempt() {
  for (auto& [index, mark] : steps_) close(mark);
  steps_.clear();
  current_ = -2;
}

void StepMarks::close(Step& step) {
  if (step.done || step.outcome.empty()) return;
  step.done = true;
  // Nobody asked for the setup: one that worked and printed nothing is no news.
  if (!step.printed && step.title == title_of(setup, "") && step.outcome == "succeeded") return;
  say_(fmt::format("{}: {}", step.title, step.outcome));
}

}  // namespace open_cicd::cli
