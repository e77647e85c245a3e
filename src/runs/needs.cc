#include "runs/needs.h"

#include "base/json.h"
#include "db/row.h"
#include "workflows/plan.h"

#include <boost/json/parse.hpp>

#include <algorithm>
#include <vector>

namespace open_cicd::runs {
namespace {

using jobs::JobState;

// A row for each leg of each need; one with nothing of a job for a need that is not in the plan.
constexpr db::Query needs_query{
    .name = "runs.needs",
    .sql =
        "SELECT n.need, n.optional, n.results, j.state, j.reason, j.exit_code, j.allow_failure, j.after_failure FROM "
        "job_needs n LEFT JOIN jobs j ON j.run_id = n.run_id AND j.job = n.need AND j.newest = 1 WHERE n.job_id = $1 "
        "ORDER BY n.need, j.place"};
// Apart from the legs: outputs are long, and a row of each leg would carry them through the sort.
constexpr db::Query outputs_query{
    .name = "runs.outputs_of_need",
    .sql =
        "SELECT (SELECT output_names FROM jobs WHERE run_id = $1 AND job = $2 AND newest = 1 AND output_names IS NOT "
        "NULL LIMIT 1) AS names, (SELECT outputs FROM jobs WHERE id = (SELECT id FROM jobs WHERE run_id = $1 AND job = "
        "$2 AND newest = 1 AND state = 'succeeded' AND outputs IS NOT NULL ORDER BY place DESC LIMIT 1)) AS outputs"};

struct OutputsRow {
  std::optional<std::string> names, outputs;
};
BOOST_DESCRIBE_STRUCT(OutputsRow, (), (names, outputs))

struct Leg {
  std::string need;
  bool optional = false;
  std::vector<std::string> results;
  std::optional<JobState> state;
  std::optional<std::string> reason;
  std::optional<int> exit_code;
  std::optional<std::string> allow_failure;
  std::optional<bool> after_failure;
};
BOOST_DESCRIBE_STRUCT(Leg, (), (need, optional, results, state, reason, exit_code, allow_failure, after_failure))

int badness(std::string_view result) {
  return result == "failed" ? 3 : result == "cancelled" ? 2 : result == "skipped" ? 1 : 0;
}

// By its own condition or a filter, not because a need of its own did not go well.
bool was_left_out(const Leg& leg) {
  return leg.state == JobState::skipped && leg.reason && !leg.reason->starts_with(R"({"code":"skipped_need")");
}

bool failed_for_good(const Leg& leg) {
  return result_of(*leg.state) == "failed" && !is_allowed(leg.allow_failure, *leg.state, leg.exit_code);
}

bool is_good(const Leg& leg) {
  const std::string_view result = result_of(*leg.state);
  return result == "succeeded" || (result == "failed" && !failed_for_good(leg)) || was_left_out(leg);
}

// Of a matrix, the worst leg's result.
class Need {
 public:
  void add(const Leg& leg) {
    const std::string_view result = result_of(*leg.state);
    if (result_.empty() || badness(result) > badness(result_)) result_ = result;
    good_ = good_ && is_good(leg);
  }
  bool is_absent() const { return result_.empty(); }
  bool lets_go_on(const Leg& asked) const {
    if (is_absent()) return asked.optional;
    return asked.results.empty() ? good_ : std::ranges::count(asked.results, result_) > 0;
  }
  const std::string& result() const { return result_; }
  boost::json::value value() const {
    if (is_absent()) return nullptr;
    return boost::json::object{{"result", result_}, {"outputs", boost::json::object()}};
  }

 private:
  std::string result_;
  bool good_ = true;
};

}  // namespace

bool is_allowed(const std::optional<std::string>& allow_failure, JobState state, std::optional<int> exit_code) {
  if (!allow_failure || result_of(state) != "failed") return false;
  const auto allow = json::read_own<workflows::AllowFailure>(*allow_failure);
  return allow.all || (state == JobState::failed && exit_code && std::ranges::count(allow.exit_codes, *exit_code) > 0);
}

std::string_view result_of(JobState end) {
  switch (end) {
    case JobState::succeeded:
      return "succeeded";
    case JobState::cancelled:
      return "cancelled";
    case JobState::skipped:
      return "skipped";
    default:
      return "failed";
  }
}

Task<boost::json::object> outputs_of_need(db::Transaction& tx, RunId run, std::string need) {
  const auto row = db::read_first<OutputsRow>(co_await tx.run(outputs_query, {run.str(), std::move(need)})).value();
  boost::json::object outputs;
  if (row.names)
    for (const std::string& name : json::read_own<std::vector<std::string>>(*row.names)) outputs[name] = nullptr;
  if (row.outputs)
    for (const auto& output : boost::json::parse(*row.outputs).as_object()) outputs[output.key()] = output.value();
  co_return outputs;
}

Task<NeedsView> look_at_needs(db::Transaction& tx, JobId job) {
  const std::vector<Leg> legs = db::read_all<Leg>(co_await tx.run(needs_query, {job.str()}));
  NeedsView view;
  for (std::size_t i = 0; i < legs.size();) {
    Need need;
    const Leg& asked = legs[i];
    for (; i < legs.size() && legs[i].need == asked.need; ++i) {
      if (!legs[i].state) continue;
      view.open = view.open || !jobs::is_terminal(*legs[i].state);
      if (view.open) continue;
      need.add(legs[i]);
      view.failure = view.failure || failed_for_good(legs[i]) || legs[i].after_failure.value_or(false);
    }
    view.values[asked.need] = need.value();
    if (view.open || !view.success || need.lets_go_on(asked)) continue;
    view.success = false;
    view.unmet = asked.need;
    view.its_result = need.result();
  }
  co_return view;
}

}  // namespace open_cicd::runs
