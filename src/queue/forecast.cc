#include "queue/forecast.h"

#include <algorithm>
#include <limits>
#include <map>
#include <utility>

namespace open_cicd::queue {
namespace {

constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();  // or: nobody knows when

std::int64_t after(std::int64_t start, std::optional<std::int64_t> ms) {
  return start == never || !ms ? never : start + *ms;
}

std::vector<std::string> missing_of(const Machine& machine, const Waiting& job) {
  std::vector<std::string> missing;
  if (std::ranges::find(machine.executors, job.executor) == machine.executors.end())
    missing.push_back("executor " + job.executor);
  for (const std::string& label : job.runs_on)
    if (!agents::has_label(machine.labels, label)) missing.push_back(label);
  return missing;
}

// What jobs that ask for the same share.
struct Asked {
  std::vector<std::size_t> machines;  // that fit and take jobs
  std::int64_t busy = 0;
  bool none_fits = true;
  std::optional<Nearest> nearest;
  std::int64_t queued = 0;  // so far
};

// Jobs are put on agents one after the other, as they will be offered.
class Simulation {
 public:
  explicit Simulation(const Picture& picture) : picture_(picture) {
    std::map<AgentId, std::size_t> places;
    for (const Machine& machine : picture.machines) {
      places.emplace(machine.id, free_.size());
      free_.push_back(machine.busy ? never : picture.now);
    }
    for (const Running& job : picture.running) {
      const std::int64_t end = std::max(after(job.started_at, job.place.usual_ms), picture.now);
      if (const auto place = places.find(job.agent); place != places.end()) free_[place->second] = end;
      leave(job.place, end);
    }
  }

  Forecast run() {
    Forecast all;
    for (const Waiting& job : picture_.waiting) all.emplace(job.id, look_at(job));
    return all;
  }

 private:
  Outlook look_at(const Waiting& job) {
    Asked& asked = asked_of(job);
    Outlook outlook{.fitting = static_cast<std::int64_t>(asked.machines.size()),
                    .busy = asked.busy,
                    .none_fits = asked.none_fits,
                    .nearest = asked.nearest};
    if (job.queued) outlook.position = ++asked.queued;
    const std::int64_t ready = ready_at(job);
    const auto first = std::ranges::min_element(asked.machines, {}, [this](std::size_t one) { return free_[one]; });
    std::int64_t start = never;
    if (first != asked.machines.end() && ready != never && free_[*first] != never) {
      start = std::max({free_[*first], ready, picture_.now});
      free_[*first] = after(start, job.place.usual_ms);
    }
    const std::int64_t end = after(start, job.place.usual_ms);
    leave(job.place, end);
    if (start != never) outlook.starts_at = start;
    if (end != never) outlook.ends_at = end;
    return outlook;
  }

  std::int64_t ready_at(const Waiting& job) {
    if (!job.known) return never;
    std::int64_t ready = job.not_before, seen = 0;
    for (const std::string& need : job.needs) {
      const auto found = ends_.find({job.place.run, need});
      if (found == ends_.end()) continue;
      ready = std::max(ready, found->second.last);
      seen += found->second.jobs;
    }
    if (seen < job.needs_open) return never;
    if (job.holds_slot || !job.place.slot) return ready;
    // The holders' ends, the first of which is its turn; it then holds what that one had.
    std::vector<std::int64_t>& ends = slot_ends_[*job.place.slot];
    if (static_cast<std::int64_t>(ends.size()) < job.place.slots || ends.empty()) return ready;
    const auto first = std::ranges::min_element(ends);
    ready = std::max(ready, *first);
    ends.erase(first);
    return ready;
  }

  void leave(const Place& place, std::int64_t end) {
    if (place.run) {
      Ends& ends = ends_[{place.run, place.job}];
      ends.last = std::max(ends.last, end);
      ++ends.jobs;
    }
    if (place.slot) slot_ends_[*place.slot].push_back(end);
  }

  Asked& asked_of(const Waiting& job) {
    const auto [entry, added] = asked_.try_emplace({job.executor, job.runs_on});
    Asked& asked = entry->second;
    if (!added) return asked;
    for (std::size_t i = 0; i < picture_.machines.size(); ++i) {
      const Machine& machine = picture_.machines[i];
      std::vector<std::string> missing = missing_of(machine, job);
      if (missing.empty()) {
        asked.none_fits = false;
        if (machine.takes_jobs) asked.machines.push_back(i);
        if (machine.takes_jobs && machine.busy) ++asked.busy;
      } else if (!asked.nearest || missing.size() < asked.nearest->missing.size()) {
        asked.nearest = Nearest{machine.name, std::move(missing)};
      }
    }
    if (!asked.none_fits) asked.nearest.reset();
    return asked;
  }

  struct Ends {
    std::int64_t last = 0;
    std::int64_t jobs = 0;  // legs
  };

  const Picture& picture_;
  std::vector<std::int64_t> free_;                                     // when, by the place among the machines
  std::map<std::pair<std::optional<RunId>, std::string>, Ends> ends_;  // of each job of a run
  std::map<std::string, std::vector<std::int64_t>> slot_ends_;         // of those that hold one
  std::map<std::pair<std::string, std::vector<std::string>>, Asked> asked_;
};

}  // namespace

Forecast forecast(const Picture& picture) {
  return Simulation(picture).run();
}

}  // namespace open_cicd::queue
