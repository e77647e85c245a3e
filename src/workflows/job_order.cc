#include "workflows/job_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <unordered_map>

namespace open_cicd::workflows {
namespace {

using pipelines::Node;
using pipelines::NodePtr;
using pipelines::Position;
using pipelines::Problems;

// Where a need is written.
Position place_of_need(const Node& job, std::size_t index) {
  const pipelines::Member* needs = job.find("needs");
  if (needs == nullptr) return job.at;
  const Node& list = *needs->value;
  return list.kind == Node::Kind::list && index < list.items.size() ? list.items[index]->at : list.at;
}

class Graph {
 public:
  Graph(const std::vector<std::unique_ptr<Job>>& jobs, const std::vector<NodePtr>& nodes) : jobs_(jobs), nodes_(nodes) {
    for (std::size_t i = 0; i < jobs.size(); ++i) index_.emplace(jobs[i]->key, i);
  }

  void check_names(Problems& problems, Problems& warnings) {
    std::vector<std::string_view> names;
    for (const auto& job : jobs_) names.push_back(job->key);
    for (std::size_t i = 0; i < jobs_.size(); ++i) {
      const auto& needs = jobs_[i]->needs;
      for (std::size_t n = 0; n < needs.size(); ++n) {
        if (needs[n].job.empty() || index_.contains(needs[n].job)) continue;
        if (needs[n].optional)
          warnings.add(jobs_[i]->path + ".needs", place_of_need(*nodes_[i], n),
                       fmt::format("names no job of this file: \"{}\"", needs[n].job),
                       pipelines::closest_hint(needs[n].job, names));
        else
          problems.add(jobs_[i]->path + ".needs", place_of_need(*nodes_[i], n),
                       fmt::format("names no job of this file: \"{}\"", needs[n].job),
                       pipelines::closest_hint(needs[n].job, names));
      }
    }
  }

  // Jobs that are ready go in the order of the file. What is left over waits for itself.
  std::vector<std::size_t> order() {
    std::vector<std::size_t> open(jobs_.size());
    std::vector<std::vector<std::size_t>> dependants(jobs_.size());
    for (std::size_t i = 0; i < jobs_.size(); ++i)
      for (const std::size_t need : needs_of(i)) ++open[i], dependants[need].push_back(i);
    std::set<std::size_t> ready;
    for (std::size_t i = 0; i < jobs_.size(); ++i)
      if (open[i] == 0) ready.insert(i);
    std::vector<std::size_t> order;
    while (!ready.empty()) {
      const std::size_t next = *ready.begin();
      ready.erase(ready.begin());
      order.push_back(next);
      for (const std::size_t dependant : dependants[next])
        if (--open[dependant] == 0) ready.insert(dependant);
    }
    return order;
  }

  // Each job that waits for itself is told in one cycle; what only waits for a cycle is not.
  void tell_cycles(const std::vector<std::size_t>& ordered, Problems& problems) {
    std::vector<bool> done(jobs_.size());
    for (const std::size_t i : ordered) done[i] = true;
    for (std::size_t start = 0; start < jobs_.size(); ++start) {
      if (done[start]) continue;
      std::vector<std::size_t> path{start};
      const auto seen = [&](std::size_t i) { return std::ranges::find(path, i); };
      while (true) {
        const auto needs = needs_of(path.back());
        const auto next = std::ranges::find_if(needs, [&](std::size_t i) { return !done[i]; });
        if (next == needs.end()) break;  // its cycle was told before
        if (const auto again = seen(*next); again != path.end()) {
          path.erase(path.begin(), again);
          tell(path, problems);
          break;
        }
        path.push_back(*next);
      }
      for (const std::size_t i : path) done[i] = true;
    }
  }

 private:
  std::vector<std::size_t> needs_of(std::size_t i) const {
    std::vector<std::size_t> needs;
    for (const PlannedNeed& need : jobs_[i]->needs)
      if (const auto found = index_.find(need.job); found != index_.end()) needs.push_back(found->second);
    return needs;
  }

  // From the job that stands first in the file.
  void tell(std::vector<std::size_t> cycle, Problems& problems) {
    std::ranges::rotate(cycle, std::ranges::min_element(cycle));
    std::string shown;
    for (const std::size_t i : cycle) shown += jobs_[i]->key + " → ";
    shown += jobs_[cycle.front()]->key;
    const Job& first = *jobs_[cycle.front()];
    const std::string& next = jobs_[cycle.size() > 1 ? cycle[1] : cycle[0]]->key;
    const auto need = std::ranges::find(first.needs, next, &PlannedNeed::job);
    problems.add(first.path + ".needs",
                 place_of_need(*nodes_[cycle.front()], static_cast<std::size_t>(need - first.needs.begin())),
                 fmt::format("makes a cycle: {}", shown), "Take one of these needs away.");
  }

  const std::vector<std::unique_ptr<Job>>& jobs_;
  const std::vector<NodePtr>& nodes_;
  std::unordered_map<std::string_view, std::size_t> index_;
};

}  // namespace

void order_jobs(std::vector<std::unique_ptr<Job>>& jobs, const std::vector<NodePtr>& nodes, Problems& problems,
                Problems& warnings) {
  Graph graph(jobs, nodes);
  graph.check_names(problems, warnings);
  const std::vector<std::size_t> order = graph.order();
  graph.tell_cycles(order, problems);
  if (order.size() < jobs.size()) return;
  std::vector<std::unique_ptr<Job>> sorted;
  for (const std::size_t i : order) sorted.push_back(std::move(jobs[i]));
  jobs = std::move(sorted);
}

}  // namespace open_cicd::workflows
