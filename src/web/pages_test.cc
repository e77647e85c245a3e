#include "web/pages.h"

#include "http/fake_request.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

namespace open_cicd::web {
namespace {

constexpr std::string_view index_html =
    R"(<html><script src="/__open_cicd_base__/theme.js"></script><script>start("/__open_cicd_base__")</script></html>)";
constexpr std::array<File, 5> files{{
    {.path = "/index.html", .bytes = index_html, .brotli = "stale", .gzip = "stale"},
    {.path = "/theme.js", .bytes = "theme"},
    {.path = "/favicon.svg", .bytes = "<svg/>"},
    {.path = "/_app/version.json", .bytes = "{}"},
    {.path = "/_app/immutable/start.Bk2v.js", .bytes = "start()", .brotli = "in br", .gzip = "in gzip"},
}};

using http::testing::FakeRequest;

std::string_view header_of(const http::Response& response, std::string_view name) {
  const auto found =
      std::ranges::find(response.headers, name, [](const auto& header) { return std::string_view(header.first); });
  return found == response.headers.end() ? std::string_view() : found->second;
}

struct PagesTest : testing::Test {
  http::Response get(std::string_view path, FakeRequest::Fields fields = {}) {
    return pages.answer(FakeRequest(http::Method::get, path, std::move(fields)));
  }
  Pages pages{files, ""};
};

TEST_F(PagesTest, PagesThatTheApplicationKnowsGetItsIndex) {
  for (const char* path : {"/", "/runs/0192", "/jobs/0192", "/sign-in", "/agents/", "/repositories/a%2fb.js"}) {
    const http::Response page = get(path);
    EXPECT_EQ(page.status, 200) << path;
    EXPECT_EQ(page.content_type, "text/html; charset=utf-8") << path;
    EXPECT_EQ(page.body, R"(<html><script src="/theme.js"></script><script>start("")</script></html>)") << path;
    EXPECT_EQ(header_of(page, "Cache-Control"), "no-cache") << path;
  }
}

TEST_F(PagesTest, WhatProgramsAskForIsNeverAPage) {
  for (const char* path :
       {"/api", "/api/v1/nothing", "/API/v1/jobs", "/more/api/v1/jobs", "/%61pi/v1/jobs", "/_app/immutable/gone.js",
        "/_app", "/favicon.ico", "/robots.txt", "/.env", "/api\\v1\\jobs"}) {
    const http::Response answer = get(path);
    EXPECT_EQ(answer.status, 404) << path;
    EXPECT_EQ(answer.content_type, "application/problem+json") << path;
  }
}

TEST_F(PagesTest, ANamedByItsContentIsKeptForEverAndAllElseIsAskedForAgain) {
  const http::Response start = get("/_app/immutable/start.Bk2v.js");
  EXPECT_EQ(start.content_type, "text/javascript; charset=utf-8");
  EXPECT_EQ(header_of(start, "Cache-Control"), "public, max-age=31536000, immutable");
  for (const char* path : {"/theme.js", "/favicon.svg", "/_app/version.json"})
    EXPECT_EQ(header_of(get(path), "Cache-Control"), "no-cache") << path;
}

TEST_F(PagesTest, WhoHasItAlreadyIsNotSentItAgain) {
  for (const char* path : {"/", "/runs/1", "/theme.js"}) {
    const std::string tag(header_of(get(path), "ETag"));
    ASSERT_FALSE(tag.empty());
    const http::Response known = get(path, {{"If-None-Match", "W/\"other\", " + tag}});
    EXPECT_EQ(known.status, 304) << path;
    EXPECT_EQ(known.body, "");
    EXPECT_EQ(header_of(known, "ETag"), tag);
    EXPECT_EQ(get(path, {{"If-None-Match", "\"other\""}}).status, 200);
  }
}

TEST_F(PagesTest, TheBestEncodingThatIsTakenIsSent) {
  const auto body_for = [this](std::string accepted) {
    const http::Response response = get("/_app/immutable/start.Bk2v.js", {{"Accept-Encoding", std::move(accepted)}});
    EXPECT_EQ(header_of(response, "Vary"), "Accept-Encoding");
    return std::string(header_of(response, "Content-Encoding")) + ":" + response.body;
  };
  EXPECT_EQ(body_for("gzip, deflate, br, zstd"), "br:in br");
  EXPECT_EQ(body_for("gzip;q=0.5"), "gzip:in gzip");
  EXPECT_EQ(body_for("br;q=0, gzip"), "gzip:in gzip");
  EXPECT_EQ(body_for("br;q=0.0,gzip; q=0"), ":start()");
  EXPECT_EQ(body_for("brotli"), ":start()");
  EXPECT_EQ(body_for(""), ":start()");
}

TEST_F(PagesTest, TheIndexIsCompressedAfterTheBaseStandsInIt) {
  const http::Response page = get("/", {{"Accept-Encoding", "br, gzip"}});
  EXPECT_EQ(header_of(page, "Content-Encoding"), "gzip");
  EXPECT_EQ(page.body.substr(0, 2), "\x1f\x8b");
}

TEST_F(PagesTest, E19_ThePolicyLetsTheBootScriptRunByItsHashAndNothingElse) {
  for (const char* path : {"/", "/runs/1", "/theme.js", "/_app/immutable/start.Bk2v.js"}) {
    const std::string policy(header_of(get(path), "Content-Security-Policy"));
    // printf 'start("")' | openssl dgst -sha256 -binary | base64
    EXPECT_NE(policy.find("script-src 'self' 'sha256-PI68x+tE8CCua0+7EgMO+u1NGgPvWfKtWRwj3HyO0eU=';"), policy.npos)
        << policy;
    EXPECT_NE(policy.find("frame-ancestors 'none'"), policy.npos);
    EXPECT_NE(policy.find("require-trusted-types-for 'script'"), policy.npos);
    EXPECT_EQ(policy.find("script-src 'self' 'unsafe"), policy.npos);
  }
}

TEST(PagesBelowAPath, TheBaseStandsInTheIndexAndItsHashCoversIt) {
  const Pages below(files, "/ci");
  const http::Response page = below.answer(FakeRequest(http::Method::get, "/runs/1"));
  EXPECT_EQ(page.body, R"(<html><script src="/ci/theme.js"></script><script>start("/ci")</script></html>)");
  EXPECT_NE(header_of(page, "Content-Security-Policy"),
            header_of(Pages(files, "").answer(FakeRequest(http::Method::get, "/")), "Content-Security-Policy"));
}

TEST(PagesThatAreMissing, ASmallPageSaysHowToGetThem) {
  const Pages none(std::span<const File>(), "");
  for (const char* path : {"/", "/runs/1"}) {
    const http::Response page = none.answer(FakeRequest(http::Method::get, path));
    EXPECT_EQ(page.status, 200);
    EXPECT_NE(page.body.find("dev/build"), page.body.npos);
  }
  EXPECT_EQ(none.answer(FakeRequest(http::Method::get, "/api/v1/nothing")).status, 404);
  EXPECT_EQ(none.answer(FakeRequest(http::Method::get, "/_app/x.js")).status, 404);
}

TEST(PagesThatAreMissing, FilesWithoutAnIndexAreAMistakeOfTheBuild) {
  EXPECT_THROW(Pages(std::span(files).subspan(1), ""), std::logic_error);
}

}  // namespace
}  // namespace open_cicd::web
