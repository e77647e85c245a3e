#include "sim/report.h"

#include "jobs/state.h"

#include <array>

namespace open_cicd::sim {
namespace {

// What has to happen for a run of many seeds to mean anything.
constexpr auto expected_events = std::to_array<std::string_view>({
    "agent: deadline of the supervisor",
    "agent: had to send logs again",
    "agent: killed",
    "agent: lost its disk",
    "agent: replayed a finish",
    "agent: stopped for a while",
    "clock: the wall clock jumped",
    "database: answer of a commit lost",
    "database: away for a while",
    "database: body ran twice",
    "database: commit failed",
    "database: refused",
    "disk: full for logs",
    "disk: unflushed bytes of a log lost",
    "log: compared, a part",
    "log: compared, equal",
    "network: answer lost",
    "network: cut",
    "network: delayed for long",
    "network: request doubled",
    "network: request lost",
    "server: away for up to 15 minutes",
    "server: died at a commit",
    "server: killed",
    "server: lost power",
    "server: restarted in order",
    "run: a new round",
    "run: an output was handed on",
    "run: superseded",
    "server: stopped for a while",
    "user: asked for a run again",
    "user: cancelled a job of a run",
    "user: cancelled a run",
    "user: cancelled a run again",
    "user: drained an agent",
    "user: removed an agent",
});

constexpr std::size_t tail_lines = 80;

std::string name_of(const jobs::Transition& row) {
  return fmt::format("{} → {} ({})", jobs::name_of(row.from), jobs::name_of(row.to), jobs::name_of(row.caller));
}

}  // namespace

void Report::add(const Outcome& outcome) {
  ++runs_;
  virtual_time_ += outcome.virtual_time;
  ++profiles_[outcome.profile];
  for (const auto& [what, times] : outcome.counts) counts_[what] += times;
  for (const auto& [what, times] : outcome.transitions) transitions_[what] += times;
  if (!outcome.violation.empty()) failures_.emplace(outcome.seed, outcome.violation);
}

std::optional<std::uint64_t> Report::first_failure() const {
  return failures_.empty() ? std::nullopt : std::optional(failures_.begin()->first);
}

bool Report::covered() const {
  bool all = true;
  for (const jobs::Transition& row : jobs::transitions()) {
    const std::string name = name_of(row);
    if (transitions_.contains(name)) continue;
    fmt::print("{}: was never taken by any seed\n", name);
    all = false;
  }
  for (const std::string_view event : expected_events) {
    if (counts_.contains(std::string(event))) continue;
    fmt::print("\"{}\" never happened in any seed\n", event);
    all = false;
  }
  return all;
}

void Report::print(std::chrono::nanoseconds took, std::string_view mutant) const {
  for (const auto* counts : {&profiles_, &counts_, &transitions_}) {
    for (const auto& [what, times] : *counts) fmt::print("{:>9}  {}\n", times, what);
    fmt::print("\n");
  }
  fmt::print("{} seeds, {:.0f} virtual hours in {:.1f} s, {} with violations\n", runs_,
             std::chrono::duration<double>(virtual_time_).count() / 3600, std::chrono::duration<double>(took).count(),
             failures_.size());
  for (const auto& [seed, violation] : failures_)
    fmt::print("seed {}: {}\n  again: sim --seed {}{} --trace\n", seed, violation, seed,
               mutant == "none" ? "" : fmt::format(" --mutant {}", mutant));
}

void print_tail(const Outcome& outcome) {
  const std::size_t from = outcome.trace.size() > tail_lines ? outcome.trace.size() - tail_lines : 0;
  for (std::size_t i = from; i < outcome.trace.size(); ++i) fmt::print("{}\n", outcome.trace[i]);
}

}  // namespace open_cicd::sim
