#include "db/row.h"

namespace open_cicd::db {

// Where the statements run beside the body, a call is all that one costs.
Task<std::vector<Rows>> Transaction::run_each(const Query& query, std::vector<Params> rows) {
  std::vector<Rows> all;
  all.reserve(rows.size());
  for (Params& params : rows) all.push_back(co_await run(query, std::move(params)));
  co_return all;
}
namespace {

bool is(std::string_view column, std::string_view prefix, std::string_view name) {
  return column.size() == prefix.size() + name.size() && column.starts_with(prefix) && column.ends_with(name);
}

}  // namespace

std::size_t Rows::column(std::string_view prefix, std::string_view name, std::size_t hint) const {
  if (hint < columns() && is((*names_)[hint], prefix, name)) return hint;
  for (std::size_t i = 0; i < columns(); ++i)
    if (is((*names_)[i], prefix, name)) return i;
  throw DatabaseError(DatabaseError::Kind::statement, fmt::format("the rows have no column {}{}", prefix, name));
}

void detail::bad_cell(std::string_view column, std::string_view expected) {
  throw DatabaseError(DatabaseError::Kind::statement, fmt::format("the column {} is not {}", column, expected));
}

}  // namespace open_cicd::db
