// The proof that an agent holds one attempt of a job: an HMAC, so that a repeated claim gets the same answer and
// nothing secret is stored.
#pragma once

#include "base/id.h"
#include "base/secret.h"

#include <string>
#include <string_view>

namespace open_cicd::jobs {

class LeaseKey {
 public:
  explicit LeaseKey(Secret key) : key_(std::move(key)) {}

  // Over length-prefixed fields, so that no two leases share a text. 64 hex digits.
  std::string lease_token(JobId job, int attempt, std::string_view agent, std::string_view boot,
                          std::string_view claim) const;
  // The steps get this one. It is made with another domain word, so it never passes for a lease token.
  std::string job_token(JobId job, int attempt, std::string_view claim) const;
  // Tells this server, with its database, from any other; not secret. 32 hex digits.
  std::string server_id() const;

 private:
  std::string mac(std::string_view purpose, std::initializer_list<std::string_view> fields) const;
  Secret key_;
};

}  // namespace open_cicd::jobs
