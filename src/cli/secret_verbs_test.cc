#include "base/settings.h"
#include "cli/scripted_server.h"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include <iostream>
#include <stdlib.h>
#include <sys/stat.h>

namespace open_cicd::cli {
namespace {

using http::Method;
using http::Response;

// What the verb reads from standard input while it lives.
class StandardInput {
 public:
  explicit StandardInput(std::string text) : text_(std::move(text)), before_(std::cin.rdbuf(text_.rdbuf())) {}
  ~StandardInput() {
    std::cin.rdbuf(before_);
    std::cin.clear();
  }

 private:
  std::istringstream text_;
  std::streambuf* before_;
};

constexpr std::string_view stored = R"({"name":"TOKEN","version":1})";

class SecretVerbs : public testing::Test {
 protected:
  SecretVerbs() {
    for (const char* pattern : {"/api/v1/secrets/{name}", "/api/v1/repositories/{id}/secrets/{name}"}) {
      server.on(Method::put, pattern, [this](const Seen&) { return answer; });
      server.on(Method::delete_, pattern, [](const Seen&) { return Response::empty(204); });
    }
    for (const char* pattern : {"/api/v1/secrets", "/api/v1/repositories/{id}/secrets"})
      server.on(Method::get, pattern, [this](const Seen&) { return Response::json(200, list); });
    server.start();
  }
  Outcome set_from(std::string input, std::vector<std::string> more = {}) {
    const StandardInput in(std::move(input));
    std::vector<std::string> arguments{"secret", "set", "TOKEN"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return server.run(std::move(arguments));
  }
  std::string sent_value() const {
    return std::string(boost::json::parse(server.seen().back().body).at("value").as_string());
  }

  ScriptedServer server;
  Response answer = Response::json(201, std::string(stored));
  std::string list = R"({"secrets":[],"next_cursor":null})";
};

TEST_F(SecretVerbs, SetSendsExactlyWhatStandardInputHolds) {
  for (const std::string& value :
       {std::string("s3cr3t"), std::string("-----BEGIN\nline\n"), std::string(" blanks \t"), std::string("crlf\r\n"),
        std::string("\"quoted\" \\ \xc3\xbc"), std::string(48 << 10, 'v')}) {
    const Outcome outcome = set_from(value);
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_EQ(outcome.out, "TOKEN stored\n");
    EXPECT_EQ(sent_value(), value);
    EXPECT_FALSE((outcome.out + outcome.err).contains(value));
  }
  EXPECT_EQ(server.seen().front().line, "PUT /api/v1/secrets/TOKEN");
}

TEST_F(SecretVerbs, SetTellsOfALineBreakThatEchoHasAdded) {
  EXPECT_TRUE(set_from("s3cr3t\n").err.contains("ends with a line break"));
  EXPECT_EQ(sent_value(), "s3cr3t\n");
  EXPECT_EQ(set_from("s3cr3t").err, "");
  EXPECT_EQ(set_from("a key\nof two lines\n").err, "") << "which is meant so";
}

TEST_F(SecretVerbs, SetTakesAFileByteForByte) {
  const TempFolder folder;
  const Outcome outcome = set_from("not this", {"--from-file", folder.write("key", "a key\n\n")});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(sent_value(), "a key\n\n");
  EXPECT_EQ(set_from("", {"--from-file", "/nonexistent"}).code, 66);
  EXPECT_EQ(set_from("", {"--from-file", "/"}).code, 66);
}

TEST_F(SecretVerbs, SetSendsWhatItIsLimitedTo) {
  const Outcome outcome =
      set_from("s3cr3t", {"--repository", "0192f0c1-0000-7000-8000-000000000001", "--event", "push", "--event", "tag",
                          "--branch", "main", "--branch", "!x", "--image", "debian:*"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  const Seen seen = server.seen().back();
  EXPECT_EQ(seen.line, "PUT /api/v1/repositories/0192f0c1-0000-7000-8000-000000000001/secrets/TOKEN");
  EXPECT_EQ(boost::json::parse(seen.body), boost::json::parse(R"({"value": "s3cr3t", "events": ["push", "tag"],
                                                                  "branches": ["main", "!x"], "images": ["debian:*"]})"));
  set_from("s3cr3t");
  EXPECT_EQ(server.seen().back().body, R"({"value":"s3cr3t"})");
}

TEST_F(SecretVerbs, SetRefusesWhatCannotBeSent) {
  EXPECT_EQ(set_from("").code, 65);
  const Outcome bytes = set_from("\xff\xfe");
  EXPECT_EQ(bytes.code, 65);
  EXPECT_TRUE(bytes.err.contains("base64")) << bytes.err;
  EXPECT_TRUE(server.seen().empty());
}

TEST_F(SecretVerbs, C5_SetSaysWhatTheServerRefuses) {
  answer = problem_of(invalid_fields({{"value", "is too short to be hidden in logs"}}).error());
  const Outcome outcome = set_from("abc");
  EXPECT_EQ(outcome.code, 65);
  EXPECT_EQ(outcome.err, "value: is too short to be hidden in logs\n");
}

TEST_F(SecretVerbs, C8_NoVerbTakesAValueAsAnArgument) {
  EXPECT_EQ(set_from("", {"s3cr3t"}).code, 2);
  EXPECT_EQ(set_from("", {"--value", "s3cr3t"}).code, 2);
  EXPECT_TRUE(server.seen().empty());
}

TEST_F(SecretVerbs, SetSaysThatAValueWasReplaced) {
  answer = Response::json(200, R"({"name":"TOKEN","version":2})");
  EXPECT_EQ(set_from("s3cr3t").out, "TOKEN has a new value\n");
  EXPECT_EQ(set_from("s3cr3t", {"--json"}).out, "{\"name\":\"TOKEN\",\"version\":2}\n");
}

TEST_F(SecretVerbs, ListShowsLimitsAndUse) {
  list =
      R"({"secrets":[{"name":"A","version":1,"events":[],"branches":[],"images":[],"created_by":"x",)"
      R"("created_at":"2026-01-01T00:00:00.000Z","updated_at":"2026-01-01T00:00:00.000Z"},)"
      R"({"name":"B","version":2,"events":["push","tag"],"branches":["main"],"images":["debian:*"],"created_by":"x",)"
      R"("created_at":"2026-01-01T00:00:00.000Z","updated_at":"2026-01-01T00:00:00.000Z",)"
      R"("last_used_at":"2026-01-01T00:00:00.000Z"}],"next_cursor":null})";
  const Outcome outcome = server.run({"secret", "list"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_TRUE(outcome.out.starts_with("NAME  EVENTS    BRANCHES  IMAGES    CHANGED"));
  EXPECT_TRUE(outcome.out.contains("\nB     push tag  main      debian:*  ")) << outcome.out;
  EXPECT_TRUE(outcome.out.contains("never")) << outcome.out;
  server.run({"secret", "list", "--repository", "acme/tools"});
  EXPECT_EQ(server.seen().size(), 1u) << "such an id has no route here";
}

TEST_F(SecretVerbs, RemoveSaysWhatIsGone) {
  EXPECT_EQ(server.run({"secret", "remove", "TOKEN"}).out, "TOKEN removed\n");
  EXPECT_EQ(server.seen().back().line, "DELETE /api/v1/secrets/TOKEN");
}

class RotateKey : public testing::Test {
 protected:
  Outcome rotate(std::vector<std::string> more = {}) {
    std::vector<std::string> arguments{"secret", "rotate-key", "--data", folder.path().string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return ScriptedServer::run_cli(std::move(arguments), {});
  }
  std::string keys() const {
    std::ifstream file(folder.path() / "secret.key", std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  TempFolder folder;
};

TEST_F(RotateKey, PutsANewKeyBeforeTheOthers) {
  folder.write("open-cicd.db", "");
  EXPECT_EQ(rotate().code, 0);
  const std::string one = keys();
  const Outcome again = rotate();
  EXPECT_EQ(again.code, 0) << again.err;
  EXPECT_TRUE(again.err.contains("Restart the server")) << again.err;
  const std::string two = keys(), old_key = one.substr(one.size() - 65);
  EXPECT_EQ(two.size(), one.size() + 65);
  EXPECT_TRUE(two.ends_with(old_key));
  EXPECT_NE(two.substr(two.find('\n') + 1, 65), old_key);
  EXPECT_FALSE(again.err.contains(two.substr(two.find('\n') + 1, 64))) << "no key is printed";
  struct stat file{};
  ASSERT_EQ(::stat((folder.path() / "secret.key").c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 0777, 0600U);
}

TEST_F(RotateKey, WantsTheServersFolder) {
  const Outcome outcome = rotate();
  EXPECT_EQ(outcome.code, 66);
  EXPECT_TRUE(outcome.err.contains("--data")) << outcome.err;
}

TEST_F(RotateKey, CannotChangeTheEnvironment) {
  folder.write("open-cicd.db", "");
  ::setenv("OPEN_CICD_SECRET_KEYS", "x", 1);
  const Outcome outcome = rotate();
  ::unsetenv("OPEN_CICD_SECRET_KEYS");
  EXPECT_EQ(outcome.code, 65);
  EXPECT_TRUE(outcome.err.contains("OPEN_CICD_SECRET_KEYS")) << outcome.err;
}

TEST(ProcessEnvironment, C14_HasNoCopyOfTheKeys) {
  ::setenv("OPEN_CICD_SECRET_KEYS", "x", 1);
  const auto environment = process_environment();
  ::unsetenv("OPEN_CICD_SECRET_KEYS");
  EXPECT_FALSE(environment.contains("OPEN_CICD_SECRET_KEYS"));
}

}  // namespace
}  // namespace open_cicd::cli
