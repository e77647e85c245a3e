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

}  // namespace
}  // namespace open_cicd::server
