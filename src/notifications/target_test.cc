#include "notifications/target.h"

#include <gtest/gtest.h>

namespace open_cicd::notifications {
namespace {

Target webhook(std::string url) {
  return {.kind = "webhook", .url = std::move(url), .told_on = "always"};
}
Target email(std::string address) {
  return {.kind = "email", .addresses = {std::move(address)}, .told_on = "always"};
}

TEST(NotificationTarget, AnAddressOfAWebhookIsWebAndHoldsNoPassword) {
  for (const char* url : {"https://chat.example/hooks/1?a=b", "http://127.0.0.1:9/x", "http://[::1]:80"})
    EXPECT_TRUE(check_target(webhook(url))) << url;
  for (const char* url : {"", "ftp://a/b", "file:///etc/passwd", "https://", "https:///x", "https://u:p@a/b",
                          "https://a/b c", "https://a/\r\nX: 1", "https://a/\xc3\xa9", "https://a/#x"})
    EXPECT_FALSE(check_target(webhook(url))) << url;
}

TEST(NotificationTarget, AnAddressOfEMailMakesNoSecondOne) {
  for (const char* address : {"a@b", "dev+ci@example.org", "o'neil@sub.example.org"})
    EXPECT_TRUE(check_target(email(address))) << address;
  for (const char* address : {"", "a", "@b", "a@", "a@b>", "a@b\r\nRCPT TO:<c@d>", "a b@c", "a@b,c@d", "\"a\"@b",
                              "<a@b>", "a@[127.0.0.1]", "a@b@c", "\xc3\xa9@b", "-f@b"})
    EXPECT_FALSE(check_target(email(address))) << address;
}

TEST(NotificationTarget, EveryWrongFieldIsTold) {
  const auto checked = check_target(
      {.kind = "email", .url = "https://a", .addresses = {"a@b", "x"}, .branches = {"["}, .told_on = "always"});
  ASSERT_FALSE(checked);
  std::string paths;
  for (const FieldError& field : checked.error().fields()) paths += field.path + " ";
  EXPECT_EQ(paths, "url addresses[1] branches[0] ");
}

TEST(NotificationTarget, ItIsToldOfWhatItAsksFor) {
  Target target = webhook("https://a");
  const auto is_told = [&](std::string state, std::optional<std::string> before = {},
                           std::optional<std::string> branch = "main", std::string event = "push") {
    return wants(target, {std::move(state), std::move(before), std::move(event), std::move(branch)});
  };
  EXPECT_TRUE(is_told("succeeded"));
  EXPECT_TRUE(is_told("skipped"));
  target.told_on = "failure";
  EXPECT_TRUE(is_told("failed", "failed"));
  EXPECT_FALSE(is_told("succeeded", "failed"));
  EXPECT_FALSE(is_told("cancelled"));
  target.told_on = "change";
  EXPECT_FALSE(is_told("succeeded"));
  EXPECT_TRUE(is_told("failed"));
  EXPECT_TRUE(is_told("failed", "succeeded"));
  EXPECT_FALSE(is_told("failed", "failed"));
  EXPECT_TRUE(is_told("succeeded", "failed"));
  EXPECT_FALSE(is_told("skipped", "failed"));
  target.told_on = "always";
  target.branches = {"release/*", "main", "!release/old"};
  EXPECT_TRUE(is_told("failed"));
  EXPECT_TRUE(is_told("failed", {}, "release/1"));
  EXPECT_FALSE(is_told("failed", {}, "release/old"));
  EXPECT_FALSE(is_told("failed", {}, "side"));
  EXPECT_FALSE(is_told("failed", {}, std::nullopt));
  target.branches = {};
  target.events = {"schedule"};
  EXPECT_FALSE(is_told("failed"));
  EXPECT_TRUE(is_told("failed", {}, std::nullopt, "schedule"));
}

}  // namespace
}  // namespace open_cicd::notifications
