#include "scm/badge.h"

#include "base/text.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace open_cicd::scm {
namespace {

TEST(Badge, SaysHowItStands) {
  EXPECT_EQ(
      badge_svg("build", BadgeState::passing),
      R"(<svg xmlns="http://www.w3.org/2000/svg" width="99" height="20" role="img" aria-label="build: passing">)"
      R"(<title>build: passing</title>)"
      R"(<rect width="41" height="20" fill="#3d444d"/><rect x="41" width="58" height="20" fill="#1a7f37"/>)"
      R"(<g fill="#fff" font-family="Verdana,Geneva,DejaVu Sans,sans-serif" font-size="11">)"
      R"(<text x="6" y="14" textLength="29">build</text><text x="47" y="14" textLength="46">passing</text></g></svg>)");
  EXPECT_TRUE(badge_svg("build", BadgeState::unknown).contains("unknown"));
}

TEST(Badge, AnyLabelIsText) {
  for (const char* label : {"</text><script>alert(1)</script>", "\"/><a href='x'>", "]]>&amp;", "\x1b[31m", "a\nb",
                            "\xff\xfe", "\u202Eevil", "\uFFFE\uFFFF"}) {
    const std::string svg = badge_svg(label, BadgeState::failing);
    EXPECT_TRUE(is_valid_utf8(svg)) << label;
    EXPECT_EQ(std::ranges::count(svg, '<'), 12) << svg;
    EXPECT_EQ(std::ranges::count(svg, '>'), 12) << svg;
    EXPECT_EQ(std::ranges::count(svg, '"') % 2, 0) << svg;
    EXPECT_FALSE(svg.contains('\n') || svg.contains('\x1b') || svg.contains("\u202E") || svg.contains("\uFFFF"))
        << label;
  }
  EXPECT_LT(badge_svg(std::string(100'000, 'm'), BadgeState::running).size(), 2000u);
  std::string umlauts;
  for (int i = 0; i < 1000; ++i) umlauts += "ü";
  EXPECT_TRUE(is_valid_utf8(badge_svg(umlauts, BadgeState::running)));
}

}  // namespace
}  // namespace open_cicd::scm
