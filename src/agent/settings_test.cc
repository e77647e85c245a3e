#include "agent/settings.h"

#include "agent/temporary_folder.h"

#include <gtest/gtest.h>

#include <fstream>

namespace open_cicd::agent {
namespace {

using Flags = std::map<std::string, std::string, std::less<>>;

Result<Configured> configured(Flags flags) {
  const auto declared = setting_declarations();
  const Result<Settings> settings = Settings::load({declared.begin(), declared.end()}, {.flags = std::move(flags)});
  EXPECT_TRUE(settings) << settings.error().message();
  return configure(*settings);
}

TEST(AgentSettings, ImagesAndLeftoversHaveTheirOwn) {
  const Result<Configured> by_default = configured({{"server", "unix:/run/x"}});
  ASSERT_TRUE(by_default);
  EXPECT_EQ(by_default->executors.image_ask_timeout, Milliseconds(3000));
  EXPECT_EQ(by_default->executors.images_max_age, std::chrono::days(30));
  EXPECT_EQ(by_default->executors.images_bytes_max, 0);
  EXPECT_EQ(by_default->agent.leftovers_interval, Milliseconds(60'000));
  const Result<Configured> given = configured({{"server", "unix:/run/x"},
                                               {"image_ask_timeout", "1s"},
                                               {"images_max_age", "0s"},
                                               {"images_bytes_max", "20Gi"},
                                               {"leftovers_interval", "5m"}});
  ASSERT_TRUE(given);
  EXPECT_EQ(given->executors.image_ask_timeout, Milliseconds(1000));
  EXPECT_EQ(given->executors.images_max_age, Milliseconds(0));
  EXPECT_EQ(given->executors.images_bytes_max, std::int64_t{20} << 30);
  EXPECT_EQ(given->agent.leftovers_interval, Milliseconds(300'000));
}

TEST(AgentSettings, A17_PlainHttpStaysOnThisMachine) {
  for (const char* local :
       {"http://127.0.0.1:8080", "http://127.9.9.9", "http://localhost:1", "http://[::1]:8080", "unix:/run/x"})
    EXPECT_TRUE(configured({{"server", local}})) << local;
  for (const char* remote : {"http://10.0.0.1:8080", "http://ci.example.org", "http://localhost.example.org",
                             "http://127.0.0.1.example.org", "http://[2001:db8::1]/", "http://0.0.0.0:1"})
    EXPECT_FALSE(configured({{"server", remote}})) << remote;
  EXPECT_TRUE(configured({{"server", "http://ci:8080"}, {"allow_insecure_http", "true"}}));
  EXPECT_TRUE(configured({{"server", "https://ci.example.org"}}));
}

TEST(AgentSettings, LogsAreCompressedOnlyOnTheirWayToAnotherMachine) {
  EXPECT_FALSE(configured({{"server", "http://127.0.0.1"}})->agent.compress_logs);
  EXPECT_TRUE(configured({{"server", "https://ci.example.org"}})->agent.compress_logs);
}

TEST(AgentSettings, PathsOfSandboxesAreChecked) {
  const auto good = configured({{"server", "unix:/x"}, {"sandbox_paths", "/usr/share, /usr/lib:rw"}});
  ASSERT_TRUE(good) << good.error().message();
  ASSERT_EQ(good->executors.sandbox_paths.size(), 2U);
  EXPECT_TRUE(good->executors.sandbox_paths[1].writable);
  const auto bad = configured({{"server", "unix:/x"}, {"sandbox_paths", "/no/such/folder"}});
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().fields().front().path, "--sandbox-paths");
  EXPECT_TRUE(bad.error().message().contains("there is no /no/such/folder")) << bad.error().message();
}

TEST(AgentSettings, AProxyIsForHttpAndItsPasswordIsNotShown) {
  const auto good = configured({{"server", "unix:/x"}, {"proxy", "http://me:s3cr3t@p:3128"}, {"no_proxy", "a,b"}});
  ASSERT_TRUE(good);
  EXPECT_EQ(good->agent.git.proxy.reveal(), "http://me:s3cr3t@p:3128");
  EXPECT_EQ(good->agent.git.no_proxy, "a,b");
  EXPECT_EQ(good->agent.git.silence_max, Milliseconds(600'000));
  for (const char* proxy : {"p:3128", "https://p", "socks5://p:1", "http://", "http://me:s3cr3t@", "http://p:0"}) {
    const auto bad = configured({{"server", "unix:/x"}, {"proxy", proxy}});
    ASSERT_FALSE(bad) << proxy;
    EXPECT_EQ(bad.error().fields().front().path, "--proxy");
    EXPECT_FALSE(bad.error().fields().front().message.contains("s3cr3t"));
  }
}

TEST(AgentSettings, AServerIsRequired) {
  EXPECT_FALSE(configured({}));
}

TEST(AgentSettings, LabelsAreKeysWithOrWithoutAValue) {
  EXPECT_EQ(*parse_labels("gpu, zone=eu ,x="),
            (std::map<std::string, std::string>{{"gpu", ""}, {"zone", "eu"}, {"x", ""}}));
  EXPECT_EQ(*parse_labels(""), (std::map<std::string, std::string>()));
  EXPECT_FALSE(parse_labels("=eu"));
}

TEST(AgentSettings, ANetworkThatIsNoneIsRefused) {
  const auto declared = setting_declarations();
  const auto bad = Settings::load({declared.begin(), declared.end()}, {.flags = {{"no_proxy", "a, 10.0.0.0/99"}}});
  ASSERT_FALSE(bad);
  EXPECT_TRUE(bad.error().fields().at(0).message.contains("\"10.0.0.0/99\" is no network"))
      << bad.error().fields().at(0).message;
  EXPECT_TRUE(Settings::load({declared.begin(), declared.end()}, {.flags = {{"no_proxy", "a,10.0.0.0/8"}}}));
}

TEST(AgentSettings, AllMistakesAreReportedAtOnce) {
  const auto bad = configured({{"token_file", "/no/such"}, {"labels", "=x"}, {"proxy", "socks5://p"}});
  ASSERT_FALSE(bad);
  std::vector<std::string> paths;
  for (const FieldError& field : bad.error().fields()) paths.push_back(field.path);
  EXPECT_EQ(paths, (std::vector<std::string>{"--server", "--token-file", "--labels", "--proxy"}));
}

TEST(AgentSettings, ATokenFileThatCannotBeReachedIsNotCalledMissing) {
  const TemporaryFolder folder;
  const auto loop = folder.path() / "loop";
  std::filesystem::create_symlink(loop, loop);  // root may enter every folder, so a permission cannot be tested
  const auto bad = configured({{"server", "unix:/x"}, {"token_file", (loop / "token").string()}});
  ASSERT_FALSE(bad);
  EXPECT_TRUE(bad.error().fields().at(0).message.contains("cannot be read: Too many levels"))
      << bad.error().fields().at(0).message;
}

TEST(AgentSettings, ATokenFileHoldsOneToken) {
  const TemporaryFolder folder;
  const std::string path = (folder.path() / "token").string();
  EXPECT_FALSE(configured({{"server", "unix:/x"}, {"token_file", path}})) << "not there";
  std::ofstream(path) << "abc\n";
  EXPECT_EQ(configured({{"server", "unix:/x"}, {"token_file", path}})->agent.registration_token.reveal(), "abc");
  std::ofstream(path) << "abc\r\nX-Evil: 1\n";
  EXPECT_FALSE(configured({{"server", "unix:/x"}, {"token_file", path}})) << "no header may hide in it";
  std::ofstream(path) << "\n";
  EXPECT_FALSE(configured({{"server", "unix:/x"}, {"token_file", path}}));
}

}  // namespace
}  // namespace open_cicd::agent
