// The two headers with which an agent shows that it holds an attempt.
#pragma once

#include "auth/auth.h"
#include "jobs/jobs.h"
#include "protocol/messages.h"

#include <charconv>

namespace open_cicd::api {

// A missing or unreadable header proves nothing: the attempt is 0, which no lease has.
inline jobs::LeaseProof lease_proof(const http::Request& request, JobId job) {
  const auto attempt = request.header(protocol::attempt_header);
  int number = 0;
  if (attempt) std::from_chars(attempt->data(), attempt->data() + attempt->size(), number);
  return {.job = job,
          .agent = auth::principal_of(request).agent,
          .attempt = number,
          .lease_token = std::string(request.header(protocol::lease_header).value_or(""))};
}

}  // namespace open_cicd::api
