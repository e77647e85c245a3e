// Logins of registries over HTTP: stored, listed, removed, and no password shown. A repository's are tried in
// tests/e2e/test_images_guide.py.
#include "api/both_databases.h"
#include "base/id.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

namespace open_cicd {
namespace {

namespace bj = boost::json;

class Registries : public BothDatabases {
 protected:
  Reply put(const std::string& host, const bj::value& body) {
    return plane().call(http::Method::put, at + "/" + host, plane().admin(), bj::serialize(body));
  }
  Reply remove(const std::string& host) {
    return plane().call(http::Method::delete_, at + "/" + host, plane().admin());
  }
  std::string listed(const std::string& host) {  // "user" of it; "-": it is not there
    for (const bj::value& one : plane().get(at).json.at("registries").as_array())
      if (one.at("host") == bj::value(host)) return std::string(one.at("username").as_string());
    return "-";
  }
  static std::string fields_of(const Reply& reply) {
    std::string fields;
    if (reply.status != 422) return std::to_string(reply.status);
    for (const bj::value& error : reply.json.at("errors").as_array())
      fields += std::string(error.at("field").as_string()) + " ";
    return fields;
  }
  const std::string at = "/api/v1/registries";
};

INSTANTIATE_ON_BOTH_DATABASES(Registries);

TEST_P(Registries, AreStoredReplacedListedAndRemoved) {
  const Reply made = put("r.example.org:5000", {{"username", "ann"}, {"password", "hush-hush-1"}});
  EXPECT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(made.header("Location"), at + "/r.example.org:5000");
  EXPECT_EQ(made.json.at("host"), "r.example.org:5000");
  EXPECT_EQ(listed("r.example.org:5000"), "ann");
  const Reply replaced = put("r.example.org%3A5000", {{"username", "bob"}, {"password", "hush-hush-2"}});
  EXPECT_EQ(replaced.status, 200) << replaced.body;
  EXPECT_EQ(replaced.json.at("version"), 2);
  EXPECT_TRUE(std::string_view(replaced.json.at("updated_at").as_string()).ends_with('Z'));
  EXPECT_EQ(listed("r.example.org:5000"), "bob");
  EXPECT_TRUE(plane().get(at).json.at("next_cursor").is_null());
  EXPECT_EQ(remove("r.example.org:5000").status, 204);
  EXPECT_EQ(listed("r.example.org:5000"), "-");
  EXPECT_EQ(remove("r.example.org:5000").status, 404);
}

TEST_P(Registries, DockersOwnHasOneName) {
  EXPECT_EQ(put("index.docker.io", {{"username", "ann"}, {"password", "hush-hush-1"}}).json.at("host"), "docker.io");
  EXPECT_EQ(put("docker.io", {{"username", "ann"}, {"password", "hush-hush-1"}}).status, 200);
  EXPECT_EQ(remove("docker.io").status, 204);
}

TEST_P(Registries, EveryWrongFieldIsNamed) {
  const bj::value fine{{"username", "ann"}, {"password", "hush-hush-1"}};
  for (const char* host : {"registry", "Ghcr.io", "ghcr.io:x", "a_b.io", "https:", "%2a", "a.io%0a"})
    EXPECT_EQ(fields_of(put(host, fine)), "host ") << host;
  EXPECT_EQ(fields_of(put(std::string(260, 'a') + ".io", fine)), "host ");
  EXPECT_EQ(fields_of(put("ghcr.io", {{"username", "a:b"}, {"password", "hush-hush-1"}})), "username ");
  EXPECT_EQ(fields_of(put("ghcr.io", {{"username", ""}, {"password", ""}})), "username password ");
  EXPECT_EQ(fields_of(put("ghcr.io", {{"password", "hush-hush-1"}})), "username ");
  EXPECT_EQ(fields_of(put("ghcr.io", {{"username", "ann"}, {"password", "x1y2z3"}, {"email", "a@b"}})), "email ");
  EXPECT_EQ(plane().get(at + "/ghcr.io").status, 405) << "nobody reads one";
  const std::string nowhere = "/api/v1/repositories/" + format_uuid(make_uuid_v7()) + "/registries";
  EXPECT_EQ(plane().get(nowhere).status, 404);
  EXPECT_EQ(plane().call(http::Method::put, nowhere + "/ghcr.io", plane().admin(), bj::serialize(fine)).status, 404);
  EXPECT_EQ(plane().call(http::Method::delete_, nowhere + "/ghcr.io", plane().admin()).status, 404);
  EXPECT_EQ(listed("ghcr.io"), "-");
}

TEST_P(Registries, C5_APasswordThatNoLogCouldHideIsRefused) {
  for (const char* password : {"abc", "true", "TEST", "production", "aaaaaaaa"})
    EXPECT_EQ(fields_of(put("ghcr.io", {{"username", "ann"}, {"password", password}})), "password ") << password;
}

TEST_P(Registries, C8_NoAnswerShowsAPassword) {
  const std::string canary = "canary-" + format_uuid(make_uuid_v4());
  std::string all;
  for (int i = 0; i < 2; ++i) all += put("shown.example.org", {{"username", "ann"}, {"password", canary}}).body;
  all += put("shown.example.org", {{"username", "ann"}, {"password", canary}, {canary, 1}}).text("detail");
  all += put("shown.example.org", {{"username", "a:b"}, {"password", canary}}).body;
  for (const char* where : {"/api/v1/registries", "/api/v1/secrets", "/metrics"}) all += plane().get(where).body;
  EXPECT_TRUE(all.contains("shown.example.org"));
  EXPECT_EQ(plane().get("/api/v1/secrets").body.find("shown.example.org"), std::string::npos);
  EXPECT_EQ(remove("shown.example.org").status, 204);
  EXPECT_FALSE(all.contains("\"" + canary)) << all;
}

TEST_P(Registries, AScopeHasALimit) {
  for (int i = 0; i < 100; ++i)
    ASSERT_EQ(put(fmt::format("r{}.limit", i), {{"username", "ann"}, {"password", "hush-hush-1"}}).status, 201);
  const Reply full = put("one-more.limit", {{"username", "ann"}, {"password", "hush-hush-1"}});
  EXPECT_EQ(full.status, 409);
  EXPECT_EQ(full.text("code"), "registry_limit");
  EXPECT_EQ(put("r0.limit", {{"username", "bob"}, {"password", "hush-hush-1"}}).status, 200);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(remove(fmt::format("r{}.limit", i)).status, 204);
}

}  // namespace
}  // namespace open_cicd
