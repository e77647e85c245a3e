// What becomes of a job when nothing of its run is awaited any more: its condition and its late expressions, evaluated.
#pragma once

#include "base/asio.h"
#include "db/db.h"
#include "expressions/evaluate.h"
#include "jobs/settle.h"
#include "runs/needs.h"
#include "runs/records.h"

#include <boost/describe.hpp>
#include <boost/json/object.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace open_cicd::runs {

// The columns of a blocked job that only runs look at.
struct WaitingRow {
  std::string key, job;
  int round = 1;
  std::string condition;
  bool cleans_up = false;  // its condition says always() or cancelled()
  std::optional<std::string> matrix;
  std::optional<std::string> late;  // those of workflows::Late that are known at release
};
BOOST_DESCRIBE_STRUCT(WaitingRow, (), (key, job, round, condition, cleans_up, matrix, late))

// Where the needs are put for the agent, which evaluates what its steps say of them.
inline constexpr std::string_view needs_for_agent = "contexts.needs";

struct Decision {
  jobs::JobState state = jobs::JobState::queued;  // or skipped, cancelled, failed
  std::optional<std::string> reason;              // of an end
  std::optional<std::string> filled;              // values by path, as JSON
};

// Of all jobs that one transaction releases: others wait for it to end. It is hundreds of operations for each of 1,000
// jobs that wait for the same one.
inline constexpr std::size_t release_operations_max = 250'000;

// What one job has filled in, as JSON: the answer to a claim carries it.
inline constexpr std::size_t filled_bytes_max = 2 << 20;

// `contexts`: of the job's round. `spec`: JSON, only looked at where there are late expressions.
Decision decide(const RunRow& run, const WaitingRow& job, const NeedsView& needs, const boost::json::object& contexts,
                const std::string& spec, expressions::SharedBudget& operations);

}  // namespace open_cicd::runs
