// Whose fault a failure is, as far as the history of the same job tells it. Pure.
#pragma once

#include "base/id.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace open_cicd::analysis {

// A run in which something was seen.
struct RunMark {
  RunId id;
  std::int64_t number = 0;
  std::optional<std::string> sha;
  bool operator==(const RunMark&) const = default;
};

// How a job of one key ended in a run, and by what its failure is known. "" is not known.
struct Ending {
  RunMark run;
  bool passed = false;
  int step = -2;  // the failing one; -2: none is known
  std::string fingerprint;
};

// Newest first. A job that was skipped or cancelled, or lost with its agent, is no ending.
struct History {
  std::vector<Ending> here;               // earlier runs of the same branch or change
  std::vector<Ending> on_default_branch;  // earlier ones of the default branch; empty when `here` are those
  bool is_default_branch = false;         // the run's own
  std::vector<Ending> of_commit;          // others of the same commit, other rounds of this run too
};

enum class VerdictKind : unsigned char {
  unknown,      // there is no history that tells
  new_failure,  // it was not there before
  known,        // the default branch has it, too
  flaky,        // the same commit also passed
};
struct Verdict {
  VerdictKind kind = VerdictKind::unknown;
  std::optional<RunMark> since_run;     // the last one without this failure: here, or else on the default branch
  std::optional<RunMark> first_failed;  // the first of the unbroken row of runs that failed so, this one included
  std::optional<RunMark> on_default_branch_since;
  std::optional<RunMark> passed_on_default_branch;  // the newest one there, when that passed
  std::optional<RunMark> passed_in;                 // of a flaky one: with the same commit
};

// What is not known of one of them does not make them differ.
bool is_same(const Ending& one, const Ending& other);

Verdict judge(const Ending& failure, const History& history);

}  // namespace open_cicd::analysis
