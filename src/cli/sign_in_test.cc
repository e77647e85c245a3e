#include "cli/scripted_server.h"

namespace open_cicd::cli {
namespace {

using http::Method;
using http::Response;

struct SignIn : testing::Test {
  Outcome sign_in(std::string answer, std::vector<std::string> more = {}) {
    server.on(Method::post, "/api/v1/session/codes",
              [answer = std::move(answer)](const Seen&) { return Response::json(201, answer); });
    server.start();
    std::vector<std::string> arguments{"sign-in"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return server.run(std::move(arguments));
  }
  ScriptedServer server;
};

constexpr const char* code = R"({"code":"occ_x","path":"/sign-in#code=occ_x","expires_at":"2026-01-01T00:00:00.000Z"})";

TEST_F(SignIn, PrintsTheLinkWhereTheServerWasFound) {
  const Outcome outcome = sign_in(code);
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_TRUE(outcome.out.starts_with("http://127.0.0.1:")) << outcome.out;
  EXPECT_TRUE(outcome.out.ends_with("/sign-in#code=occ_x\n")) << outcome.out;
  EXPECT_EQ(outcome.err, "Open it in a browser within ten minutes; it works once.\n");
  EXPECT_EQ(server.seen().back().authorization, "Bearer secret-token");
}

TEST_F(SignIn, TheServersOwnAddressWins) {
  const Outcome outcome =
      sign_in(R"({"path":"/sign-in#code=occ_x","url":"https://ci.example.org/sign-in#code=occ_x"})");
  EXPECT_EQ(outcome.out, "https://ci.example.org/sign-in#code=occ_x\n");
}

TEST_F(SignIn, JsonIsWhatTheServerAnswered) {
  EXPECT_EQ(sign_in(code, {"--json"}).out, std::string(code) + "\n");
}

TEST_F(SignIn, ALinkWithControlCharactersIsShownAsText) {
  EXPECT_EQ(sign_in(R"({"path":"","url":"https://ci/\u001b[31m"})").out, "https://ci/\\x1b[31m\n");
}

TEST_F(SignIn, AnAnswerThatIsNoCodeIsAnError) {
  EXPECT_NE(sign_in(R"({"link":5})").code, 0);
}

}  // namespace
}  // namespace open_cicd::cli
