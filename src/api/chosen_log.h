// Which log a reader asks for, and whether it is all there.
#pragma once

#include "api/lease_proof.h"
#include "api/routes.h"

#include <cstdint>
#include <optional>

namespace open_cicd::api {

inline constexpr std::int64_t log_step_max = 1'000'000;
using StepNumber = Whole<-1, log_step_max>;
using AttemptNumber = Whole<1, attempt_max>;

struct ChosenLog {
  int attempt = 1;          // 0: the job was never claimed
  std::optional<int> step;  // nothing: all of them
};

// Errors: not_found no_such_attempt, no_such_step.
Result<ChosenLog> choose_log(const jobs::JobDetail& detail, const std::optional<AttemptNumber>& attempt,
                             const std::optional<StepNumber>& step);

const jobs::Attempt* attempt_of(const jobs::JobDetail& detail, int attempt);  // null: the job was never claimed

// The bytes that an ended attempt's log must have. Nothing is known of one that is open, and one that lacks bytes
// already has said so.
std::int64_t recorded_bytes(const jobs::JobDetail& detail, const ChosenLog& chosen);

// An empty answer would say that the job printed nothing.
Task<Error> missing_log(Services& s, JobId job, std::int64_t size, std::int64_t recorded);

}  // namespace open_cicd::api
