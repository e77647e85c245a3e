// Between db::Value and libpq's parameters, results and errors.
#pragma once

#include "adapters/postgres/libpq.h"
#include "db/db.h"

#include <array>
#include <memory>

namespace open_cicd::postgres {

struct ClearResult {
  void operator()(PGresult* result) const { PQclear(result); }
};
using ResultPtr = std::unique_ptr<PGresult, ClearResult>;

// Parameters as libpq wants them: integers and text in text format, whose type the server infers; bytes in binary.
// Borrows from `params`.
class EncodedParams {
 public:
  EncodedParams(std::string_view query_name, const db::Params& params);  // throws DatabaseError: text with NUL

  int size() const { return static_cast<int>(values_.size()); }
  const char* const* values() const { return values_.data(); }
  const int* lengths() const { return lengths_.data(); }
  const int* formats() const { return formats_.data(); }

 private:
  std::vector<const char*> values_;
  std::vector<int> lengths_;
  std::vector<int> formats_;
  std::vector<std::array<char, 24>> numbers_;
};

inline std::string_view text_of(const db::Query& query) {
  return query.postgres_sql.empty() ? query.sql : query.postgres_sql;
}

constexpr int kBinaryResults = 1;

// What a command ended with: a result, or a lost connection.
struct Outcome {
  ResultPtr result;  // null when lost
  std::string lost;  // why

  bool failed() const;
  bool worth_another_try() const;  // serialisation failure or deadlock: the same body may succeed
  bool refused_to_write() const;   // in a read-only transaction, or by a standby
  db::DatabaseError error(std::string_view query_name) const;
};

// Throws DatabaseError: a failed outcome, more than `bytes_max`, or a column of a type that the port does not know.
db::Rows to_rows(std::string_view query_name, const Outcome& outcome, std::size_t bytes_max);

}  // namespace open_cicd::postgres
