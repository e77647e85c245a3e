#include "auth/browsers.h"

#include "http/fake_request.h"

#include <gtest/gtest.h>

#include <vector>

namespace open_cicd::auth {
namespace {

using http::testing::FakeRequest;
using Fields = FakeRequest::Fields;
using http::Method;

constexpr const char* host = "127.0.0.1:8080";

struct BrowsersTest : testing::Test {
  // Whether a request with these fields may use a cookie.
  static bool may(const Browsers& browsers, Method method, Fields fields) {
    fields.emplace_back("Host", host);
    return browsers.check_origin(FakeRequest(method, "/", std::move(fields))).has_value();
  }
  bool may(Method method, Fields fields) { return may(local, method, std::move(fields)); }
  Browsers local{""}, at_root{"https://CI.example.org"}, below{"https://example.org/ci"};
};

TEST_F(BrowsersTest, E12_TheCookieIsForThisServersPagesAlone) {
  const FakeRequest request(Method::post, "/", {{"Host", host}});
  EXPECT_EQ(local.set_cookie(request, "v", Milliseconds(60'000)),
            "open_cicd_session_8080=v; Max-Age=60; Path=/; HttpOnly; SameSite=Lax");
  EXPECT_EQ(at_root.set_cookie(request, "v", Milliseconds(60'000)),
            "__Host-open_cicd_session=v; Max-Age=60; Path=/; HttpOnly; SameSite=Lax; Secure");
  EXPECT_EQ(below.set_cookie(request, "v", Milliseconds(60'000)),
            "open_cicd_session=v; Max-Age=60; Path=/ci; HttpOnly; SameSite=Lax; Secure");
  EXPECT_EQ(local.remove_cookie(request), "open_cicd_session_8080=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax");
}

TEST_F(BrowsersTest, E12_ATrustedProxyThatSaysHttpsMakesItSecure) {
  FakeRequest request(Method::post, "/", {{"Host", "ci.example.org"}});
  request.is_https = true;
  EXPECT_EQ(local.set_cookie(request, "v", Milliseconds(60'000)),
            "__Host-open_cicd_session=v; Max-Age=60; Path=/; HttpOnly; SameSite=Lax; Secure");
}

TEST_F(BrowsersTest, E12_OnlyTheSessionsOwnCookieIsRead) {
  const auto session = [this](std::string cookies, const char* at = host) {
    return local.session_of(FakeRequest(Method::get, "/", {{"Host", at}, {"Cookie", std::move(cookies)}}))
        .value_or("none");
  };
  EXPECT_EQ(session("open_cicd_session_8080=v"), "v");
  EXPECT_EQ(session("a=b; open_cicd_session_8080=v;c=d"), "v");
  EXPECT_EQ(session("open_cicd_session_8080=first; open_cicd_session_8080=second"), "first");
  for (const char* other :
       {"", ";;;", "open_cicd_session_8080", "xopen_cicd_session_8080=v", "open_cicd_session_80801=v",
        "open_cicd_session=v", "open_cicd_session_9090=v", "OPEN_CICD_SESSION_8080=v"})
    EXPECT_EQ(session(other), "none") << other;
  EXPECT_EQ(session("open_cicd_session=v", "ci.example.org"), "v");
  EXPECT_EQ(session("open_cicd_session=v", "ci.example.org:80800000"), "v") << "what is no port is not part of a name";
  EXPECT_EQ(session("open_cicd_session_8080=" + std::string(1000, 'v')), "none");
  EXPECT_EQ(local.session_of(FakeRequest(Method::get, "/", {{"Host", host}})), std::nullopt);
}

TEST_F(BrowsersTest, E17_AChangeNeedsTheServersOwnOrigin) {
  for (const Method method : {Method::post, Method::put, Method::patch, Method::delete_}) {
    EXPECT_TRUE(may(method, {{"Origin", "http://127.0.0.1:8080"}}));
    EXPECT_TRUE(may(method, {{"Sec-Fetch-Site", "same-origin"}}));
    EXPECT_FALSE(may(method, {})) << "a page of old browsers that says nothing of itself";
    for (const char* site : {"none", "same-site", "cross-site", "", "same-origin, same-origin"})
      EXPECT_FALSE(may(method, {{"Sec-Fetch-Site", site}})) << site;
    for (const char* origin :
         {"null", "", "http://127.0.0.1", "http://127.0.0.1:80801", "http://127.0.0.1:8080.evil.example",
          "https://127.0.0.1:8081", "http://evil.example", "http://evil.example/127.0.0.1:8080",
          "http://127.0.0.1:8080@evil.example", "file://", "http://", "//127.0.0.1:8080", "127.0.0.1:8080"})
      EXPECT_FALSE(may(method, {{"Origin", origin}, {"Sec-Fetch-Site", "same-origin"}})) << origin;
    EXPECT_FALSE(may(method, {{"Origin", "http://127.0.0.1:8080"}, {"Origin", "http://evil.example"}}));
  }
}

TEST_F(BrowsersTest, E17_ReadingNeedsNoOriginAndTakesNoForeignOne) {
  EXPECT_TRUE(may(Method::get, {}));
  EXPECT_TRUE(may(Method::get, {{"Sec-Fetch-Site", "none"}})) << "somebody who types the address";
  EXPECT_TRUE(may(Method::get, {{"Origin", "http://127.0.0.1:8080"}}));
  EXPECT_FALSE(may(Method::get, {{"Origin", "null"}}));
  EXPECT_FALSE(may(Method::get, {{"Origin", "https://evil.example"}}));
}

TEST_F(BrowsersTest, E17_ThePublicUrlIsTheServersOriginWhateverHostTheProxyNames) {
  EXPECT_TRUE(may(at_root, Method::post, {{"Origin", "https://ci.example.org"}}));
  EXPECT_TRUE(may(at_root, Method::post, {{"Origin", "https://ci.example.org:443"}}));
  EXPECT_TRUE(may(below, Method::post, {{"Origin", "https://example.org"}}));
  for (const char* origin : {"http://ci.example.org", "https://ci.example.org:444",
                             "https://ci.example.org.evil.example", "https://xci.example.org", "https://example.org"})
    EXPECT_FALSE(may(at_root, Method::post, {{"Origin", origin}})) << origin;
}

TEST_F(BrowsersTest, E17_OverHttpsAPlainPageOfTheSameNameIsAnother) {
  FakeRequest request(Method::post, "/", {{"Host", "ci.example.org"}, {"Origin", "http://ci.example.org"}});
  request.is_https = true;
  EXPECT_FALSE(local.check_origin(request));
  FakeRequest own(Method::post, "/", {{"Host", "ci.example.org"}, {"Origin", "https://ci.example.org"}});
  own.is_https = true;
  EXPECT_TRUE(local.check_origin(own));
}

TEST_F(BrowsersTest, E17_NobodyIsSignedInByAnotherPage) {
  const auto may_sign_in = [this](Fields fields) {
    fields.emplace_back("Host", host);
    return local.check_sign_in(FakeRequest(Method::post, "/", std::move(fields))).has_value();
  };
  EXPECT_TRUE(may_sign_in({})) << "a program";
  EXPECT_TRUE(may_sign_in({{"Sec-Fetch-Site", "same-origin"}}));
  EXPECT_TRUE(may_sign_in({{"Origin", "http://127.0.0.1:8080"}}));
  for (const char* site : {"same-site", "cross-site"}) EXPECT_FALSE(may_sign_in({{"Sec-Fetch-Site", site}})) << site;
  EXPECT_FALSE(may_sign_in({{"Origin", "null"}}));
  EXPECT_FALSE(may_sign_in({{"Origin", "http://evil.example"}, {"Sec-Fetch-Site", "same-origin"}}));
}

}  // namespace
}  // namespace open_cicd::auth
