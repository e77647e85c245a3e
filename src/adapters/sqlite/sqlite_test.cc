#include "adapters/sqlite/sqlite.h"

#include "contract/db_contract.h"

#include <sqlite3.h>

#include <filesystem>
#include <fstream>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace {
std::atomic<int> syncs = 0;
}  // namespace

// SQLite's library finds these in the program before those of libc.
extern "C" int fdatasync(int file) {
  ++syncs;
  return static_cast<int>(::syscall(SYS_fdatasync, file));
}
extern "C" int fsync(int file) {
  ++syncs;
  return static_cast<int>(::syscall(SYS_fsync, file));
}

namespace open_cicd::sqlite {
namespace {

using db::DbContract;

class SqliteDatabase final : public db::TestDatabase {
 public:
  explicit SqliteDatabase(const std::string& address) : path_(address) {
    if (!address.empty()) return;
    std::string folder = (std::filesystem::temp_directory_path() / "open-cicd-sqlite-XXXXXX").string();
    if (!::mkdtemp(folder.data())) throw std::runtime_error("mkdtemp");
    folder_ = folder;
    path_ = folder_ / "test.db";
  }
  ~SqliteDatabase() override {
    if (!folder_.empty()) std::filesystem::remove_all(folder_);
  }
  std::unique_ptr<db::Database> open(db::Metrics* metrics) override { return open_sqlite({.path = path_}, metrics); }
  std::string address() const override { return path_; }

  bool is_script_running() override {
    sqlite3* handle = nullptr;
    sqlite3_open(path_.c_str(), &handle);
    const int code = sqlite3_exec(handle, "BEGIN IMMEDIATE; ROLLBACK", nullptr, nullptr, nullptr);
    sqlite3_close(handle);
    return code == SQLITE_BUSY;
  }

 private:
  std::filesystem::path folder_;
  std::string path_;
};

std::unique_ptr<db::TestDatabase> make_sqlite_database(const std::string& address) {
  return std::make_unique<SqliteDatabase>(address);
}

INSTANTIATE_TEST_SUITE_P(Sqlite, DbContract, testing::Values(&make_sqlite_database));

// What only SQLite has.
class SqliteTest : public DbContract {};

INSTANTIATE_TEST_SUITE_P(Own, SqliteTest, testing::Values(&make_sqlite_database));

TEST_P(SqliteTest, M5_FilesAreForTheOwnerOnly) {
  create_counters();
  for (const char* suffix : {"", "-wal", "-shm"}) {
    struct stat status{};
    ASSERT_EQ(::stat((database_->address() + suffix).c_str(), &status), 0) << suffix;
    EXPECT_EQ(status.st_mode & 0777, 0600u) << suffix;
  }
}

TEST_P(SqliteTest, ACommitIsSyncedBeforeItReturns) {
  create_counters();
  for (int i = 1; i <= 5; ++i) {
    const int before = syncs;
    write(db::kSetCounter, {i});
    EXPECT_GT(syncs, before);
  }
}

TEST_P(SqliteTest, M5_AttachAndExtensionsAreRefused) {
  EXPECT_EQ(failure_of([&] { read({"attach", "ATTACH ':memory:' AS other"}); }), db::DatabaseError::Kind::statement);
  EXPECT_EQ(failure_of([&] { write({"attach", "ATTACH ':memory:' AS other"}); }), db::DatabaseError::Kind::statement);
  EXPECT_EQ(failure_of([&] { read({"load", "SELECT load_extension('x')"}); }), db::DatabaseError::Kind::statement);
}

TEST_P(SqliteTest, ForeignKeysAreEnforced) {
  create_counters();
  write({"create", "CREATE TABLE child (id bigint PRIMARY KEY, parent text NOT NULL REFERENCES counters (id))"});
  EXPECT_EQ(failure_of([&] { write({"orphan", "INSERT INTO child VALUES (1, 'nobody')"}); }),
            db::DatabaseError::Kind::statement);
}

TEST_P(SqliteTest, M3_AnEndlessStatementIsStopped) {
  session_ = open_sqlite({.path = database_->address(), .statement_timeout = std::chrono::milliseconds(50)});
  constexpr db::Query endless{"endless",
                              "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT count(*) FROM c"};
  EXPECT_EQ(failure_of([&] { read(endless); }), db::DatabaseError::Kind::unavailable);
  EXPECT_EQ(failure_of([&] { write(endless); }), db::DatabaseError::Kind::unavailable);
  create_counters();
  EXPECT_EQ(counter(), 0);
}

TEST_P(SqliteTest, TooManyRowsAreRefused) {
  session_ = open_sqlite({.path = database_->address(), .result_bytes_max = 1 << 20});
  constexpr db::Query large{"large", "SELECT zeroblob(1000), zeroblob(2000000)"};
  EXPECT_EQ(failure_of([&] { read(large); }), db::DatabaseError::Kind::statement);
}

TEST_P(SqliteTest, M3_ALockOfAnotherProcessIsUnavailable) {
  create_counters();
  session_ = open_sqlite({.path = database_->address(), .busy_timeout = std::chrono::milliseconds(20)});
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open(database_->address().c_str(), &other), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);
  EXPECT_EQ(failure_of([&] { write(db::kSetCounter, {1}); }), db::DatabaseError::Kind::unavailable);
  EXPECT_EQ(counter(), 0);
  sqlite3_exec(other, "ROLLBACK", nullptr, nullptr, nullptr);
  sqlite3_close(other);
  EXPECT_EQ(write(db::kSetCounter, {1}).affected(), 1);
}

TEST_P(SqliteTest, TooManyWaitingWritesAreRefused) {
  create_counters();
  session_ = open_sqlite({.path = database_->address(), .waiting_writes_max = 2});
  std::atomic<int> refused = 0;
  run_many(200, [&](std::size_t) -> Task<void> {
    try {
      co_await session_->transact(
          [](db::Transaction& tx) -> Task<void> { co_await tx.run(db::kAddToCounter, {std::string("a")}); });
    } catch (const db::DatabaseError& e) {
      EXPECT_EQ(e.kind(), db::DatabaseError::Kind::unavailable);
      ++refused;
    }
  });
  EXPECT_EQ(counter() + refused, 200);
  EXPECT_GT(counter(), 0);
}

TEST(Sqlite, AFileThatIsNoDatabaseIsUnavailable) {
  SqliteDatabase database("");
  std::ofstream(database.address()) << std::string(8192, 'x');
  EXPECT_THROW(database.open(nullptr), db::DatabaseError);
  EXPECT_THROW(open_sqlite({.path = "/missing/folder/x.db"}), db::DatabaseError);
}

// A small file system of our own; needs the right to mount.
class SmallDisk {
 public:
  SmallDisk() {
    path_ = (std::filesystem::temp_directory_path() / "open-cicd-disk-XXXXXX").string();
    if (!::mkdtemp(path_.data())) throw std::runtime_error("mkdtemp");
    mounted_ = ::mount("tmpfs", path_.c_str(), "tmpfs", 0, "size=2m") == 0;
  }
  ~SmallDisk() {
    if (mounted_) ::umount(path_.c_str());
    std::filesystem::remove_all(path_);
  }
  bool mounted() const { return mounted_; }
  std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
  bool mounted_ = false;
};

TEST_P(SqliteTest, AFullDiskIsReportedAndRecovered) {
  const SmallDisk disk;
  if (!disk.mounted()) GTEST_SKIP() << "NOT TESTED: mounting a tmpfs is not permitted here";
  session_ = open_sqlite({.path = disk.file("full.db")});
  create_counters();
  std::ofstream(disk.file("ballast")) << std::string(1 << 20, 'x');
  write({"create", "CREATE TABLE big (id bigint PRIMARY KEY, data bytea)"});
  constexpr db::Query insert{"insert_big", "INSERT INTO big VALUES ($1, $2)"};

  std::int64_t kept = 0;
  const auto fill = [&] {
    for (;; ++kept) write(insert, {kept, db::Bytes{std::string(64 << 10, 'y')}});
  };
  EXPECT_EQ(failure_of(fill), db::DatabaseError::Kind::full);
  EXPECT_GT(kept, 0);
  EXPECT_EQ(read({"count", "SELECT count(*) FROM big"}).integer(0, 0), kept);

  std::filesystem::remove(disk.file("ballast"));
  EXPECT_EQ(write(insert, {kept, db::Bytes{"z"}}).affected(), 1);
  session_ = open_sqlite({.path = disk.file("full.db")});
  EXPECT_EQ(read({"count", "SELECT count(*) FROM big"}).integer(0, 0), kept + 1);
  session_.reset();
}

}  // namespace
}  // namespace open_cicd::sqlite
