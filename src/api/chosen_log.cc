#include "api/chosen_log.h"

#include "base/log.h"

#include <algorithm>

namespace open_cicd::api {

Result<ChosenLog> choose_log(const jobs::JobDetail& detail, const std::optional<AttemptNumber>& attempt,
                             const std::optional<StepNumber>& step) {
  const int newest = std::max(1, detail.job.attempt);
  if (attempt && *attempt > newest)
    return fail(ErrorKind::not_found, "no_such_attempt",
                fmt::format("The job has no attempt {}: its newest is {}.", std::int64_t{*attempt}, newest));
  ChosenLog chosen{.attempt = attempt ? static_cast<int>(*attempt) : detail.job.attempt, .step = std::nullopt};
  if (!step) return chosen;
  chosen.step = static_cast<int>(*step);
  const auto& records = detail.attempts.empty() ? detail.planned : detail.attempts.front().steps;
  const auto steps = static_cast<int>(std::ranges::count_if(records, [](const auto& s) { return s.step >= 0; }));
  if (*chosen.step >= steps)
    return fail(
        ErrorKind::not_found, "no_such_step",
        fmt::format("The job has no step {}: its steps are 0 to {}, and -1 is the setup.", *chosen.step, steps - 1));
  return chosen;
}

const jobs::Attempt* attempt_of(const jobs::JobDetail& detail, int attempt) {
  const auto found = std::ranges::find(detail.attempts, attempt, &jobs::Attempt::attempt);
  return found == detail.attempts.end() ? nullptr : &*found;
}

std::int64_t recorded_bytes(const jobs::JobDetail& detail, const ChosenLog& chosen) {
  const jobs::Attempt* attempt = attempt_of(detail, chosen.attempt);
  if (attempt == nullptr || attempt->open) return 0;
  const std::string flags = attempt->log_flags.value_or("");
  if (flags.contains("log_incomplete") || flags.contains("log_truncated")) return 0;
  std::int64_t bytes = 0;
  for (const jobs::StepRecord& record : attempt->steps)
    if (!chosen.step || *chosen.step == record.step) bytes += record.log_bytes;
  return bytes;
}

Task<Error> missing_log(Services& s, JobId job, std::int64_t size, std::int64_t recorded) {
  if (const auto again = co_await s.jobs.get(job); !again) co_return again.error();  // retention was quicker
  log_error("bytes of an ended job's log are missing: its files were removed, or the log folder is another server's",
            {{"job", job.str()}, {"bytes", size}, {"recorded", recorded}});
  co_return Error(ErrorKind::internal, "log_missing",
                  fmt::format("{} of {} bytes of this log are there: its files were removed, or the server's log "
                              "folder is another server's.",
                              size, recorded))
      .with_fact("size", size)
      .with_fact("recorded", recorded);
}

}  // namespace open_cicd::api
