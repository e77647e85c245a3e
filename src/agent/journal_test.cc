#include "agent/journal.h"

#include "agent/temporary_folder.h"

#include <gtest/gtest.h>

namespace open_cicd::agent {
namespace {

class JournalTest : public ::testing::Test {
 protected:
  Journal open() { return std::move(*Journal::open(path_)); }
  static JournalEntry entry(std::string job) {
    return {.job_id = std::move(job),
            .attempt = 3,
            .lease_token = "secret",
            .finish = {.status = "failed",
                       .exit_code = 7,
                       .logs = std::map<std::string, protocol::LogSum>{{"0", {5, "00c0ffee"}}}}};
  }
  TemporaryFolder folder_;
  std::filesystem::path path_ = folder_.path() / "journal";
};

TEST_F(JournalTest, KeepsTheLastFinish) {
  {
    Journal journal = open();
    ASSERT_TRUE(journal.record(entry(std::string(2000, 'x'))));
    ASSERT_TRUE(journal.record(entry("short")));
    ASSERT_TRUE(journal.sync());
  }
  const auto loaded = open().load();
  ASSERT_TRUE(loaded);
  ASSERT_TRUE(*loaded);
  EXPECT_EQ((*loaded)->job_id, "short");
  EXPECT_EQ((*loaded)->attempt, 3);
  EXPECT_EQ((*loaded)->finish.exit_code, 7);
  EXPECT_EQ((*loaded)->finish.logs->at("0").size, 5);
}

TEST_F(JournalTest, ClearedIsEmpty) {
  Journal journal = open();
  ASSERT_TRUE(journal.record(entry("job")));
  ASSERT_TRUE(journal.clear());
  EXPECT_FALSE(*journal.load());
}

TEST_F(JournalTest, TornOrDamagedIsAsGoodAsEmpty) {
  {
    ASSERT_TRUE(open().record(entry("job")));
  }
  const auto size = std::filesystem::file_size(path_);
  for (const std::uintmax_t length : {size - 1, size / 2, std::uintmax_t{5}, std::uintmax_t{0}}) {
    std::filesystem::resize_file(path_, length);
    EXPECT_FALSE(*open().load()) << length;
  }
  ASSERT_TRUE(open().record(entry("job")));
  ASSERT_TRUE(File::open(path_, 1 /* O_WRONLY */)->write_at(40, "?"));
  EXPECT_FALSE(*open().load());
}

TEST_F(JournalTest, IsPrivate) {
  open();
  EXPECT_EQ(std::filesystem::status(path_).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

}  // namespace
}  // namespace open_cicd::agent
