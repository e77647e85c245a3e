#include "agent/decision.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace open_cicd::agent {
namespace {

constexpr std::array<std::pair<std::string_view, Decision>, 12> by_code{{
    {"stale_attempt", Decision::forget_attempt},
    {"lost", Decision::forget_attempt},
    {"not_lease_holder", Decision::forget_attempt},
    {"not_queued", Decision::poll_again},
    {"claim_used", Decision::poll_again},
    {"agent_busy", Decision::poll_again},
    {"agent_draining", Decision::poll_again},
    {"bad_transition", Decision::follow_job},
    {"superseded", Decision::superseded},
    {"timeout", Decision::retry},
    {"request_timeout", Decision::retry},
    {"too_early", Decision::retry},
}};

// What a proxy may say of the request itself: the same request would get the same answer.
constexpr std::array<std::string_view, 4> of_the_request{"http_400", "http_413", "http_414", "http_431"};

}  // namespace

bool is_foreign(const Error& error) {
  return error.code() == "redirected" || error.code().starts_with("http_");
}

Decision decide(const Error& error) {
  for (const auto& [code, decision] : by_code)
    if (error.code() == code) return decision;
  if (std::ranges::find(of_the_request, error.code()) != of_the_request.end()) return Decision::give_up;
  if (is_foreign(error)) return Decision::retry;
  switch (error.kind()) {
    case ErrorKind::unavailable:
    case ErrorKind::too_many:
    case ErrorKind::internal:
      return Decision::retry;
    case ErrorKind::unauthenticated:
      return Decision::register_again;
    case ErrorKind::not_found:
      return Decision::forget_attempt;
    case ErrorKind::malformed:
    case ErrorKind::invalid:
    case ErrorKind::forbidden:
    case ErrorKind::method_not_allowed:
    case ErrorKind::conflict:
    case ErrorKind::gone:
    case ErrorKind::too_large:
    case ErrorKind::unsupported_media:
    case ErrorKind::range:
    case ErrorKind::upgrade_required:
      return Decision::give_up;
  }
  return Decision::give_up;
}

}  // namespace open_cicd::agent
