#include "base/id.h"

#include <gtest/gtest.h>

#include <chrono>
#include <set>
#include <unordered_set>

namespace open_cicd {
namespace {

TEST(Id, TextReadsBack) {
  const JobId id = JobId::make();
  EXPECT_EQ(JobId::parse(id.str()), id);
  EXPECT_EQ(id.str().size(), 36u);
  EXPECT_EQ(id.str()[14], '7');
  EXPECT_TRUE(id);
  EXPECT_FALSE(JobId());
}

TEST(Id, RefusesEveryOtherForm) {
  for (const char* text : {"", "0192f0c1-0000-7000-8000-00000000000", "0192f0c1-0000-7000-8000-0000000000011",
                           "0192F0C1-0000-7000-8000-000000000001", "0192f0c1000070008000000000000001xxxx",
                           "{192f0c1-0000-7000-8000-00000000001}", "0192f0c1-0000-7000-8000-00000000000g",
                           "0192f0c1_0000_7000_8000_000000000001", "../../../../../../../../etc/passwd__"})
    EXPECT_FALSE(JobId::parse(text)) << text;
  EXPECT_TRUE(JobId::parse("0192f0c1-0000-7000-8000-000000000001"));
}

TEST(Id, VersionsAndVariantsAreThoseOfRfc9562) {
  const Uuid v7 = make_uuid_v7(), v4 = make_uuid_v4();
  EXPECT_EQ(v7[6] >> 4, 7);
  EXPECT_EQ(v4[6] >> 4, 4);
  EXPECT_EQ(v7[8] >> 6, 2);
  EXPECT_EQ(v4[8] >> 6, 2);
  std::uint64_t ms = 0;
  for (std::size_t i = 0; i < 6; ++i) ms = ms << 8 | v7[i];
  const auto now =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
          .count();
  EXPECT_NEAR(static_cast<double>(ms), static_cast<double>(now), 10'000);
}

TEST(Id, ManyAreDifferentAndHashWell) {
  std::set<std::string> texts;
  std::unordered_set<JobId> ids;
  std::set<std::size_t> hashes;
  for (int i = 0; i < 10'000; ++i) {
    const JobId id = JobId::make();
    texts.insert(id.str());
    ids.insert(id);
    hashes.insert(std::hash<JobId>()(id));
  }
  EXPECT_EQ(texts.size(), 10'000u);
  EXPECT_EQ(ids.size(), 10'000u);
  EXPECT_EQ(hashes.size(), 10'000u);
}

}  // namespace
}  // namespace open_cicd
