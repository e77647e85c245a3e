#include "jobs/retry.h"

#include "pipelines/limits.h"

#include <algorithm>

namespace open_cicd::jobs {
namespace {

constexpr Milliseconds pause_max{pipelines::limits::retry_delay_ms_max};

Milliseconds doubled(Milliseconds first, int times, Milliseconds most) {
  Milliseconds pause = first;
  for (int i = 0; i < times && pause < most; ++i) pause *= 2;
  return std::min(pause, std::max(first, most));
}

bool lists(const pipelines::Retry& retry, std::string_view cause) {
  return retry.max > 0 && std::ranges::find(retry.on, cause) != retry.on.end();
}

bool covers(const pipelines::Retry& retry, const BadEnd& end, int used) {
  if (used >= retry.max || !lists(retry, end.cause)) return false;
  if (end.cause != "exit" || retry.exit_codes.empty()) return true;
  return std::ranges::find(retry.exit_codes, end.exit_code.value_or(-1)) != retry.exit_codes.end();
}

// The first time that an attempt is lost before it began, the next follows at once: other agents are still there.
Milliseconds pause_after_trouble(const BadEnd& end, int errors, const JobSettings& settings) {
  const bool lost = end.cause == "agent_lost";
  if (lost && errors == 0) return Milliseconds(0);
  return doubled(settings.agent_retry_pause, lost ? errors - 1 : errors, settings.agent_retry_pause_max);
}

}  // namespace

std::optional<Again> try_again(const pipelines::Retry& retry, const BadEnd& end, const JobRow& job,
                               const JobSettings& settings) {
  const Milliseconds asked(retry.delay_ms);
  const std::string_view told = end.told.empty() ? end.cause : end.told;
  if (end.cause == "agent" || (end.cause == "agent_lost" && end.untouched)) {
    const bool may = end.untouched || lists(retry, "agent_lost");
    if (!may || job.agent_errors >= settings.agent_errors_max) return std::nullopt;
    const Milliseconds pause = std::max(asked, pause_after_trouble(end, job.agent_errors, settings));
    return Again{.counts = Again::Counts::agent_error, .cause = told, .pause_ms = pause.count()};
  }
  if (!covers(retry, end, job.retry_count)) return std::nullopt;
  // Three pulls in an instant would not help a registry that is away or throttles.
  const Milliseconds registry =
      end.cause == "image_pull" ? settings.image_retry_pause * (1 << job.retry_count) : Milliseconds(0);
  const Milliseconds pause = std::min(std::max(asked, registry), pause_max);
  return Again{.cause = told, .pause_ms = pause.count()};
}

}  // namespace open_cicd::jobs
