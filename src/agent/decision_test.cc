#include "agent/decision.h"

#include "http/client.h"

#include <gtest/gtest.h>

namespace open_cicd::agent {
namespace {

struct Row {
  int status;
  const char* code;
  Decision decision;
};

TEST(Decision, EveryAnswerOfTheProtocolHasOne) {
  constexpr Row rows[] = {
      {408, "", Decision::retry},
      {429, "too_many", Decision::retry},
      {429, "queue_full", Decision::retry},
      {500, "internal", Decision::retry},
      {502, "", Decision::retry},
      {503, "database_unavailable", Decision::retry},
      {504, "", Decision::retry},
      {400, "malformed_json", Decision::give_up},
      {401, "unauthenticated", Decision::register_again},
      {403, "not_lease_holder", Decision::forget_attempt},
      {403, "not_you", Decision::give_up},
      {404, "not_found", Decision::forget_attempt},
      {409, "stale_attempt", Decision::forget_attempt},
      {409, "not_queued", Decision::poll_again},
      {409, "claim_used", Decision::poll_again},
      {409, "agent_busy", Decision::poll_again},
      {409, "bad_transition", Decision::follow_job},
      {409, "superseded", Decision::superseded},
      {409, "log_conflict", Decision::give_up},
      {413, "log_limit", Decision::give_up},
      {415, "unsupported_media", Decision::give_up},
      {416, "gap", Decision::give_up},
      {422, "invalid", Decision::give_up},
      {426, "agent_too_old", Decision::give_up},
  };
  for (const Row& row : rows) {
    const http::ClientResponse response{.status = row.status,
                                        .body = fmt::format(R"({{"code":"{}","detail":"x"}})", row.code)};
    EXPECT_EQ(decide(http::error_of(response)), row.decision) << row.status << " " << row.code;
  }
}

TEST(Decision, TheTransportsErrorsAreTriedAgain) {
  for (const char* code : {"connect_failed", "connection_lost", "timeout", "tls_failed", "bad_response"})
    EXPECT_EQ(decide(Error(ErrorKind::unavailable, code, "x")), Decision::retry) << code;
}

TEST(Decision, AnAnswerThatIsNotOfOurServerEndsNothing) {
  for (const int status : {401, 403, 404, 405, 407, 409, 410, 421, 426, 451}) {
    const Error error = http::error_of({.status = status, .body = "<html>Not here</html>"});
    EXPECT_TRUE(is_foreign(error)) << status;
    EXPECT_EQ(decide(error), Decision::retry) << status;
  }
  EXPECT_EQ(decide(Error(ErrorKind::invalid, "redirected", "x")), Decision::retry);
}

TEST(Decision, ARequestThatAProxyFindsTooLargeIsNotRepeatedAsItIs) {
  for (const int status : {400, 413, 414, 431})
    EXPECT_EQ(decide(http::error_of({.status = status, .body = "<html>"})), Decision::give_up) << status;
}

}  // namespace
}  // namespace open_cicd::agent
