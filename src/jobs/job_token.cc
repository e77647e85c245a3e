#include "base/crypto.h"
#include "db/row.h"
#include "jobs/jobs.h"

namespace open_cicd::jobs {
namespace {

constexpr db::Query open_claim_query{.name = "attempts.open_claim",
                                     .sql = "SELECT attempt, claim_id FROM attempts WHERE job_id = $1 AND open = 1"};

struct OpenClaim {
  int attempt = 0;
  std::string claim_id;
};
BOOST_DESCRIBE_STRUCT(OpenClaim, (), (attempt, claim_id))

}  // namespace

Task<Result<void>> Jobs::prove_job_token(JobId job, std::string token) {
  const auto open = db::read_first<OpenClaim>(co_await db_.read(open_claim_query, {job.str()}));
  // Something is compared in any case, so that time does not tell whether the job runs.
  const OpenClaim claim = open.value_or(OpenClaim{});
  const bool fits = equal_constant_time(lease_key_.job_token(job, claim.attempt, claim.claim_id), token);
  if (open && fits) co_return Result<void>();
  co_return fail(ErrorKind::unauthenticated, "unauthenticated", "This token is not that of the job's open attempt.");
}

}  // namespace open_cicd::jobs
