// The log as it comes out on standard error.
#include "base/log.h"

#include "base/one_line.h"
#include "base/text.h"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace open_cicd {
namespace {

std::string written(LogFormat format, std::string_view sentence, const std::string& value) {
  set_log_format(format);
  testing::internal::CaptureStderr();
  write_log(LogLevel::info, sentence, {{"name", value}});
  set_log_format(LogFormat::text);
  return testing::internal::GetCapturedStderr();
}

// Nothing in it ends a line, is obeyed by a terminal or hides; quotes and backslashes belong to the form.
bool shows_plainly(std::string line) {
  std::erase_if(line, [](char c) { return c == '"' || c == '\\'; });
  return escape_for_line(line) == line;
}

// Of Unicode's Default_Ignorable_Code_Point, Bidi_Control and line separators: first and last of each range.
constexpr const char* unseen[] = {"\u00ad", "\u061c", "\u180e", "\u200b",     "\u200f",    "\u2028",
                                  "\u2029", "\u202a", "\u202e", "\u2060",     "\u2066",    "\u206f",
                                  "\ufeff", "\ufff9", "\ufffb", "\U000e0000", "\U000e007f"};

// Every character that could do more than be read, in the middle of a text; and whole lines that somebody might forge.
std::vector<std::string> hostile_values() {
  std::vector<std::string> values{
      "x\n2026-01-01T00:00:00.000Z error an agent was removed agent=forged",
      "x\r\n{\"time\":\"2026-01-01T00:00:00.000Z\",\"level\":\"error\",\"message\":\"forged\"}",
      "x\",\"level\":\"error\",\"y\":\"",
      "x\" level=\"error",
      "x level=error",
      "\x1b[2J\x1b]0;title\x07\x1b]52;c;Zm9yZ2Vk\x07",
      "\\",
      "\\n",
      "",
      std::string("\xff\xc0\xaf\xed\xa0\x80\xe2\x82")};
  const auto around = [&](const std::string& character) { values.push_back("a" + character + "b"); };
  for (char c = 1; c < 0x20; ++c) around({c});
  around({'\0'});
  around("\x7f");
  for (int c = 0x80; c < 0xa0; ++c) around({'\xc2', static_cast<char>(c)});
  for (const char* character : unseen) around(character);
  return values;
}

TEST(Log, I6_NothingUnseenIsWritten) {
  for (const char* character : unseen)
    for (const LogFormat format : {LogFormat::text, LogFormat::json})
      EXPECT_EQ(written(format, std::string("said ") + character, character).find(character), std::string::npos)
          << escape_for_line(character);
}

TEST(Log, I6_AHostileValueIsOneLineOfText) {
  for (const std::string& value : hostile_values()) {
    std::string line = written(LogFormat::text, "somebody said " + value, value);
    ASSERT_TRUE(line.ends_with('\n')) << line;
    line.pop_back();
    EXPECT_TRUE(shows_plainly(line)) << line;
    const std::string escaped = escape_for_line(value);
    const bool bare = !escaped.empty() && escaped.find_first_of(" =\"") == escaped.npos;
    const std::string after_time = line.substr(std::string_view("2026-01-01T00:00:00.000Z").size());
    EXPECT_EQ(after_time,
              " info  somebody said " + to_one_line(value) + " name=" + (bare ? escaped : "\"" + escaped + "\""));
  }
}

TEST(Log, ASentenceKeepsItsQuotesAndAValueIsToldApart) {
  const std::string line = written(LogFormat::text, R"(listen must be ADDRESS:PORT, not "a\b")", R"(a "b" c\d)");
  EXPECT_TRUE(line.ends_with(R"( info  listen must be ADDRESS:PORT, not "a\b" name="a \"b\" c\\d")"
                             "\n"))
      << line;
}

TEST(Log, I6_AHostileValueIsOneLineOfJson) {
  for (const std::string& value : hostile_values()) {
    std::string line = written(LogFormat::json, "somebody said " + value, value);
    ASSERT_TRUE(line.ends_with('\n')) << line;
    line.pop_back();
    EXPECT_TRUE(shows_plainly(line)) << line;
    const boost::json::object object = boost::json::parse(line).as_object();
    EXPECT_EQ(object.size(), 4u) << line;
    EXPECT_EQ(object.at("level").as_string(), "info");
    EXPECT_EQ(object.at("message").as_string(), "somebody said " + to_valid_utf8(value));
    EXPECT_EQ(object.at("name").as_string(), to_valid_utf8(value));
  }
}

}  // namespace
}  // namespace open_cicd
