#include "jobs/lease.h"

#include "base/crypto.h"

#include <fmt/format.h>

namespace open_cicd::jobs {

std::string LeaseKey::mac(std::string_view purpose, std::initializer_list<std::string_view> fields) const {
  std::string message = fmt::format("{}:{}", purpose.size(), purpose);
  for (const std::string_view field : fields) message += fmt::format("{}:{}", field.size(), field);
  return to_hex(hmac_sha256(key_.reveal(), message));
}

std::string LeaseKey::lease_token(JobId job, int attempt, std::string_view agent, std::string_view boot,
                                  std::string_view claim) const {
  return mac("lease", {job.str(), std::to_string(attempt), agent, boot, claim});
}

std::string LeaseKey::server_id() const {
  return mac("server", {}).substr(0, 32);
}

std::string LeaseKey::job_token(JobId job, int attempt, std::string_view claim) const {
  return "ocj_" + mac("job", {job.str(), std::to_string(attempt), claim});
}

}  // namespace open_cicd::jobs
