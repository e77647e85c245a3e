#include "http/router.h"

#include "http/percent.h"
#include "http/test_support.h"

#include <stdexcept>

namespace open_cicd::http {
namespace {

using testing::anybody;
using testing::pong;

Route row(Method method, std::string pattern) {
  return {method, std::move(pattern), anybody, 0, pong};
}

std::string refusal_of(std::vector<Route> routes) {
  try {
    Router router(std::move(routes));
    return "";
  } catch (const std::logic_error& e) {
    return e.what();
  }
}

struct RouterTest : ::testing::Test {
  Router router{{row(Method::get, "/"), row(Method::get, "/jobs"), row(Method::post, "/jobs"),
                 row(Method::get, "/jobs/{id}"), row(Method::delete_, "/jobs/{id}"), row(Method::get, "/jobs/stats"),
                 row(Method::put, "/jobs/{id}/status"), row(Method::get, "/jobs/stats/daily"),
                 row(Method::get, "/{kind}/{name}/raw")}};
  std::string find(Method method, std::string_view path) {
    const Router::Match match = router.find(method, path);
    if (match.route == nullptr) return match.allow.empty() ? "none" : "allow " + match.allow;
    std::string text = match.route->pattern;
    for (const std::string& capture : match.captures) text += " " + capture;
    return text;
  }
};

TEST_F(RouterTest, FindsLiteralsAndCaptures) {
  EXPECT_EQ(find(Method::get, "/"), "/");
  EXPECT_EQ(find(Method::get, "/jobs"), "/jobs");
  EXPECT_EQ(find(Method::get, "/jobs/0192"), "/jobs/{id} 0192");
  EXPECT_EQ(find(Method::put, "/jobs/0192/status"), "/jobs/{id}/status 0192");
  EXPECT_EQ(find(Method::get, "/jobs/stats"), "/jobs/stats");
  EXPECT_EQ(find(Method::head, "/jobs/0192"), "/jobs/{id} 0192");
}

TEST_F(RouterTest, GivesALiteralUpWhenItLeadsNowhere) {
  EXPECT_EQ(find(Method::put, "/jobs/stats/status"), "/jobs/{id}/status stats");
  EXPECT_EQ(find(Method::get, "/jobs/stats/raw"), "/{kind}/{name}/raw jobs stats");
}

TEST(RouterOfPages, OneRowAnswersGetOfEveryOtherWellFormedPath) {
  const Router router{{row(Method::get, "/jobs"), row(Method::post, "/jobs"), row(Method::get, "/jobs/{id}"),
                       row(Method::get, std::string(any_other_path))}};
  const auto find = [&](Method method, std::string_view path) {
    const Router::Match match = router.find(method, path);
    return match.route != nullptr ? match.route->pattern : "none" + match.allow;
  };
  for (const char* path : {"/", "/runs", "/runs/1", "/runs/", "/a%2fb"}) {
    EXPECT_EQ(find(Method::get, path), any_other_path) << path;
    EXPECT_EQ(find(Method::head, path), any_other_path) << path;
    EXPECT_EQ(find(Method::post, path), "none") << path;
  }
  EXPECT_EQ(find(Method::get, "/jobs"), "/jobs");
  EXPECT_EQ(find(Method::delete_, "/jobs"), "noneGET, HEAD, POST");
  for (const char* path :
       {"//", "/a//b", "/../jobs", "/jobs/../x", "/./x", "/jobs;x", "/a//", "/jobs/%2f", "/jobs/%00", "jobs", ""})
    EXPECT_EQ(find(Method::get, path), "none") << path;
}

TEST_F(RouterTest, NamesTheMethodsThatThereAre) {
  EXPECT_EQ(find(Method::patch, "/jobs"), "allow GET, HEAD, POST");
  EXPECT_EQ(find(Method::post, "/jobs/0192"), "allow GET, HEAD, DELETE");
  EXPECT_EQ(find(Method::head, "/jobs/0192/status"), "allow PUT");
  EXPECT_EQ(router.find(std::nullopt, "/jobs").allow, "GET, HEAD, POST");
}

TEST_F(RouterTest, DecodesInsideCapturesOnly) {
  EXPECT_EQ(find(Method::get, "/jobs/a%20b+c"), "/jobs/{id} a b+c");
  EXPECT_EQ(find(Method::get, "/jobs/%C3%A9"), "/jobs/{id} \xc3\xa9");
  EXPECT_EQ(find(Method::get, "/job%73"), "none");
}

TEST_F(RouterTest, NeverMatchesTricks) {
  for (const char* path : {"",
                           "jobs",
                           "//",
                           "//jobs",
                           "/jobs//",
                           "/jobs/",
                           "/jobs/./status",
                           "/jobs/../jobs",
                           "/jobs/..",
                           "/jobs/.",
                           "/jobs/a%2fb",
                           "/jobs/a%2Fstatus",
                           "/jobs/%2e%2e",
                           "/jobs/%2E",
                           "/jobs/a%00",
                           "/jobs/a;b",
                           "/jobs;a=b",
                           "/jobs/%zz",
                           "/jobs/%4",
                           "/jobs/%",
                           "/jobs/%ff",
                           "/JOBS",
                           "/jobs/a/b/c/d",
                           "/jobs\\a"}) {
    EXPECT_EQ(find(Method::get, path), "none") << path;
  }
  std::string deep;
  for (int i = 0; i < 10'000; ++i) deep += "/a";
  EXPECT_EQ(find(Method::get, deep), "none");
}

TEST(Router, RefusesRowsThatCannotBe) {
  EXPECT_EQ(refusal_of({row(Method::get, "/a/{x}"), row(Method::get, "/a/{y}")}), "GET /a/{y}: collides with /a/{x}");
  EXPECT_EQ(refusal_of({row(Method::get, "/a/{x}"), row(Method::get, "/a/b"), row(Method::put, "/a/{x}")}), "");
  Route ungated = row(Method::get, "/a");
  ungated.gate = {};
  EXPECT_EQ(refusal_of({ungated}), "GET /a: the route has no access rule");
  Route unhandled = row(Method::get, "/a");
  unhandled.handler = {};
  EXPECT_EQ(refusal_of({unhandled}), "GET /a: the route has no handler");
  for (const char* pattern : {"", "a", "/a/", "//", "/a//b", "/{a}b", "/a%20b", "/{}", "/a/.."}) {
    EXPECT_NE(refusal_of({row(Method::get, pattern)}), "") << pattern;
  }
  EXPECT_NE(refusal_of({row(Method::head, "/a")}), "");
}

TEST(Percent, RoundTripsAndRefuses) {
  const std::string text = "a/b c+d%\xc3\xa9?&=~";
  EXPECT_EQ(percent_decode(percent_encode(text), PlusIs::space), text);
  EXPECT_EQ(percent_encode("a b/"), "a%20b%2F");
  for (const char* bad : {"%", "%1", "%g0", "%00", "%c3", "\xc3", "a\xff"})
    EXPECT_EQ(percent_decode(bad, PlusIs::plus), std::nullopt) << bad;
  EXPECT_EQ(percent_decode(std::string_view("a\0b", 3), PlusIs::plus), std::nullopt);
  EXPECT_EQ(parse_query("a=1&&b=c%26d&e")->size(), 3u);
  EXPECT_EQ(parse_query("a=%zz"), std::nullopt);
  std::string many;
  for (int i = 0; i < 101; ++i) many += "a&";
  EXPECT_EQ(parse_query(many), std::nullopt);
}

}  // namespace
}  // namespace open_cicd::http
