// The two headers with which an agent shows that it holds an attempt.
#pragma once

#include "api/routes.h"

#include <limits>

namespace open_cicd::api {

inline constexpr std::int64_t attempt_max = std::numeric_limits<std::int32_t>::max();

// A missing header proves nothing: the attempt is 0, which no lease has.
template <class Request>
jobs::LeaseProof lease_proof(const Caller& caller, const Request& request) {
  return {.job = *request.id,
          .agent = caller.who().agent,
          .attempt = *request.x_attempt ? static_cast<int>(**request.x_attempt) : 0,
          .lease_token = std::string(request.x_lease_token->value_or(""))};
}

}  // namespace open_cicd::api
