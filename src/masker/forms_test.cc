#include "masker/forms.h"

#include "base/base64.h"
#include "masker/limits.h"
#include "masker/reference_fixture.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace open_cicd::masker {
namespace {

bool has(std::string_view value, std::string_view form) {
  return std::ranges::any_of(forms_of(value), [&](const WipedText& one) { return std::string_view(one) == form; });
}

TEST(Forms, C3_Base64IsFoundAtAllThreePlacesInWhatIsEncoded) {
  const std::string secret = "kO8?hunter2>>pass";
  for (const std::string before : {"", "u", "us", "user:", "an-email@example:"}) {
    for (const std::string after : {"", "\n", "!", "!!", "@host"}) {
      std::string encoded = base64(fmt::format("{}{}{}", before, secret, after));
      const std::string out = masked({secret}, "Basic " + encoded + ";");
      EXPECT_TRUE(out.contains("***")) << encoded;
      // What is left of it are the digits of its neighbours, and one at each side that is shared.
      EXPECT_LE(out.size(), std::string("Basic ***;").size() + (before.size() + after.size()) * 4 / 3 + 8) << out;
      std::ranges::replace(encoded, '+', '-');
      std::ranges::replace(encoded, '/', '_');
      EXPECT_TRUE(masked({secret}, encoded).contains("***")) << encoded;
    }
  }
}

TEST(Forms, C3_Base64OfASecretAloneLeavesNothing) {
  for (const std::string secret : {"four", "five5", "six666", "s3cr3t-value", "s3cr3t-value1", "s3cr3t-value22"}) {
    std::string encoded = base64(secret);
    EXPECT_EQ(masked({secret}, "[" + encoded + "]"), "[***]");
    EXPECT_EQ(masked({secret}, "[" + base64(secret + "\n") + "]"), "[***]");
    while (encoded.ends_with('=')) encoded.pop_back();
    EXPECT_EQ(masked({secret}, "[" + encoded + "]"), "[***]");
  }
}

TEST(Forms, C3_Base64IsFoundWhereItIsWrapped) {
  std::string secret;
  for (int i = 0; i < 60; ++i) secret += "part" + std::to_string(i * 7919);
  for (const std::size_t width : {64, 76}) {
    for (const std::string line_break : {"\n", "\r\n"}) {
      const std::string whole = base64(secret + "\n");
      std::string lines;
      for (std::size_t at = 0; at < whole.size(); at += width) lines += whole.substr(at, width) + line_break;
      EXPECT_EQ(masked({secret}, "<" + lines + ">"), "<***" + line_break + ">");
    }
  }
}

TEST(Forms, C3_HexadecimalHasTwoCases) {
  EXPECT_TRUE(has("kO8?", "6b4f383f") && has("kO8?", "6B4F383F"));
}

TEST(Forms, C3_PercentEncodingKeepsWhatItsKindKeeps) {
  const std::string secret = "a b/c~(é)*";
  EXPECT_TRUE(has(secret, "a%20b%2Fc~%28%C3%A9%29%2A"));
  EXPECT_TRUE(has(secret, "a%20b%2fc~%28%c3%a9%29%2a"));
  EXPECT_TRUE(has(secret, "a%20b/c~%28%C3%A9%29%2A"));
  EXPECT_TRUE(has(secret, "a%20b%2Fc~(%C3%A9)*"));
  EXPECT_TRUE(has(secret, "a+b%2Fc~%28%C3%A9%29%2A"));
  EXPECT_TRUE(has(secret, "a+b%2Fc%7E%28%C3%A9%29*"));
}

TEST(Forms, C3_JsonEscapesMoreOrLess) {
  const std::string secret = "q\"u\\o/t<e\n\x01 é😀";
  EXPECT_TRUE(has(secret, R"(q\"u\\o/t<e\n\u0001 é😀)"));
  EXPECT_TRUE(has(secret, R"(q\"u\\o\/t<e\n\u0001 é😀)"));
  EXPECT_TRUE(has(secret, R"(q\"u\\o/t\u003ce\n\u0001 é😀)"));
  EXPECT_TRUE(has(secret, R"(q\"u\\o/t\u003Ce\n\u0001 é😀)"));
  EXPECT_TRUE(has(secret, R"(q\"u\\o/t<e\n\u0001 \u00e9\ud83d\ude00)"));
  EXPECT_TRUE(has(secret, R"(q\"u\\o\/t<e\n\u0001 \u00E9\uD83D\uDE00)"));
}

TEST(Forms, C3_BytesThatAreNoTextStayAsTheyAreInJson) {
  EXPECT_TRUE(has("ab\xff\xc3 \"", "ab\xff\xc3 \\\""));
}

TEST(Forms, C3_AShellQuotesAsItsTraceShows) {
  const std::string secret = "it's a $b\\ \"c\"";
  EXPECT_TRUE(has(secret, R"(it'\''s a $b\ "c")"));
  EXPECT_TRUE(has(secret, R"(it'"'"'s a $b\ "c")"));
  EXPECT_TRUE(has(secret, R"(it's a \$b\\ \"c\")"));
  EXPECT_TRUE(has(secret, R"(it\'s\ a\ \$b\\\ \"c\")"));
  EXPECT_TRUE(has("two\nlines\x01 it's", R"(two\nlines\001 it\'s)"));
}

TEST(Forms, C3_XmlHasEntitiesOfSeveralSpellings) {
  const std::string secret = "a&b<c>'d'\"e\"";
  EXPECT_TRUE(has(secret, "a&amp;b&lt;c&gt;'d'\"e\""));
  EXPECT_TRUE(has(secret, "a&amp;b&lt;c&gt;'d'&quot;e&quot;"));
  EXPECT_TRUE(has(secret, "a&amp;b&lt;c&gt;&apos;d&apos;&quot;e&quot;"));
  EXPECT_TRUE(has(secret, "a&amp;b&lt;c&gt;&#39;d&#39;&quot;e&quot;"));
  EXPECT_TRUE(has(secret, "a&amp;b&lt;c&gt;&#x27;d&#x27;&quot;e&quot;"));
  EXPECT_TRUE(has(secret, "a&amp;b&lt;c&gt;&#39;d&#39;&#34;e&#34;"));
}

TEST(Forms, LinesAreLookedForWhenTheyAreLongEnoughAndTellSomething) {
  const std::string secret = "first line\n1234567\n--------\nlast line";
  EXPECT_TRUE(has(secret, "first line") && has(secret, "last line"));
  EXPECT_FALSE(has(secret, "1234567") || has(secret, "--------"));
  EXPECT_TRUE(has(secret, "first line\r\n1234567\r\n--------\r\nlast line"));
}

TEST(Forms, MixedLineBreaksAreFoundAsTheyStand) {
  EXPECT_TRUE(has("one\r\ntwo\nthree\r\n", "one\r\ntwo\nthree"));
  EXPECT_TRUE(has("one\r\ntwo\nthree\r\n", "one\ntwo\nthree"));
}

TEST(Forms, NoneIsTooShortOrThereTwice) {
  for (const std::string secret : {"four", "a&b<", "s3cr3t-value", "line one\nline two\n"}) {
    std::vector<std::string> forms;
    for (const WipedText& form : forms_of(secret)) forms.emplace_back(form);
    EXPECT_GE(std::ranges::min(forms, {}, &std::string::size).size(), limits::value_bytes_min);
    std::ranges::sort(forms);
    EXPECT_EQ(std::ranges::adjacent_find(forms), forms.end());
  }
}

}  // namespace
}  // namespace open_cicd::masker
