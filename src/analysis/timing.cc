#include "analysis/timing.h"

#include <algorithm>
#include <ranges>

namespace open_cicd::analysis {
namespace {

constexpr std::size_t seen_min = 3;
constexpr std::int64_t slower_by_min = 5'000;
constexpr std::int64_t slower_by_percent = 20;
constexpr std::int64_t cause_min = 1'000;
constexpr std::size_t causes_max = 5;
constexpr std::int64_t cause_part = 10;  // of the whole delay; what is less than a tenth explains nothing

std::optional<std::int64_t> median(std::vector<std::int64_t> all) {
  if (all.size() < seen_min) return std::nullopt;
  std::ranges::sort(all);
  return (all[(all.size() - 1) / 2] + all[all.size() / 2]) / 2;
}

// Of jobs that ran to an end.
bool has_times(const runs::RunJob& job) {
  return job.started_at && job.finished_at;
}

std::int64_t waited_ms(const runs::RunJob& job) {
  return std::max<std::int64_t>(0, *job.started_at - job.queued_at.value_or(job.created_at));
}

}  // namespace

std::optional<std::int64_t> duration_of(const runs::Run& run) {
  if (!run.finished_at || run.round > 1) return std::nullopt;
  return *run.finished_at - run.created_at;
}

std::vector<PathJob> critical_path(const runs::RunDetail& detail) {
  if (!detail.run.finished_at) return {};
  std::vector<const runs::RunJob*> jobs;
  for (const runs::RunJob& job : detail.jobs)
    if (has_times(job) && job.round == detail.run.round) jobs.push_back(&job);
  const auto end_of = [](const runs::RunJob* job) { return *job->finished_at; };
  const auto last_of = [&](auto&& some) -> const runs::RunJob* {
    const auto last = std::ranges::max_element(some, {}, end_of);
    return last == std::ranges::end(some) ? nullptr : *last;
  };
  std::vector<PathJob> path;
  for (const runs::RunJob* job = last_of(jobs); job != nullptr && path.size() < jobs.size();) {
    path.push_back({.id = job->id,
                    .key = job->key,
                    .waited_ms = waited_ms(*job),
                    .ran_ms = std::max<std::int64_t>(0, *job->finished_at - *job->started_at)});
    std::vector<const runs::RunJob*> needed;
    for (const runs::RunJob* other : jobs)
      if (other != job && std::ranges::find(job->needs, other->job) != job->needs.end()) needed.push_back(other);
    job = last_of(needed);
  }
  std::ranges::reverse(path);
  return path;
}

Past past_of(std::vector<std::int64_t> runs_ms, const std::vector<PastJob>& jobs) {
  std::map<std::string, std::pair<std::vector<std::int64_t>, std::vector<std::int64_t>>, std::less<>> times;
  for (const PastJob& job : jobs) {
    auto& [waited, ran] = times[job.key];
    waited.push_back(job.waited_ms);
    ran.push_back(job.ran_ms);
  }
  Past past{.run_ms = median(std::move(runs_ms)), .jobs = {}};
  for (auto& [key, seen] : times) {
    const auto waited = median(std::move(seen.first)), ran = median(std::move(seen.second));
    if (waited && ran) past.jobs.emplace(key, Usual{*waited, *ran});
  }
  return past;
}

std::optional<Slower> slower(const runs::RunDetail& detail, const std::vector<PathJob>& path, const Past& past) {
  const std::optional<std::int64_t> actual = duration_of(detail.run);
  if (!actual || !past.run_ms) return std::nullopt;
  const std::int64_t delay = *actual - *past.run_ms;
  if (delay < slower_by_min || delay * 100 < *past.run_ms * slower_by_percent) return std::nullopt;
  Slower found{.usual_ms = *past.run_ms, .actual_ms = *actual, .because = {}};
  const auto add = [&](const std::string& key, bool waited, std::optional<std::int64_t> usual_ms, std::int64_t ms) {
    const std::int64_t more = ms - usual_ms.value_or(0);
    if (more >= cause_min && more * cause_part >= delay) found.because.push_back({key, waited, usual_ms, ms});
  };
  for (const PathJob& job : path) {
    const auto usual = past.jobs.find(job.key);
    const bool known = usual != past.jobs.end();
    add(job.key, true, known ? std::optional(usual->second.waited_ms) : std::nullopt, job.waited_ms);
    add(job.key, false, known ? std::optional(usual->second.ran_ms) : std::nullopt, job.ran_ms);
  }
  const auto more = [](const Cause& cause) { return cause.actual_ms - cause.usual_ms.value_or(0); };
  std::ranges::stable_sort(found.because, std::ranges::greater(), more);
  if (found.because.size() > causes_max) found.because.resize(causes_max);
  return found;
}

}  // namespace open_cicd::analysis
