// What of a log is on the disk, and when: seen through the system calls that put it there.
#include "logs/logs_fixture.h"
#include "logs/segment_file.h"

#include <algorithm>
#include <fstream>
#include <sys/syscall.h>
#include <unistd.h>

namespace open_cicd::logs {
namespace {

// The paths that this program has flushed, in order.
class Flushed {
 public:
  void add(int fd) {
    std::error_code gone;
    const auto path = std::filesystem::read_symlink(fmt::format("/proc/self/fd/{}", fd), gone);
    const std::lock_guard lock(mutex_);
    paths_.push_back(path);
  }
  std::vector<std::filesystem::path> take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(paths_, {});
  }

 private:
  std::mutex mutex_;
  std::vector<std::filesystem::path> paths_;
};

Flushed& flushed() {
  static Flushed all;
  return all;
}

}  // namespace
}  // namespace open_cicd::logs

// This program's definitions win over the C library's.
extern "C" int fsync(int fd) {
  open_cicd::logs::flushed().add(fd);
  return static_cast<int>(::syscall(SYS_fsync, fd));
}
extern "C" int fdatasync(int fd) {
  open_cicd::logs::flushed().add(fd);
  return static_cast<int>(::syscall(SYS_fdatasync, fd));
}

namespace open_cicd::logs {
namespace {

class LogDurability : public LogsFixture {
 protected:
  LogDurability() {
    settings.segment_bytes = 1000;
    settings.small_bytes_max = 100;
  }
  std::filesystem::path only_file() const {
    std::vector<std::filesystem::path> found;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(settings.directory))
      if (entry.is_regular_file()) found.push_back(entry.path());
    EXPECT_EQ(found.size(), 1u);
    return found.at(0);
  }
  // Of the log's file and the folders that its name is in, those that were flushed since the last call.
  std::vector<std::string> flushed_of(const std::filesystem::path& file) {
    std::vector<std::string> names;
    for (const auto& path : flushed().take()) {
      if (path == file) names.emplace_back("file");
      if (path == file.parent_path()) names.emplace_back("job");
      if (path == file.parent_path().parent_path()) names.emplace_back("digits");
      if (path == settings.directory) names.emplace_back("store");
    }
    return names;
  }
};

using Names = std::vector<std::string>;

TEST_F(LogDurability, AFinishFindsTheFileAndItsNameOnTheDisk) {
  start();
  const std::string whole = lines_of(3500);
  append(0, whole).value();
  flushed().take();
  ASSERT_TRUE(verify(claim_of({{0, whole}})).next.empty());
  EXPECT_EQ(flushed_of(only_file()), (Names{"file", "job", "digits", "store"}));
  logs->close(job, 1, false);
  ASSERT_TRUE(verify(claim_of({{0, whole}})).next.empty());
  EXPECT_EQ(flushed_of(only_file()), Names{"file"}) << "the names are there already";
  logs->close(job, 1, true);
}

TEST_F(LogDurability, TheNameThatAnEarlierProcessLeftIsFlushedToo) {
  start();
  const std::string whole = lines_of(3000);
  append(0, whole).value();
  crash_and_start();
  ASSERT_EQ(cores.run(logs->next_offsets(job, 1)).at(0), 3000);
  flushed().take();
  ASSERT_TRUE(verify(claim_of({{0, whole}})).next.empty());
  EXPECT_EQ(flushed_of(only_file()), (Names{"file", "job", "digits", "store"}));
  logs->close(job, 1, true);
}

// Else an old segment that lies where the next one begins would be read as its successor after another crash.
TEST_F(LogDurability, WhatFollowsATornSegmentIsCutBeforeTheNextIsWritten) {
  start();
  append(0, lines_of(3000)).value();
  crash_and_start();
  const std::filesystem::path file = only_file();
  const auto segments = SegmentFile::open(file, SegmentFile::Mode::read)->scan(SegmentFile::Check::bytes);
  ASSERT_EQ(segments.size(), 3u);
  std::fstream(file, std::ios::binary | std::ios::in | std::ios::out).seekp(segments[1].file_offset + 9) << "XX";
  crash_and_start();
  ASSERT_EQ(cores.run(logs->next_offsets(job, 1)).at(0), 1000);
  append(1000, lines_of(3000).substr(1000, 1000)).value();
  crash_and_start();
  EXPECT_EQ(cores.run(logs->next_offsets(job, 1)).at(0), 2000);
  EXPECT_EQ(std::filesystem::file_size(file), static_cast<std::uintmax_t>(segments[1].file_end()));
}

}  // namespace
}  // namespace open_cicd::logs
