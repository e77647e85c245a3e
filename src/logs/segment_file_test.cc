#include "logs/segment_file.h"

#include "base/crypto.h"
#include "logs/logs_fixture.h"

#include <gtest/gtest.h>

#include <fstream>

namespace open_cicd::logs {
namespace {

class SegmentFiles : public testing::Test {
 protected:
  void given_three_segments() {
    auto file = SegmentFile::create(path);
    std::int64_t end = 0;
    for (int i = 0; i < 3; ++i) {
      const std::string raw = lines_of(5000 + static_cast<std::size_t>(i), i);
      const auto offset = static_cast<std::int64_t>(log.size());
      log += raw;
      segments.push_back(file->append(raw, {}, offset, crc32c(log), end));
      end = segments.back().file_end();
    }
  }
  std::string bytes_of_file() const {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  std::vector<Segment> scan(SegmentFile::Check check) const {
    return SegmentFile::open(path, SegmentFile::Mode::read)->scan(check);
  }

  TemporaryFolder folder;
  const std::filesystem::path path = folder.path / "aa" / "job" / "1.0.log.zst";
  std::string log;
  std::vector<Segment> segments;
};

TEST_F(SegmentFiles, GiveBackWhatWasAppended) {
  given_three_segments();
  const auto file = SegmentFile::open(path, SegmentFile::Mode::read);
  const auto found = file->scan(SegmentFile::Check::bytes);
  ASSERT_EQ(found.size(), 3u);
  std::string read;
  for (const Segment& segment : found) read += file->load(segment);
  EXPECT_EQ(read, log);
  EXPECT_EQ(found.back().log_crc, crc32c(log));
  EXPECT_EQ(segment_at(found, 0), 0u);
  EXPECT_EQ(segment_at(found, 4999), 0u);
  EXPECT_EQ(segment_at(found, 5000), 1u);
}

TEST_F(SegmentFiles, AreOrdinaryZstdFiles) {
  given_three_segments();
  EXPECT_EQ(decompress(bytes_of_file(), log.size()), log);
}

TEST_F(SegmentFiles, EndBeforeATornSegment) {
  given_three_segments();
  for (std::int64_t size = segments[2].file_end() - 1; size >= segments[1].file_end(); size -= 7) {
    std::filesystem::resize_file(path, static_cast<std::uintmax_t>(size));
    ASSERT_EQ(scan(SegmentFile::Check::headers).size(), 2u) << size;
  }
}

TEST_F(SegmentFiles, EndBeforeDamagedBytes) {
  given_three_segments();
  const std::string good = bytes_of_file();
  for (auto at = static_cast<std::size_t>(segments[0].file_end());
       at < static_cast<std::size_t>(segments[1].file_end()); at += 5) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0x40);
    std::ofstream(path, std::ios::binary) << bad;
    ASSERT_EQ(scan(SegmentFile::Check::bytes).size(), 1u) << at;
  }
}

TEST_F(SegmentFiles, EndBeforeASegmentOfAnotherPlace) {
  for (const std::int64_t wrong : {-1, 1, 5000, -5000}) {
    log.clear();
    segments.clear();
    given_three_segments();
    const auto file = SegmentFile::open(path, SegmentFile::Mode::append);
    const std::string raw = lines_of(700);
    const auto whole = static_cast<std::int64_t>(log.size());
    file->append(raw, {}, whole + wrong, crc32c(log + raw), segments[2].file_end());
    EXPECT_EQ(scan(SegmentFile::Check::bytes).size(), 3u) << "it is whole, but does not follow: " << wrong;
    file->append(raw, {}, whole, crc32c(log + raw), segments[2].file_end());
    EXPECT_EQ(scan(SegmentFile::Check::bytes).size(), 4u);
  }
}

TEST_F(SegmentFiles, RefuseToLoadDamagedBytes) {
  given_three_segments();
  std::fstream(path, std::ios::binary | std::ios::in | std::ios::out).seekp(segments[1].file_offset + 9) << "XX";
  EXPECT_THROW(SegmentFile::open(path, SegmentFile::Mode::read)->load(segments[1]), std::runtime_error);
}

TEST_F(SegmentFiles, MissingIsNull) {
  EXPECT_EQ(SegmentFile::open(path, SegmentFile::Mode::read), nullptr);
}

}  // namespace
}  // namespace open_cicd::logs
