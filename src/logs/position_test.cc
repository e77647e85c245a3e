#include "logs/position.h"

#include <gtest/gtest.h>

namespace open_cicd::logs {
namespace {

TEST(Position, ReadsWhatItWrites) {
  for (const Position position : {Position{1, 0, 4113}, Position{3, -1, 0}, Position{12, 40, 9'000'000'000'000}}) {
    EXPECT_EQ(Position::parse(position.str()), position);
  }
  EXPECT_EQ((Position{1, 0, 4113}.str()), "1.0.4113");
}

TEST(Position, J7_RefusesEverythingElse) {
  for (const std::string& text :
       {std::string(), std::string("1"), std::string("1.0"), std::string("1.0."), std::string("1.0.5."),
        std::string("0.0.0"), std::string("-1.0.0"), std::string("1.-2.0"), std::string("1.0.-5"), std::string("1..0"),
        std::string("+1.0.0"), std::string("01.0.0"), std::string("1.0.0x"), std::string(" 1.0.0"),
        std::string("1.0.99999999999999999999"), std::string("99999999999.0.0"), std::string("1.0.0\0", 6),
        std::string("१.0.0"), std::string(1 << 20, '1')}) {
    EXPECT_FALSE(Position::parse(text)) << text.substr(0, 40);
  }
}

TEST(Position, SetupComesFirst) {
  EXPECT_LT((Position{1, -1, 900}), (Position{1, 0, 0}));
  EXPECT_LT((Position{1, 5, 900}), (Position{2, -1, 0}));
}

TEST(Place, IsReadAsItIsWritten) {
  const Place place{.at = {1, 3, 4113}, .beside = {{0, 900}, {2, 50}}};
  EXPECT_EQ(place.str(), "1.3.4113+0.900+2.50");
  EXPECT_EQ(Place::parse(place.str()), place);
  EXPECT_EQ(Place::parse("1.-1.0"), (Place{.at = {1, -1, 0}}));
  for (const char* wrong : {"", "+", "1.0.0+", "1.0.0+1", "1.0.0+1.", "1.0.0+1.2x", "1.0.0+1.2+", "1.0.0+-1.2",
                            "1.0.0+1.2+1.3", "1.0.0 +1.2", "1.0.0+01.2", "+1.2", "1.0.0+1.2.3"})
    EXPECT_FALSE(Place::parse(wrong)) << wrong;
}

}  // namespace
}  // namespace open_cicd::logs
