#include "adapters/sqlite/connection.h"

#include "base/flush.h"
#include "base/text.h"

#include <sqlite3.h>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace open_cicd::sqlite {
namespace {

using db::DatabaseError;
using Clock = std::chrono::steady_clock;

constexpr int kProgressSteps = 20'000;  // virtual machine steps between two looks at the clock, about 0.2 ms

// SQLite would create the file with the umask's mode. The WAL and its index take the mode of the database.
void create_private(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) {
    throw DatabaseError(DatabaseError::Kind::unavailable,
                        fmt::format("cannot open the database {}: {}", path, std::strerror(errno)));
  }
  ::fchmod(file, 0600);  // of a file that was there before; somebody else's stays as it is
  ::close(file);
}

DatabaseError::Kind kind_of(int code, int system_error) {
  switch (code & 0xff) {
    case SQLITE_FULL:
      return DatabaseError::Kind::full;
    case SQLITE_IOERR:
      return system_error == ENOSPC || system_error == EDQUOT ? DatabaseError::Kind::full
                                                              : DatabaseError::Kind::unavailable;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_CANTOPEN:
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_PROTOCOL:
    case SQLITE_READONLY:
    case SQLITE_INTERRUPT:
    case SQLITE_NOMEM:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return DatabaseError::Kind::unavailable;
    default:
      return DatabaseError::Kind::statement;
  }
}

std::size_t bytes_of(const db::Value& cell) {
  if (const auto* text = std::get_if<std::string>(&cell)) return text->size();
  if (const auto* bytes = std::get_if<db::Bytes>(&cell)) return bytes->data.size();
  return 0;
}

}  // namespace

struct Connection::Statement {
  ~Statement() { sqlite3_finalize(handle); }
  sqlite3_stmt* handle = nullptr;
  std::vector<std::size_t> parameters;  // SQLite's index - 1 → our n - 1: SQLite counts $n by first appearance
  std::size_t parameter_count = 0;
  bool read_only = true;
  db::ColumnNames columns;
};

Connection::Connection(const SqliteSettings& settings, Access access)
    : access_(access), statement_timeout_(settings.statement_timeout), result_bytes_max_(settings.result_bytes_max) {
  if (access == Access::read_write) create_private(settings.path);
  // The file exists. A reader still opens it for writing: the WAL's index is shared memory that readers take locks in.
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  if (const int code = sqlite3_open_v2(settings.path.c_str(), &handle_, flags, nullptr); code != SQLITE_OK) {
    const std::string reason = handle_ ? sqlite3_errmsg(handle_) : "out of memory";
    sqlite3_close(handle_);
    throw DatabaseError(kind_of(code, 0), fmt::format("cannot open the database {}: {}", settings.path, reason));
  }
  try {
    sqlite3_busy_timeout(handle_, static_cast<int>(settings.busy_timeout.count()));
    sqlite3_progress_handler(handle_, kProgressSteps, &on_progress, this);
    execute(is_flushing() ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = OFF");
    // Only of a file that is made here; in an older one pages are used again, but never given back.
    if (access == Access::read_write) execute("PRAGMA auto_vacuum = INCREMENTAL");
    execute("PRAGMA journal_mode = WAL; PRAGMA foreign_keys = ON; PRAGMA journal_size_limit = 67108864");
    if (access == Access::read_only) execute("PRAGMA query_only = ON");
    sqlite3_limit(handle_, SQLITE_LIMIT_ATTACHED, 0);
    sqlite3_db_config(handle_, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, nullptr);
    sqlite3_db_config(handle_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(handle_, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    sqlite3_db_config(handle_, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
    sqlite3_db_config(handle_, SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
  } catch (...) {
    sqlite3_close(handle_);
    throw;
  }
}

Connection::~Connection() {
  statements_.clear();
  sqlite3_close(handle_);
}

int Connection::on_progress(void* self) {
  return Clock::now() > static_cast<Connection*>(self)->deadline_ ? 1 : 0;
}

void Connection::fail(int code, std::string_view what) const {
  throw DatabaseError(kind_of(code, sqlite3_system_errno(handle_)),
                      fmt::format("{}: {} (SQLite error {})", what, sqlite3_errmsg(handle_), code));
}

bool Connection::in_transaction() const {
  return sqlite3_get_autocommit(handle_) == 0;
}

void Connection::execute(const char* script) {
  deadline_ = Clock::time_point::max();
  if (const int code = sqlite3_exec(handle_, script, nullptr, nullptr, nullptr); code != SQLITE_OK)
    fail(code, "script");
}

bool Connection::give_back_pages() {
  constexpr db::Query free_pages{.name = "free_pages", .sql = "PRAGMA freelist_count"};
  const std::int64_t before = run(free_pages, {}).integer(0, 0);
  if (before <= kFreePagesKept) return false;
  execute("PRAGMA incremental_vacuum(200)");
  const std::int64_t after = run(free_pages, {}).integer(0, 0);
  const bool more = after < before && after > kFreePagesKept;
  // Only when the log is copied into it, the file itself becomes shorter.
  if (!more) execute("PRAGMA wal_checkpoint(PASSIVE)");
  return more;
}

Connection::Statement& Connection::prepared(const db::Query& query) {
  if (const auto found = statements_.find(query.sql); found != statements_.end()) return *found->second;
  if (statements_.size() >= kStatementsMax) statements_.clear();

  auto statement = std::make_unique<Statement>();
  const char* tail = nullptr;
  const int code = sqlite3_prepare_v3(handle_, query.sql.data(), static_cast<int>(query.sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement->handle, &tail);
  if (code != SQLITE_OK) fail(code, query.name);
  if (!statement->handle ||
      query.sql.substr(tail - query.sql.data()).find_first_not_of(" ;\n") != std::string_view::npos) {
    throw DatabaseError(DatabaseError::Kind::statement, fmt::format("{}: expected one statement", query.name));
  }
  statement->read_only = sqlite3_stmt_readonly(statement->handle) != 0;
  for (int i = 1; i <= sqlite3_bind_parameter_count(statement->handle); ++i) {
    const char* name = sqlite3_bind_parameter_name(statement->handle, i);
    // "$3", and also "$3::bigint": PostgreSQL's cast is part of the name here.
    const std::size_t number = name && name[0] == '$' ? std::strtoul(name + 1, nullptr, 10) : 0;
    if (number == 0)
      throw DatabaseError(DatabaseError::Kind::statement, fmt::format("{}: parameters are $1, $2, …", query.name));
    statement->parameters.push_back(number - 1);
    statement->parameter_count = std::max(statement->parameter_count, number);
  }
  std::vector<std::string> columns;
  for (int i = 0; i < sqlite3_column_count(statement->handle); ++i)
    columns.emplace_back(sqlite3_column_name(statement->handle, i));
  statement->columns = std::make_shared<const std::vector<std::string>>(std::move(columns));
  return *statements_.emplace(query.sql, std::move(statement)).first->second;
}

void Connection::bind_one(sqlite3_stmt* statement, int index, const db::Query& query, const db::Value& value) {
  int code = SQLITE_OK;
  if (const auto* number = std::get_if<std::int64_t>(&value)) {
    code = sqlite3_bind_int64(statement, index, *number);
  } else if (const auto* text = std::get_if<std::string>(&value)) {
    // PostgreSQL refuses such text; a program that runs on both must not depend on SQLite's tolerance.
    if (text->find('\0') != std::string::npos || !is_valid_utf8(*text)) {
      throw DatabaseError(DatabaseError::Kind::statement, fmt::format("{}: text is UTF-8 without NUL", query.name));
    }
    code = sqlite3_bind_text64(statement, index, text->data(), text->size(), SQLITE_STATIC, SQLITE_UTF8);
  } else if (const auto* bytes = std::get_if<db::Bytes>(&value)) {
    code = sqlite3_bind_blob64(statement, index, bytes->data.data(), bytes->data.size(), SQLITE_STATIC);
  } else {
    code = sqlite3_bind_null(statement, index);
  }
  if (code != SQLITE_OK) fail(code, query.name);
}

void Connection::bind(Statement& statement, const db::Query& query, const db::Params& params) {
  if (statement.parameter_count != params.size()) {
    throw DatabaseError(DatabaseError::Kind::statement, fmt::format("{}: has {} parameters, {} were given", query.name,
                                                                    statement.parameter_count, params.size()));
  }
  for (std::size_t i = 0; i < statement.parameters.size(); ++i) {
    bind_one(statement.handle, static_cast<int>(i) + 1, query, params[statement.parameters[i]]);
  }
}

db::Value Connection::column(sqlite3_stmt* statement, int index, const db::Query& query) const {
  switch (sqlite3_column_type(statement, index)) {
    case SQLITE_INTEGER:
      return std::int64_t{sqlite3_column_int64(statement, index)};
    case SQLITE_TEXT: {
      const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, index));
      return std::string(text, sqlite3_column_bytes(statement, index));
    }
    case SQLITE_BLOB: {
      const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement, index));
      return db::Bytes{bytes ? std::string(bytes, sqlite3_column_bytes(statement, index)) : std::string()};
    }
    case SQLITE_NULL:
      return {};
    default:
      throw DatabaseError(DatabaseError::Kind::statement,
                          fmt::format("{}: column {} is a real number", query.name, index));
  }
}

db::Rows Connection::run(const db::Query& query, const db::Params& params) {
  Statement& statement = prepared(query);
  if (access_ == Access::read_only && !statement.read_only) {
    throw DatabaseError(DatabaseError::Kind::statement, fmt::format("{}: read() is for SELECT", query.name));
  }
  // A statement that is not reset holds its snapshot and locks; bound values are borrowed from `params`.
  const std::unique_ptr<sqlite3_stmt, int (*)(sqlite3_stmt*)> running(statement.handle, [](sqlite3_stmt* handle) {
    sqlite3_reset(handle);
    return sqlite3_clear_bindings(handle);
  });
  bind(statement, query, params);
  deadline_ = Clock::now() + statement_timeout_;

  const std::int64_t changes_before = sqlite3_total_changes64(handle_);
  const int columns = sqlite3_column_count(statement.handle);
  std::vector<db::Value> cells;
  std::size_t bytes = 0;
  int code;
  while ((code = sqlite3_step(statement.handle)) == SQLITE_ROW) {
    for (int i = 0; i < columns; ++i) {
      const db::Value& cell = cells.emplace_back(column(statement.handle, i, query));
      bytes += sizeof(db::Value) + bytes_of(cell);
    }
    if (bytes > result_bytes_max_) {
      throw DatabaseError(DatabaseError::Kind::statement,
                          fmt::format("{}: more than {} bytes of rows", query.name, result_bytes_max_));
    }
  }
  if (code != SQLITE_DONE) fail(code, query.name);
  const bool changed = sqlite3_total_changes64(handle_) != changes_before;
  return {statement.columns, std::move(cells), changed ? sqlite3_changes64(handle_) : 0};
}

}  // namespace open_cicd::sqlite
