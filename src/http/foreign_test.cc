// The rest is in cli/foreign_test.cc and agent/foreign_answers_test.cc, with real sockets.
#include "http/foreign.h"

#include <gtest/gtest.h>

namespace open_cicd::http {
namespace {

constexpr ServerOptions of_the_agent{.address = "--server, OPEN_CICD_AGENT_SERVER",
                                     .ca_file = "--ca-file or OPEN_CICD_AGENT_CA_FILE"};

TEST(ForeignAnswer, AnUnknownCertificateHintsAtTheProgramsOwnOption) {
  const Error error = explain_unreachable(
      "https://ci.example.org", of_the_agent,
      Error(ErrorKind::unavailable, "tls_failed", "https://ci.example.org: certificate verify failed"));
  EXPECT_EQ(error.code(), "tls_failed");
  EXPECT_TRUE(error.message().contains("give its certificate with --ca-file or OPEN_CICD_AGENT_CA_FILE"))
      << error.message();
}

TEST(ForeignAnswer, APortThatSpeaksTlsNamesTheProgramsOwnOption) {
  const auto error =
      foreign_answer({.server = "http://ci.example.org:8443", .target = "/", .options = of_the_agent},
                     {.status = 400, .headers = {}, .body = "The plain HTTP request was sent to HTTPS port"});
  ASSERT_TRUE(error);
  EXPECT_TRUE(error->message().contains("Use https://ci.example.org:8443 (--server, OPEN_CICD_AGENT_SERVER)"))
      << error->message();
}

}  // namespace
}  // namespace open_cicd::http
