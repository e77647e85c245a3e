#include "server/settings.h"

#include <gtest/gtest.h>

namespace open_cicd::server {
namespace {

std::vector<FieldError> mistakes(std::map<std::string, std::string, std::less<>> flags) {
  const auto declared = declared_settings();
  const auto loaded = Settings::load({declared.begin(), declared.end()}, {.flags = std::move(flags)});
  if (!loaded) return loaded.error().fields();
  const auto config = make_config(*loaded);
  return config ? std::vector<FieldError>() : config.error().fields();
}

TEST(ServerSettings, AnAddressToListenOnIsReportedWithTheOtherMistakes) {
  const auto found = mistakes({{"listen", "127.0.0.1"}, {"log.level", "loud"}, {"http.cores", "-1"}});
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[0].path, "--listen");
  EXPECT_EQ(found[0].message, "listen must be ADDRESS:PORT, like 127.0.0.1:8080 or [::]:8080, not \"127.0.0.1\"");
  for (const char* listen : {"", "8080", ":8080", "a:", "a:x", "a:70000", "a:80 "})
    EXPECT_EQ(mistakes({{"listen", listen}}).size(), 1u) << listen;
  for (const char* listen : {"127.0.0.1:0", "[::]:8080", "0.0.0.0:80"})
    EXPECT_TRUE(mistakes({{"listen", listen}}).empty()) << listen;
}

TEST(ServerSettings, BothFencesThatAreTooShortAreReported) {
  EXPECT_EQ(
      mistakes({{"protocol.heartbeat", "60s"}, {"protocol.fence", "61s"}, {"protocol.exclusive_hold", "61s"}}).size(),
      2u);
}

TEST(ServerSettings, APublicUrlIsPlain) {
  for (const char* url : {"", "http://ci", "https://ci.example.org", "https://ci.example.org:8443", "http://[::1]:8080",
                          "https://example.org/ci", "https://example.org/tools/ci_2"})
    EXPECT_TRUE(mistakes({{"public_url", url}}).empty()) << url;
  for (const char* url : {"ci.example.org", "ftp://ci", "https://", "https:///ci", "https://ci/", "https://ci?x",
                          "https://u@ci", "https://ci/a//b", "https://ci/../x", "https://ci/.", "https://ci/a;b",
                          "https://ci/\"><script>", "https://ci/a b", "https://ci/%2e"})
    EXPECT_EQ(mistakes({{"public_url", url}}).size(), 1u) << url;
}

TEST(ServerSettings, AProxyThatIsNoAddressIsNamed) {
  EXPECT_TRUE(mistakes({{"http.trusted_proxies", "127.0.0.1, 10.0.0.0/8"}}).empty());
  const auto found = mistakes({{"http.trusted_proxies", "127.0.0.1, proxy.example"}});
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].path, "--http-trusted-proxies");
  EXPECT_NE(found[0].message.find("proxy.example"), std::string::npos);
}

}  // namespace
}  // namespace open_cicd::server
