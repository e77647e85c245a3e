#include "server/database.h"

#include "adapters/postgres/postgres.h"
#include "adapters/sqlite/sqlite.h"

#include <thread>

namespace open_cicd::server {
namespace {

// libpq's reasons are lines, some of which are questions: "… failed: Connection refused\n\tIs the server running …?\n".
std::string as_sentence(std::string_view reason) {
  std::string sentence;
  for (const char c : reason) {
    const bool blank = c == ' ' || c == '\n' || c == '\t';
    if (!blank) sentence += c;
    if (blank && !sentence.empty() && sentence.back() != ' ') sentence += ' ';
  }
  if (sentence.ends_with(' ')) sentence.pop_back();
  if (!sentence.ends_with('.') && !sentence.ends_with('?')) sentence += '.';
  return sentence;
}

}  // namespace

Result<std::unique_ptr<db::Session>> open_database(const ServerConfig& config, db::Metrics* metrics) {
  const std::string& url = config.database.reveal();
  try {
    if (url.empty()) return sqlite::open_sqlite({.path = (config.data / "open-cicd.db").string()}, metrics);
    if (!url.starts_with("postgres://") && !url.starts_with("postgresql://"))
      return fail(ErrorKind::invalid, "database",
                  "--database must begin with postgres:// (or be left out for SQLite in the data folder).");
    return postgres::open_postgres(
        {.url = url, .cores = std::max(1U, std::min(4U, std::thread::hardware_concurrency()))}, metrics);
  } catch (const db::DatabaseError& e) {
    return fail(ErrorKind::unavailable, "database",
                fmt::format("The database cannot be opened: {} Check --database and that it is running.",
                            as_sentence(e.what())));
  }
}

}  // namespace open_cicd::server
