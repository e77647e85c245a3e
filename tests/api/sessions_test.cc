// Browsers: signing in and out over real sockets, and what another page, or somebody on the way, makes of it.
#include "api/both_databases.h"
#include "base/run_alone.h"

#include <boost/json/object.hpp>
#include <fmt/format.h>

#include <thread>

namespace open_cicd {
namespace {

using http::Method;
using Headers = TestPlane::Headers;

class Sessions : public BothDatabases {
 protected:
  Reply sign_in(std::string body, Headers headers = {}) {
    return plane().call(Method::post, "/api/v1/session", "", std::move(body), std::move(headers));
  }
  std::string with_token() { return fmt::format(R"({{"token":"{}"}})", plane().admin()); }
  // "open_cicd_session_8080=…", as a browser sends it back.
  static std::string cookie_of(const Reply& reply) {
    const std::string set = reply.header("Set-Cookie");
    return set.substr(0, set.find(';'));
  }
  std::string signed_in() {
    const Reply reply = sign_in(with_token());
    EXPECT_EQ(reply.status, 204) << reply.body;
    return cookie_of(reply);
  }
  Reply by_cookie(const std::string& cookie, Method method, const std::string& target, Headers headers = {},
                  std::string body = {}, std::string_view content_type = "application/json") {
    headers.emplace_back("Cookie", cookie);
    return plane().call(method, target, "", std::move(body), std::move(headers), content_type);
  }
  Reply get_by(const std::string& cookie, const std::string& target = "/api/v1/session", Headers headers = {}) {
    return by_cookie(cookie, Method::get, target, std::move(headers));
  }
  std::string made_code() {
    const Reply reply = plane().call(Method::post, "/api/v1/session/codes", plane().admin());
    EXPECT_EQ(reply.status, 201) << reply.body;
    EXPECT_EQ(reply.text("path"), "/sign-in#code=" + reply.text("code"));
    return reply.text("code");
  }
  static constexpr const char* job =
      R"({"name":"by a browser","executor":"shell","runs_on":["nowhere"],"steps":[{"run":"true"}]})";
};

TEST_P(Sessions, ATokenSignsInUntilSigningOut) {
  const std::string cookie = signed_in();
  const Reply who = get_by(cookie);
  ASSERT_EQ(who.status, 200) << who.body;
  EXPECT_EQ(who.text("kind"), "admin");
  EXPECT_EQ(who.text("name"), "first admin token");
  EXPECT_EQ(who.text("id"), plane().get("/api/v1/session").text("id")) << "that of the token behind it";
  EXPECT_FALSE(who.text("expires_at").empty());
  EXPECT_NE(who.body.find("run:approve"), who.body.npos);
  EXPECT_EQ(get_by(cookie, "/api/v1/jobs").status, 200);
  const Reply made = by_cookie(cookie, Method::post, "/api/v1/jobs", {{"Origin", plane().url()}}, job);
  EXPECT_EQ(made.status, 201) << made.body;
  const Reply out = by_cookie(cookie, Method::delete_, "/api/v1/session", {{"Origin", plane().url()}});
  EXPECT_EQ(out.status, 204);
  EXPECT_NE(out.header("Set-Cookie").find("=; Max-Age=0;"), std::string::npos) << out.header("Set-Cookie");
  EXPECT_EQ(get_by(cookie).status, 401);
}

TEST_P(Sessions, WhoHasNoSessionIsToldSo) {
  EXPECT_EQ(plane().call(Method::get, "/api/v1/session", "").status, 401);
  EXPECT_EQ(plane().call(Method::get, "/api/v1/session", plane().admin()).status, 200)
      << "a program asks with its token";
  EXPECT_EQ(sign_in(R"({"token":"oca_wrong"})").status, 401);
  EXPECT_EQ(sign_in(fmt::format(R"({{"token":"{}"}})", plane().registration())).text("code"), "wrong_token_kind");
  EXPECT_EQ(sign_in(fmt::format(R"({{"token":"{}"}})", plane().register_agent().token)).status, 403);
  EXPECT_EQ(sign_in("{}").status, 422);
  EXPECT_EQ(sign_in(R"({"token":"a","code":"b"})").status, 422);
  EXPECT_EQ(sign_in(R"({"token":"a","user":"b"})").status, 422);
}

TEST_P(Sessions, E11_ACodeSignsOneOfManyIn) {
  const std::string body = fmt::format(R"({{"code":"{}"}})", made_code());
  constexpr int browsers = 5;  // fewer than an address may fail in a minute
  std::vector<std::jthread> all;
  std::vector<int> statuses(browsers);
  for (int i = 0; i < browsers; ++i) all.emplace_back([&, i] { statuses[i] = sign_in(body).status; });
  all.clear();
  EXPECT_EQ(std::ranges::count(statuses, 204), 1);
  EXPECT_EQ(std::ranges::count(statuses, 401), browsers - 1);
}

TEST_P(Sessions, E12_ASessionThatWasThereBeforeSigningInIsWorthNothingAfterIt) {
  const std::string planted = signed_in();
  const Reply again = sign_in(with_token(), {{"Cookie", planted}});
  ASSERT_EQ(again.status, 204);
  EXPECT_NE(cookie_of(again), planted) << "signing in gives a new value";
  EXPECT_EQ(get_by(cookie_of(again)).status, 200);
  EXPECT_EQ(get_by(planted).status, 401) << "who knew the old one does not know the new one";
  const std::string name = planted.substr(0, planted.find('='));
  const Reply chosen = sign_in(with_token(), {{"Cookie", name + "=ocs_chosen-by-the-attacker"}});
  EXPECT_EQ(chosen.header("Set-Cookie").find("chosen-by-the-attacker"), std::string::npos);
  EXPECT_EQ(get_by(name + "=ocs_chosen-by-the-attacker").status, 401);
}

TEST_P(Sessions, E12_TheCookieIsOutOfReachOfScripts) {
  const std::string set = sign_in(with_token()).header("Set-Cookie");
  for (const char* part : {"; HttpOnly", "; SameSite=Lax", "; Path=/;", "; Max-Age=1209600;"})
    EXPECT_NE(set.find(part), set.npos) << set;
  EXPECT_EQ(set.find("Domain"), set.npos) << set;
}

TEST_P(Sessions, E12_UnderTlsTheCookieIsSecureAndOfThisHost) {
  TestPlane own(GetParam(), {{"http.trusted_proxies", "127.0.0.1"}});
  const std::string body = fmt::format(R"({{"token":"{}"}})", own.admin());
  const auto set_by = [&](Headers headers) {
    return own.call(Method::post, "/api/v1/session", "", body, std::move(headers)).header("Set-Cookie");
  };
  const std::string set = set_by({{"X-Forwarded-Proto", "https"}, {"X-Forwarded-For", "198.51.100.7"}});
  EXPECT_TRUE(set.starts_with("__Host-open_cicd_session=ocs_")) << set;
  EXPECT_TRUE(set.ends_with("; Secure")) << set;
  EXPECT_EQ(set_by({}).find("Secure"), std::string::npos);
}

TEST_P(Sessions, E17_APageOfAnotherOriginChangesNothing) {
  const std::string cookie = signed_in();
  const std::int64_t before = plane().get("/api/v1/jobs?limit=200").json.at("jobs").as_array().size();
  for (const Headers& from : {Headers{}, Headers{{"Origin", "null"}}, Headers{{"Origin", "https://evil.example"}},
                              Headers{{"Origin", plane().url() + ".evil.example"}},
                              Headers{{"Sec-Fetch-Site", "cross-site"}}, Headers{{"Sec-Fetch-Site", "same-site"}},
                              Headers{{"Sec-Fetch-Site", "none"}}, Headers{{"Referer", plane().url() + "/"}},
                              Headers{{"Origin", "https://evil.example"}, {"Sec-Fetch-Site", "same-origin"}}}) {
    const Reply refused = by_cookie(cookie, Method::post, "/api/v1/jobs", from, job);
    EXPECT_EQ(refused.status, 403);
    EXPECT_EQ(refused.text("code"), "foreign_origin");
  }
  EXPECT_EQ(plane().get("/api/v1/jobs?limit=200").json.at("jobs").as_array().size(), before);
  for (const Headers& own : {Headers{{"Origin", plane().url()}}, Headers{{"Sec-Fetch-Site", "same-origin"}}})
    EXPECT_EQ(by_cookie(cookie, Method::post, "/api/v1/lint", own, R"({"source":"jobs: {}"})").text("code"), "")
        << "a page of the server's own may";
}

TEST_P(Sessions, E17_WhatAFormCanSendIsNoJson) {
  const std::string cookie = signed_in();
  for (const char* type : {"text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"}) {
    EXPECT_EQ(by_cookie(cookie, Method::post, "/api/v1/jobs", {{"Origin", plane().url()}}, job, type).status, 415)
        << type;
    EXPECT_EQ(plane().call(Method::post, "/api/v1/session", "", with_token(), {}, type).status, 415) << type;
  }
}

TEST_P(Sessions, E17_NobodyIsSignedInByAnotherPage) {
  for (const Headers& from : {Headers{{"Origin", "https://evil.example"}}, Headers{{"Origin", "null"}},
                              Headers{{"Sec-Fetch-Site", "cross-site"}}}) {
    const Reply refused = sign_in(with_token(), from);
    EXPECT_EQ(refused.text("code"), "foreign_origin");
    EXPECT_EQ(refused.header("Set-Cookie"), "");
  }
}

TEST_P(Sessions, E17_ATokenNeedsNoOrigin) {
  EXPECT_EQ(plane().call(Method::post, "/api/v1/jobs", plane().admin(), job).status, 201);
  const Reply both = plane().call(Method::post, "/api/v1/jobs", plane().admin(), job, {{"Cookie", signed_in()}});
  EXPECT_EQ(both.status, 201) << "a token counts before a cookie";
}

TEST_P(Sessions, E18_ACookieOpensNothingToAnotherOrigin) {
  const std::string cookie = signed_in();
  for (const char* origin :
       {"null", "https://ci.example.evil", "http://127.0.0.1.evil.example", "http://127.0.0.1:1", "http://127.0.0.1"})
    for (const char* target : {"/api/v1/jobs", "/api/v1/session", "/api/v1/events?topics=runs", "/"}) {
      const Reply reply = get_by(cookie, target, {{"Origin", origin}});
      EXPECT_EQ(reply.header("Access-Control-Allow-Origin"), "") << target;
      EXPECT_EQ(reply.header("Access-Control-Allow-Credentials"), "") << target;
      if (target != std::string("/")) EXPECT_EQ(reply.status, 403) << origin << " " << target;
    }
}

TEST_P(Sessions, E4_FailuresOfOneAddressAreLimitedAndOthersAreNot) {
  TestPlane own(GetParam(), {{"http.trusted_proxies", "127.0.0.1"}, {"sessions.failures_per_minute", "3"}});
  const auto sign_in_from = [&](const std::string& address, const std::string& token) {
    return own.call(Method::post, "/api/v1/session", "", fmt::format(R"({{"token":"{}"}})", token),
                    {{"X-Forwarded-For", address}});
  };
  for (int i = 0; i < 10; ++i) EXPECT_EQ(sign_in_from("198.51.100.7", own.admin()).status, 204) << "no failure";
  for (int i = 0; i < 3; ++i) EXPECT_EQ(sign_in_from("198.51.100.7", "oca_guess").status, 401);
  const Reply limited = sign_in_from("198.51.100.7", own.admin());
  EXPECT_EQ(limited.status, 429) << "a right one after them is not read, either";
  EXPECT_EQ(limited.text("code"), "too_many_sign_ins");
  EXPECT_FALSE(limited.header("Retry-After").empty());
  EXPECT_EQ(sign_in_from("198.51.100.8", own.admin()).status, 204);
}

TEST_P(Sessions, F14_WhoIsNoTrustedProxySpeaksForNobody) {
  TestPlane own(GetParam(), {{"http.trusted_proxies", "198.51.100.1"}, {"sessions.failures_per_minute", "1"}});
  const auto guess = [&](const std::string& address) {
    return own
        .call(Method::post, "/api/v1/session", "", R"({"token":"oca_guess"})",
              {{"X-Forwarded-For", address},
               {"X-Real-IP", address},
               {"Forwarded", "for=" + address},
               {"X-Forwarded-Proto", "https"}})
        .status;
  };
  EXPECT_EQ(guess("203.0.113.1"), 401);
  EXPECT_EQ(guess("203.0.113.2"), 429) << "an address of its own choice is none";
  const Reply signed_in_there =
      own.call(Method::post, "/api/v1/session", "", with_token(), {{"X-Forwarded-Proto", "https"}});
  EXPECT_EQ(signed_in_there.header("Set-Cookie").find("Secure"), std::string::npos);
}

TEST_P(Sessions, E16_NoAnswerLeadsElsewhere) {
  const std::string cookie = signed_in();
  for (const char* next :
       {"//evil.example", "/%5Cevil.example", "https:evil.example", "javascript:alert(1)", "https://evil.example/"})
    for (const char* page : {"/sign-in", "/", "/api/v1/session"})
      for (const char* name : {"next", "redirect", "return_to", "url"}) {
        const Reply reply = get_by(cookie, fmt::format("{}?{}={}", page, name, next));
        EXPECT_EQ(reply.header("Location"), "") << page;
        EXPECT_EQ(reply.header("Refresh"), "") << page;
        EXPECT_FALSE(reply.status >= 300 && reply.status < 400) << page << ": " << reply.status;
      }
  for (const char* target : {"//evil.example", "//evil.example/..", "/\\evil.example", "/%2f%2fevil.example"}) {
    const Reply reply = plane().call(Method::get, target, "");
    EXPECT_EQ(reply.header("Location"), "") << target;
  }
}

TEST_P(Sessions, E9_SigningOutEndsTheStreamsThatWereOpened) {
  TestPlane own(GetParam(), {{"logs.stream_token_check", "10ms"}});
  const Reply in = own.call(Method::post, "/api/v1/session", "", fmt::format(R"({{"token":"{}"}})", own.admin()));
  const std::string cookie = cookie_of(in);
  const std::string running = own.submit(R"("retry":0,"runs_on":["nowhere"])");
  asio::io_context context;
  const auto client = http::Client::make(context.get_executor(), own.url());
  std::vector<std::unique_ptr<http::ResponseStream>> streams;
  for (const std::string& target :
       {"/api/v1/jobs/" + running + "/logs/stream", std::string("/api/v1/events?topics=runs")}) {
    auto stream = run_on(context, (*client)->open({.target = target, .headers = {{"Cookie", cookie}}}));
    ASSERT_EQ(stream.value()->head().status, 200) << target << ": a page has it by its cookie";
    streams.push_back(std::move(*stream));
  }
  ASSERT_EQ(own.call(Method::delete_, "/api/v1/session", "", {}, {{"Cookie", cookie}, {"Origin", own.url()}}).status,
            204);
  for (const auto& stream : streams)
    for (;;) {  // ends, or the read's deadline fails the test
      const auto piece = run_on(context, stream->read(65536, std::chrono::seconds(20)));
      if (piece && !piece->empty()) continue;
      EXPECT_TRUE(piece) << piece.error().message();
      break;
    }
}

TEST_P(Sessions, J5_AnotherPageOpensNoStreamWithTheCookie) {
  const std::string cookie = signed_in();
  const std::string running = plane().submit(R"("retry":0,"runs_on":["nowhere"])");
  for (const std::string& target :
       {"/api/v1/jobs/" + running + "/logs/stream", std::string("/api/v1/events?topics=runs")})
    EXPECT_EQ(get_by(cookie, target, {{"Origin", "https://evil.example"}, {"Sec-Fetch-Mode", "cors"}}).status, 403);
}

TEST_P(Sessions, BelowAPathTheCookieIsOfThatPath) {
  TestPlane own(GetParam(), {{"public_url", "http://example.org/ci"}});
  const std::string body = fmt::format(R"({{"token":"{}"}})", own.admin());
  const Reply in = own.call(Method::post, "/ci/api/v1/session", "", body, {{"Origin", "http://example.org"}});
  ASSERT_EQ(in.status, 204) << in.body;
  EXPECT_NE(in.header("Set-Cookie").find("; Path=/ci;"), std::string::npos) << in.header("Set-Cookie");
  EXPECT_EQ(own.call(Method::get, "/ci/api/v1/session", "", {}, {{"Cookie", cookie_of(in)}}).status, 200);
  EXPECT_EQ(own.call(Method::get, "/api/v1/session", "", {}, {{"Cookie", cookie_of(in)}}).status, 200)
      << "a proxy may remove the path";
  const Reply code = own.call(Method::post, "/ci/api/v1/session/codes", own.admin());
  EXPECT_EQ(code.text("url"), "http://example.org/ci/sign-in#code=" + code.text("code"));
}

TEST_P(Sessions, C8_TheValueIsInTheCookieAlone) {
  const std::string cookie = signed_in();
  const std::string value = cookie.substr(cookie.find('=') + 1);
  EXPECT_TRUE(value.starts_with("ocs_")) << value;
  for (const char* target : {"/api/v1/session", "/metrics", "/api/v1/jobs"})
    EXPECT_EQ(get_by(cookie, target).body.find(value.substr(4)), std::string::npos) << target;
}

INSTANTIATE_ON_BOTH_DATABASES(Sessions);

}  // namespace
}  // namespace open_cicd
