#include "analysis/verdict.h"

#include <algorithm>

namespace open_cicd::analysis {

bool is_same(const Ending& one, const Ending& other) {
  if (one.passed || other.passed) return false;
  if (one.step >= -1 && other.step >= -1 && one.step != other.step) return false;
  return one.fingerprint.empty() || other.fingerprint.empty() || one.fingerprint == other.fingerprint;
}

namespace {

struct Row {
  std::optional<RunMark> first;   // that failed the same, without a gap up to the newest
  std::optional<RunMark> before;  // the one before it, which did not
};
Row row_of(const Ending& failure, const std::vector<Ending>& endings) {
  Row row;
  for (const Ending& ending : endings) {
    if (!is_same(failure, ending)) {
      row.before = ending.run;
      break;
    }
    row.first = ending.run;
  }
  return row;
}

}  // namespace

Verdict judge(const Ending& failure, const History& history) {
  const Row here = row_of(failure, history.here);
  const Row there = row_of(failure, history.on_default_branch);
  Verdict verdict{.since_run = here.before            ? here.before
                               : history.here.empty() ? there.before
                                                      : std::nullopt,
                  .first_failed = here.first ? *here.first : failure.run,
                  .on_default_branch_since = history.is_default_branch ? here.first : there.first,
                  .passed_on_default_branch = {},
                  .passed_in = {}};
  if (!history.on_default_branch.empty() && history.on_default_branch.front().passed)
    verdict.passed_on_default_branch = history.on_default_branch.front().run;
  const auto passed = std::ranges::find_if(history.of_commit, &Ending::passed);
  if (passed != history.of_commit.end()) {
    verdict.kind = VerdictKind::flaky;
    verdict.passed_in = passed->run;
  } else if (verdict.on_default_branch_since) {
    verdict.kind = VerdictKind::known;
  } else if (verdict.since_run) {
    verdict.kind = VerdictKind::new_failure;
  }
  return verdict;
}

}  // namespace open_cicd::analysis
