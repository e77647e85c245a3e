// What all seeds together did: statistics, coverage of the state table, the first violation.
#pragma once

#include "sim/run.h"

#include <chrono>
#include <optional>
#include <string_view>

namespace open_cicd::sim {

class Report {
 public:
  void add(const Outcome& outcome);
  void print(std::chrono::nanoseconds took, std::string_view mutant) const;  // the mutant's name, or "none"
  // Every row of the product's table of transitions was taken by some seed, and every kind of fault struck.
  bool covered() const;
  std::optional<std::uint64_t> first_failure() const;
  const std::string& violation() const { return failures_.begin()->second; }
  std::size_t runs() const { return runs_; }

 private:
  std::size_t runs_ = 0;
  Time virtual_time_{0};
  std::map<std::string, std::int64_t> counts_, transitions_, profiles_;
  std::map<std::uint64_t, std::string> failures_;
};

// The end of a traced run, for a CI's log.
void print_tail(const Outcome& outcome);

}  // namespace open_cicd::sim
