// Secrets over HTTP: stored, limited, listed, removed, and never shown.
#include "api/both_databases.h"
#include "api/git_remote.h"
#include "base/id.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <fstream>
#include <iterator>
#include <sys/stat.h>

namespace open_cicd {
namespace {

namespace bj = boost::json;
namespace fs = std::filesystem;

class Secrets : public BothDatabases {
 protected:
  Reply put(const std::string& at, const bj::value& body, TestPlane* in = nullptr) {
    TestPlane& where = in == nullptr ? plane() : *in;
    return where.call(http::Method::put, at, where.admin(), bj::serialize(body));
  }
  Reply remove(const std::string& at) { return plane().call(http::Method::delete_, at, plane().admin()); }
  static std::string names_in(const Reply& list) {
    std::string names;
    for (const bj::value& secret : list.json.at("secrets").as_array())
      names += std::string(secret.at("name").as_string()) + " ";
    return names;
  }
  static std::string fields_of(const Reply& reply) {
    std::string fields;
    for (const bj::value& error : reply.json.at("errors").as_array())
      fields += std::string(error.at("field").as_string()) + " ";
    return fields;
  }
  // Each test has a repository of its own.
  GitRemote remote;
  std::string repository = "/api/v1/repositories/" + remote.connect(plane()).text("id") + "/secrets";
};

INSTANTIATE_ON_BOTH_DATABASES(Secrets);

TEST_P(Secrets, AreStoredReplacedListedAndRemoved) {
  const Reply made = put(repository + "/TOKEN", {{"value", "a first value"}});
  EXPECT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(made.header("Location"), repository + "/TOKEN");
  EXPECT_EQ(made.json.at("version"), 1);
  const Reply replaced = put(repository + "/TOKEN", {{"value", "a second value"},
                                                     {"events", bj::array{"push"}},
                                                     {"branches", bj::array{"main", "!x"}},
                                                     {"images", bj::array{"debian:*"}}});
  EXPECT_EQ(replaced.status, 200) << replaced.body;
  EXPECT_EQ(put(repository + "/KEY", {{"value", "-----BEGIN\nline\n"}}).status, 201);
  const Reply list = plane().get(repository);
  EXPECT_EQ(names_in(list), "KEY TOKEN ");
  EXPECT_TRUE(list.json.at("next_cursor").is_null());
  const bj::value& token = list.json.at("secrets").at(1);
  EXPECT_EQ(token.at("version"), 2);
  EXPECT_EQ(token.at("events"), bj::value(bj::array{"push"}));
  EXPECT_EQ(token.at("branches"), bj::value(bj::array{"main", "!x"}));
  EXPECT_EQ(token.at("images"), bj::value(bj::array{"debian:*"}));
  EXPECT_TRUE(std::string_view(token.at("created_at").as_string()).ends_with('Z'));
  EXPECT_EQ(remove(repository + "/TOKEN").status, 204);
  EXPECT_EQ(remove(repository + "/TOKEN").status, 404);
  EXPECT_EQ(names_in(plane().get(repository)), "KEY ");
}

TEST_P(Secrets, OfTheServerAndOfRepositoriesAreApart) {
  GitRemote second;
  const std::string other = "/api/v1/repositories/" + second.connect(plane()).text("id") + "/secrets";
  ASSERT_EQ(put("/api/v1/secrets/APART", {{"value", "the server's"}}).status, 201);
  ASSERT_EQ(put(repository + "/APART", {{"value", "the repository's"}}).status, 201);
  EXPECT_EQ(names_in(plane().get(other)), "");
  EXPECT_EQ(remove(other + "/APART").status, 404);
  EXPECT_EQ(remove("/api/v1/secrets/APART").status, 204);
  EXPECT_EQ(names_in(plane().get(repository)), "APART ");
}

TEST_P(Secrets, EveryWrongFieldIsNamed) {
  const Reply wrong = put(repository + "/NAME",
                          {{"value", "x"}, {"events", bj::array{"push", "pull"}}, {"branches", bj::array{"[z-a]"}}});
  EXPECT_EQ(wrong.status, 422) << wrong.body;
  EXPECT_EQ(fields_of(put(repository + "/2FAST", {{"value", "a good value"}})), "name ");
  EXPECT_EQ(fields_of(put(repository + "/a-b", {{"value", "a good value"}})), "name ");
  EXPECT_EQ(fields_of(put(repository + "/" + std::string(101, 'A'), {{"value", "a good value"}})), "name ");
  EXPECT_EQ(fields_of(put(repository + "/NAME", {{"value", "a good value"}, {"event", "push"}})), "event ");
  EXPECT_EQ(fields_of(put(repository + "/NAME", bj::object())), "value ");
  EXPECT_EQ(fields_of(put(repository + "/NAME", {{"value", std::string((48 << 10) + 1, 'v')}})), "value ");
  EXPECT_EQ(fields_of(put(repository + "/NAME", {{"value", std::string("nul\0nul", 7)}})), "value ");
  EXPECT_EQ(fields_of(put(repository + "/NAME", {{"value", "a good value"}, {"branches", bj::array{"[z-a]"}}})),
            "branches[0] ");
  EXPECT_EQ(put("/api/v1/repositories/acme/secrets/NAME", {{"value", "a good value"}}).status, 404);
  EXPECT_EQ(plane().get("/api/v1/repositories/acme/secrets").status, 404);
  EXPECT_EQ(names_in(plane().get(repository)), "");
}

TEST_P(Secrets, C5_AValueThatNoLogCouldHideIsRefused) {
  for (const char* value : {"abc", "\nab\n", "true", "TEST", "production", "aaaaaaaa"}) {
    const Reply refused = put(repository + "/NAME", {{"value", value}});
    EXPECT_EQ(refused.status, 422) << value << refused.body;
    EXPECT_EQ(fields_of(refused), "value ") << value;
    EXPECT_TRUE(refused.body.contains("`env`")) << "what to do instead: " << refused.body;
  }
}

TEST_P(Secrets, C8_NoAnswerShowsAValue) {
  const std::string canary = "canary-" + format_uuid(make_uuid_v4());
  std::string all;
  for (const std::string& at : {repository + "/CANARY", std::string("/api/v1/secrets/CANARY")}) {
    for (int i = 0; i < 2; ++i) all += put(at, {{"value", canary}}).body;
    all += put(at, {{"value", canary}, {"events", bj::array{canary}}, {"other", canary}}).text("detail");
  }
  for (const std::string& at : {repository, std::string("/api/v1/secrets"), std::string("/metrics"),
                                repository + "/CANARY", std::string("/api/v1/secrets/CANARY")})
    all += plane().get(at).body;
  all += plane().call(http::Method::post, "/api/v1/secret-keys/rotate", plane().admin()).body;
  EXPECT_TRUE(all.contains("CANARY"));
  EXPECT_FALSE(all.contains(canary)) << all;
  EXPECT_EQ(remove("/api/v1/secrets/CANARY").status, 204);
}

class SecretKeys : public Secrets {
 protected:
  static std::string text_of(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
};

INSTANTIATE_ON_BOTH_DATABASES(SecretKeys);

TEST_P(SecretKeys, C14_AreInAFileOfTheOperatorAndInNoAnswer) {
  TestPlane own(GetParam());
  struct stat file{};
  ASSERT_EQ(::stat((own.data() / "secret.key").c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 0777, 0600U);
  ASSERT_EQ(put("/api/v1/secrets/TOKEN", {{"value", "a value to seal"}}, &own).status, 201);
  const std::string text = text_of(own.data() / "secret.key");
  const std::string key = text.substr(text.size() - 65, 64);
  std::string all;
  for (const char* at : {"/api/v1/secrets", "/api/v1/storage", "/metrics", "/api/v1/openapi.json"})
    all += own.get(at).body;
  EXPECT_FALSE(all.contains(key));
}

TEST_P(SecretKeys, SurviveARestartAndANewAdminToken) {
  TestPlane own(GetParam());
  ASSERT_EQ(put("/api/v1/secrets/TOKEN", {{"value", "a value to seal"}}, &own).status, 201);
  own.reset_admin_token();
  own.restart();
  const Reply rotated = own.call(http::Method::post, "/api/v1/secret-keys/rotate", own.admin());
  EXPECT_EQ(rotated.status, 200) << rotated.body;
  EXPECT_EQ(rotated.json, bj::value({{"sealed", 0}, {"unreadable", bj::array()}}));
}

TEST_P(SecretKeys, ANewKeySealsWhatAnOlderOneHasSealed) {
  TestPlane own(GetParam());
  ASSERT_EQ(put("/api/v1/secrets/TOKEN", {{"value", "a value to seal"}}, &own).status, 201);
  const fs::path file = own.data() / "secret.key";
  const std::string old_keys = text_of(file);
  ASSERT_TRUE(secrets::Keys::add_new(file));
  own.restart();
  // The start seals anew, too: whichever was first.
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  const auto is_done = [&] {
    const Reply rotated = own.call(http::Method::post, "/api/v1/secret-keys/rotate", own.admin());
    EXPECT_EQ(rotated.json.at("unreadable").as_array().size(), 0u);
    return rotated.json.at("sealed") == 0;
  };
  while (!is_done() && std::chrono::steady_clock::now() < deadline) continue;
  // The older key is not needed any more.
  const std::string text = text_of(file);
  const std::size_t key = text.find('\n') + 1;
  std::ofstream(file, std::ios::binary) << text.substr(key, 65);
  own.restart();
  EXPECT_TRUE(
      own.call(http::Method::post, "/api/v1/secret-keys/rotate", own.admin()).json.at("unreadable").as_array().empty());
  // With the old one alone, it is told what cannot be opened.
  std::ofstream(file, std::ios::binary) << old_keys;
  own.restart();
  EXPECT_EQ(own.call(http::Method::post, "/api/v1/secret-keys/rotate", own.admin()).json.at("unreadable"),
            bj::value(bj::array{"/TOKEN"}));
}

TEST_P(SecretKeys, ALostKeyFileIsNotReplacedInSilence) {
  TestPlane own(GetParam());
  fs::remove(own.data() / "secret.key");
  own.restart();
  EXPECT_TRUE(fs::exists(own.data() / "secret.key")) << "nothing was sealed yet";
  ASSERT_EQ(put("/api/v1/secrets/TOKEN", {{"value", "a value to seal"}}, &own).status, 201);
  const std::string keys = text_of(own.data() / "secret.key");
  fs::rename(own.data() / "secret.key", own.data() / "kept");
  EXPECT_EQ(own.failed_restart(), "secret_key_file");
  EXPECT_FALSE(fs::exists(own.data() / "secret.key"));
  fs::rename(own.data() / "kept", own.data() / "secret.key");
  own.restart();
  EXPECT_EQ(text_of(own.data() / "secret.key"), keys);
}

}  // namespace
}  // namespace open_cicd
