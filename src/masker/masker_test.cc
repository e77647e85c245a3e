#include "masker/masker.h"

#include "masker/reference_fixture.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <random>

namespace open_cicd::masker {
namespace {

using Values = std::vector<std::string>;

TEST(Masker, ASecretBecomesStarsAndAllElseStays) {
  EXPECT_EQ(masked({"s3cr3t-value"}, "login with s3cr3t-value now\n"), "login with *** now\n");
  EXPECT_EQ(masked({"s3cr3t-value"}, "s3cr3t-valu s3cr3t-valux"), "s3cr3t-valu s3cr3t-valux");
  EXPECT_EQ(masked({}, "nothing to hide"), "nothing to hide");
  EXPECT_EQ(masked({"s3cr3t-value"}, ""), "");
}

TEST(Masker, SecretsThatOverlapOrTouchBecomeOneMask) {
  EXPECT_EQ(masked({"abcdef", "defghi"}, "xabcdefghiy"), "x***y");
  EXPECT_EQ(masked({"abcd", "abcdefgh"}, "abcdefgh abcdef"), "*** ***ef");
  EXPECT_EQ(masked({"abcdefgh", "cdef"}, "-abcdefgh-cdef-"), "-***-***-");
  EXPECT_EQ(masked({"aabaab"}, "aabaabaabx"), "***x");
  EXPECT_EQ(masked({"wxyz1"}, "wxyz1wxyz1 wxyz1"), "*** ***");
}

TEST(Masker, WhatCannotBecomeASecretIsNotHeldBack) {
  const Patterns patterns = Patterns::make(secrets_of({"token-1234567"})).value();
  Masker masker(patterns);
  EXPECT_EQ(masker.add("a line\n"), "a line\n");
  EXPECT_EQ(masker.add("Password: "), "Password: ");
  EXPECT_EQ(masker.add("a token-1234"), "a ");
  EXPECT_EQ(masker.held_back(), 10u);
  EXPECT_EQ(masker.add("xy\n"), "token-1234xy\n");
  EXPECT_EQ(masker.held_back(), 0u);
}

TEST(Masker, BytesWithNothingToHideAreNotCopied) {
  const Patterns patterns = Patterns::make(secrets_of({"token-1234567"})).value();
  Masker masker(patterns);
  const std::string bytes = "a long line that says nothing, and more of it, and more of it, and more of it\n";
  EXPECT_EQ(masker.add(bytes).data(), bytes.data());
}

TEST(Masker, AStepsEndShowsWhatWasHeldBackAndTheNextBeginsAnew) {
  const Patterns patterns = Patterns::make(secrets_of({"token-1234567"})).value();
  Masker masker(patterns);
  EXPECT_EQ(masker.add("token-123"), "");
  EXPECT_EQ(masker.flush(), "token-123");
  EXPECT_EQ(masker.add("4567\n"), "4567\n");
  EXPECT_EQ(masker.add("token-1234567"), "***");
  EXPECT_EQ(masker.flush(), "");
  EXPECT_EQ(masker.add("token-1234567"), "***");
}

TEST(Masker, ASecretThatMayBecomeALongerOneWaitsForIt) {
  const Patterns patterns = Patterns::make(secrets_of({"abcd", "abcdefgh"})).value();
  Masker masker(patterns);
  EXPECT_EQ(masker.add("abcd"), "");
  EXPECT_EQ(masker.add("ef"), "");
  EXPECT_EQ(masker.flush(), "***ef");
}

TEST(Masker, HoldsBackLessThanAPieceOfTheLongestSecret) {
  const std::string key(4'000, 'k');
  const Patterns patterns = Patterns::make(secrets_of({"begin" + key + "end"})).value();
  Masker masker(patterns);
  std::string out;
  for (const char c : "xbegin" + key + "endx") {
    out += masker.add({&c, 1});
    ASSERT_LT(masker.held_back(), limits::piece_bytes_max);
  }
  out += masker.flush();
  EXPECT_EQ(out, "x***x");
}

// C2
TEST(Masker, C2_EachLineOfAKeyIsHiddenInWhateverWayItIsPrinted) {
  const std::string key = "-----BEGIN KEY-----\nMIIEvQIBADANBgkq\nhkiG9w0BAQEFAASC\nBKc\n-----END KEY-----";
  for (const std::string& stored : {key, key + "\n", "\n" + key + "\r\n"}) {
    EXPECT_EQ(masked({stored}, "> " + key + " <"), "> *** <");
    EXPECT_EQ(masked({stored}, "  hkiG9w0BAQEFAASC,"), "  ***,");
    EXPECT_EQ(
        masked({stored}, "-----BEGIN KEY-----\r\nMIIEvQIBADANBgkq\r\nhkiG9w0BAQEFAASC\r\nBKc\r\n-----END KEY-----\r\n"),
        "***\r\n");
    EXPECT_EQ(masked({stored},
                     R"({"key":"-----BEGIN KEY-----\nMIIEvQIBADANBgkq\nhkiG9w0BAQEFAASC\nBKc\n-----END KEY-----"})"),
              R"({"key":"***"})");
    EXPECT_EQ(masked({stored}, "BKc\n"), "BKc\n");  // shorter than a line that is hidden alone
  }
}

// The property: what comes out is what the reference says, in whatever parts the bytes come.
class RandomTexts {
 public:
  explicit RandomTexts(unsigned seed) : random_(seed) {}
  std::size_t pick(std::size_t count) { return std::uniform_int_distribution<std::size_t>(0, count - 1)(random_); }
  std::string letters(std::size_t size, std::string_view alphabet) {
    std::string text;
    for (; size > 0; --size) text += alphabet[pick(alphabet.size())];
    return text;
  }
  // Of few letters, so that they hold, begin and end each other; some are longer than a piece.
  Values values() {
    const std::string_view alphabet = pick(2) == 0 ? "ab" : "abc\n'\"/ ";
    Values values;
    for (std::size_t count = 1 + pick(4); count > 0; --count)
      values.push_back("x" + letters(pick(4) == 0 ? 60 + pick(100) : 4 + pick(8), alphabet) + "y");
    if (pick(3) == 0) values.push_back(values[0].substr(0, values[0].size() / 2) + values[0]);
    if (pick(3) == 0) values.push_back(values[0].substr(1));
    return values;
  }
  // Noise of the same letters, forms of the secrets, and beginnings of them.
  std::string text(const Values& values, std::size_t parts) {
    std::vector<WipedText> forms;
    for (const std::string& value : values)
      for (WipedText& form : forms_of(value)) forms.push_back(std::move(form));
    std::string text;
    for (; parts > 0; --parts) {
      const std::string form(forms[pick(forms.size())]);
      text += pick(2) == 0 ? letters(pick(12), "abcxy\n'") : form.substr(0, 1 + pick(form.size()));
      if (pick(3) == 0) text += form;
    }
    return text;
  }
  std::vector<std::string_view> split(std::string_view text, std::size_t part_max) {
    std::vector<std::string_view> parts;
    while (!text.empty()) {
      parts.push_back(text.substr(0, 1 + pick(part_max)));
      text.remove_prefix(parts.back().size());
    }
    return parts;
  }

 private:
  std::mt19937 random_;
};

std::string one_by_one(const Patterns& patterns, std::string_view text) {
  std::vector<std::string_view> parts;
  for (std::size_t i = 0; i < text.size(); ++i) parts.push_back(text.substr(i, 1));
  return masked_in_parts(patterns, parts);
}

TEST(MaskerProperty, C1_EverySplitOfAShortTextGivesWhatTheReferenceSays) {
  for (unsigned seed = 0; seed < 30; ++seed) {
    RandomTexts random(seed);
    const Values values = random.values();
    const Patterns patterns = Patterns::make(secrets_of(values)).value();
    const FormsInPieces pieces = forms_in_pieces(values);
    const std::string text = random.text(values, 2).substr(0, 100);
    const std::string expected = masked_plainly(text, pieces);
    ASSERT_EQ(masked_in_parts(patterns, {text}), expected) << seed;
    ASSERT_EQ(one_by_one(patterns, text), expected) << seed;
    const std::string_view view = text;
    for (std::size_t a = 0; a <= text.size(); ++a)
      for (std::size_t b = a; b <= text.size(); b += 1 + (b - a) / 8)
        ASSERT_EQ(masked_in_parts(patterns, {view.substr(0, a), view.substr(a, b - a), view.substr(b)}), expected)
            << seed << " " << a << " " << b;
  }
}

TEST(MaskerProperty, C1_RandomSplitsOfLongTextsGiveWhatTheReferenceSaysAndNoSecret) {
  for (unsigned seed = 1000; seed < 1040; ++seed) {
    RandomTexts random(seed);
    const Values values = random.values();
    const Patterns patterns = Patterns::make(secrets_of(values)).value();
    const FormsInPieces pieces = forms_in_pieces(values);
    const std::string text = random.text(values, 40);
    const std::string expected = masked_plainly(text, pieces);
    for (const std::size_t part_max : {1, 3, 17, 200, 5000})
      ASSERT_EQ(masked_in_parts(patterns, random.split(text, part_max)), expected) << seed << " " << part_max;
    for (const std::string& value : values) {
      const std::string_view secret = without_outer_breaks(value);
      ASSERT_FALSE(expected.contains(secret)) << seed;
    }
  }
}

TEST(MaskerProperty, SecretsOfManySizesAreFoundAtEveryPlaceOfALongLog) {
  for (std::size_t size = 4; size < 40; ++size) {
    RandomTexts random(static_cast<unsigned>(size));
    const std::string secret = random.letters(size, "QWERTZUIOPQWERTZUIOP123456");
    const Patterns patterns = Patterns::make(secrets_of({secret})).value();
    for (std::size_t before = 0; before < 80; ++before) {
      const auto log_with = [&](std::string_view shown) {
        return fmt::format("{:.>{}}{}{:-<100}", "", before, shown, "");
      };
      ASSERT_EQ(masked_in_parts(patterns, {log_with(secret)}), log_with("***")) << size << " " << before;
    }
  }
}

}  // namespace
}  // namespace open_cicd::masker
