#include "cli/follow_marks.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace open_cicd::cli {
namespace {

constexpr int setup = -1;

std::string title_of(int step, std::string_view name, bool background = false) {
  if (step == setup) return "setup";
  const std::string title = name.empty() ? fmt::format("step {}", step) : fmt::format("step {}", name);
  return background ? title + " (in the background)" : title;
}

}  // namespace

void StepMarks::on_state(int step, std::string_view name, std::string_view state, std::optional<int> exit_code,
                         bool background) {
  Step& mark = steps_[step];
  mark.title = title_of(step, name, background);
  mark.background = background;
  mark.running = state == "running";
  if (mark.done || state == "pending" || state == "running") return;
  mark.outcome = exit_code.value_or(0) != 0 ? fmt::format("{}, exit code {}", state, *exit_code) : std::string(state);
  if (step < current_ && !background) close(mark);
}

// The outcome of one in the background is said where it prints no more: at the end.
bool StepMarks::on_log(int step) {
  Step& mark = steps_[step];
  if (!mark.background)
    for (auto& [index, other] : steps_)
      if (index < step && !other.background) close(other);
  const int before = std::exchange(turn_, step);
  if (mark.printed && before == step) return false;
  const auto last = steps_.find(before);
  const bool after_background = last != steps_.end() && last->second.background;
  const bool goes_on = std::exchange(mark.printed, true);
  if (!mark.background) current_ = std::max(current_, step);
  if (mark.title.empty()) mark.title = title_of(step, "");
  say_(goes_on ? mark.title + " goes on" : mark.title);
  return goes_on || after_background || mark.background;
}

void StepMarks::on_quiet() {
  for (const auto& [index, mark] : steps_) {
    if (!mark.running || mark.printed || mark.background) continue;
    on_log(index);
    return;
  }
}

void StepMarks::end_attempt() {
  for (auto& [index, mark] : steps_) close(mark);
  steps_.clear();
  current_ = turn_ = -2;
}

void StepMarks::close(Step& step) {
  if (step.done || step.outcome.empty()) return;
  step.done = true;
  // Nobody asked for the setup: one that worked and printed nothing is no news.
  if (!step.printed && step.title == title_of(setup, "") && step.outcome == "succeeded") return;
  say_(fmt::format("{}: {}", step.title, step.outcome));
}

}  // namespace open_cicd::cli
