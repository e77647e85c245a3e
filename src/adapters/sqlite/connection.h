// One SQLite connection with its prepared statements.
#pragma once

#include "adapters/sqlite/sqlite.h"

#include <memory>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace open_cicd::sqlite {

enum class Access : unsigned char { read_only, read_write };

// Used by one thread at a time. Every failure is a DatabaseError; a failed statement leaves the connection usable.
class Connection {
 public:
  Connection(const SqliteSettings& settings, Access access);
  ~Connection();
  Connection(const Connection&) = delete;

  db::Rows run(const db::Query& query, const db::Params& params);
  void execute(const char* script);  // several statements, no parameters, no time limit
  // Shortens the file by some of its unused pages; true: there are more than are kept for what comes next.
  bool give_back_pages();
  bool in_transaction() const;  // false also after SQLite rolled back by itself (disk full, I/O error)

  static constexpr std::size_t kStatementsMax = 500;
  static constexpr std::int64_t kFreePagesKept = 4096;  // of 4 KiB: 16 MiB

 private:
  struct Statement;
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };

  Statement& prepared(const db::Query& query);
  void bind(Statement& statement, const db::Query& query, const db::Params& params);
  void bind_one(sqlite3_stmt* statement, int index, const db::Query& query, const db::Value& value);
  db::Value column(sqlite3_stmt* statement, int index, const db::Query& query) const;
  [[noreturn]] void fail(int code, std::string_view what) const;
  static int on_progress(void* self);

  sqlite3* handle_ = nullptr;
  Access access_;
  std::chrono::milliseconds statement_timeout_;
  std::size_t result_bytes_max_;
  std::chrono::steady_clock::time_point deadline_ = std::chrono::steady_clock::time_point::max();
  std::unordered_map<std::string, std::unique_ptr<Statement>, Hash, std::equal_to<>> statements_;  // by text
};

}  // namespace open_cicd::sqlite
