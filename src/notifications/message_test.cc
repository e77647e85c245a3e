#include "notifications/message.h"

#include "base/base64.h"
#include "base/json.h"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include <algorithm>

namespace open_cicd::notifications {
namespace {

RunEnd an_end() {
  return {.id = "r",
          .number = 7,
          .repository = "group/app",
          .pipeline = ".open-cicd.yml",
          .name = "build",
          .event = "push",
          .branch = "main",
          .sha = std::string(40, 'a'),
          .title = "a title",
          .author = "Ada",
          .state = "failed",
          .previous_state = "succeeded",
          .url = "https://ci.example/runs/r",
          .round = 2,
          .started_at = std::nullopt,
          .finished_at = "2026-11-29T17:05:31.000Z"};
}

// The header section and the decoded text of a message.
std::pair<std::string, std::string> opened(const std::string& message) {
  const std::size_t end = message.find("\r\n\r\n");
  std::string body = message.substr(end + 4);
  std::erase_if(body, [](char c) { return c == '\r' || c == '\n'; });
  return {message.substr(0, end), decode_base64(body).value_or("?")};
}

std::vector<std::string> header_names(const std::string& section) {
  std::vector<std::string> names;
  for (std::size_t at = 0; at < section.size();) {
    const std::size_t end = std::min(section.find("\r\n", at), section.size());
    if (section[at] != ' ') names.push_back(section.substr(at, section.find(':', at) - at));
    at = end + 2;
  }
  return names;
}

const std::vector<std::string> wanted_headers{"From",         "To",           "Subject",
                                              "Date",         "Message-ID",   "Auto-Submitted",
                                              "MIME-Version", "Content-Type", "Content-Transfer-Encoding"};

TEST(NotificationMessage, TheBodyIsTypeTimeAndTheRun) {
  const auto body = boost::json::parse(message_json(run_ended, "2026-11-29T17:05:31.000Z", an_end()));
  EXPECT_EQ(body.at("type"), "run.ended");
  EXPECT_EQ(body.at("timestamp"), "2026-11-29T17:05:31.000Z");
  const auto& run = body.at("data").at("run").as_object();
  EXPECT_EQ(run.at("number"), 7);
  EXPECT_EQ(run.at("previous_state"), "succeeded");
  EXPECT_EQ(run.at("round"), 2);
}

TEST(NotificationMessage, ALetterNamesTheJobsThatFailed) {
  const Letter letter = letter_of(run_ended, an_end(), {"unit", "lint"});
  EXPECT_EQ(letter.subject, "[group/app] failed: build #7 on main");
  EXPECT_NE(letter.text.find("\n  unit\n  lint\n"), std::string::npos);
  EXPECT_NE(letter.text.find("https://ci.example/runs/r\n"), std::string::npos);
  RunEnd fixed = an_end();
  fixed.state = "succeeded";
  fixed.previous_state = "failed";
  EXPECT_EQ(letter_of(run_ended, fixed, {}).subject, "[group/app] fixed: build #7 on main");
}

TEST(NotificationMessage, NothingInARunMakesAHeader) {
  RunEnd run = an_end();
  run.name = "x\r\nBcc: mallory@example.org\r\n\r\n<html>";
  run.branch = "\n.\nb\xc3\xbc";
  run.title = "y\r\n.\r\nQUIT";
  const Letter letter = letter_of(run_ended, run, {"z\r\nX: 1"});
  const auto [section, text] = opened(
      mail_message({.from = "CI \"x\" <ci@example.org>", .to = {"a@b", "c@d"}, .id = "m", .time_ms = 0}, letter));
  EXPECT_EQ(header_names(section), wanted_headers);
  EXPECT_EQ(text.find('\r'), std::string::npos);
  EXPECT_TRUE(std::ranges::all_of(section, [](char c) { return c == '\r' || c == '\n' || (c >= ' ' && c < 0x7f); }));
  EXPECT_NE(section.find("<ci@example.org>"), std::string::npos);
  EXPECT_NE(section.find("To: a@b,\r\n c@d"), std::string::npos);
}

TEST(NotificationMessage, ASubjectBeyondAsciiIsEncodedInWholeCharacters) {
  EXPECT_EQ(header_text("plain"), "plain");
  EXPECT_EQ(header_text("caf\xc3\xa9"), "=?UTF-8?B?Y2Fmw6k=?=");
  EXPECT_NE(header_text("=?UTF-8?B?eA==?="), "=?UTF-8?B?eA==?=");
  std::string text;
  for (int i = 0; i < 100; ++i) text += "\xe2\x82\xac";
  std::string joined;
  std::string left = header_text(text);
  for (std::size_t at = 0; (at = left.find("=?UTF-8?B?", at)) != std::string::npos;) {
    const std::size_t end = left.find("?=", at + 10);
    EXPECT_LE(end + 2 - at, 75u);
    joined += decode_base64(left.substr(at + 10, end - at - 10)).value_or("!");
    at = end;
  }
  EXPECT_EQ(joined, text);
}

TEST(NotificationMessage, ADateIsAsMailHasIt) {
  EXPECT_EQ(mail_date(0), "Thu, 01 Jan 1970 00:00:00 +0000");
  EXPECT_EQ(mail_date(1'795'972'531'000), "Sun, 29 Nov 2026 17:15:31 +0000");
}

TEST(NotificationMessage, AnAddressIsTakenOutOfItsName) {
  EXPECT_EQ(address_in("ci@example.org"), "ci@example.org");
  EXPECT_EQ(address_in("The CI <ci@example.org>"), "ci@example.org");
  EXPECT_EQ(address_in("<ci@example.org>"), "ci@example.org");
  EXPECT_EQ(address_in("The CI"), "");
  EXPECT_EQ(address_in("x <a@b\r\nc>"), "");
}

}  // namespace
}  // namespace open_cicd::notifications
