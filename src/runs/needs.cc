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
        "SELECT n.need, n.optional, n.results, j.state, j.reason, j.exit_code, j.allow_failure, j.after_failure, "
        "j.outputs, j.output_names FROM job_needs n LEFT JOIN jobs j ON j.run_id = n.run_id AND j.job = n.need AND "
        "j.newest = 1 WHERE n.job_id = $1 ORDER BY n.need, j.place"};

struct Leg {
  std::string need;
  bool optional = false;
  std::vector<std::string> results;
  std::optional<JobState> state;
  std::optional<std::string> reason;
  std::optional<int> exit_code;
  std::optional<std::string> allow_failure;
  std::optional<bool> after_failure;
  std::optional<std::string> outputs, output_names;
};
BOOST_DESCRIBE_STRUCT(Leg, (),
                      (need, optional, results, state, reason, exit_code, allow_failure, after_failure, outputs,
                       output_names))

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

// Of a matrix, the worst leg's result, and the outputs of the last leg that succeeded; declared and not written is
// null.
class Need {
 public:
  void add(const Leg& leg) {
    const std::string_view result = result_of(*leg.state);
    if (result_.empty() || badness(result) > badness(result_)) result_ = result;
    good_ = good_ && is_good(leg);
    if (leg.output_names)
      for (const std::string& name : json::read_own<std::vector<std::string>>(*leg.output_names))
        if (!outputs_.contains(name)) outputs_[name] = nullptr;
    if (*leg.state != JobState::succeeded || !leg.outputs) return;
    for (auto& output : outputs_) output.value() = nullptr;
    for (const auto& output : boost::json::parse(*leg.outputs).as_object()) outputs_[output.key()] = output.value();
  }
  bool is_absent() const { return result_.empty(); }
  bool lets_go_on(const Leg& asked) const {
    if (is_absent()) return asked.optional;
    return asked.results.empty() ? good_ : std::ranges::count(asked.results, result_) > 0;
  }
  const std::string& result() const { return result_; }
  boost::json::value value() const {
    if (is_absent()) return nullptr;
    return boost::json::object{{"result", result_}, {"outputs", outputs_}};
  }

 private:
  std::string result_;
  bool good_ = true;
  boost::json::object outputs_;
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
