// PORT: the database, as the domains see it. Adapters: adapters/sqlite, adapters/postgres; both pass
// tests/contract/db_contract.h.
//
// One operation of a domain is one transaction. Expected outcomes (no row, nothing changed, a lost compare-and-set) are
// values; a broken database is a DatabaseError, thrown.
#pragma once

#include "base/asio.h"
#include "base/error.h"

#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace open_cicd::db {

// Bytes are stored raw (bytea in both engines). Text is UTF-8 without NUL.
struct Bytes {
  std::string data;
  bool operator==(const Bytes&) const = default;
};
using Value = std::variant<std::monostate, std::int64_t, std::string, Bytes>;
using Params = std::vector<Value>;

// A text or an integer; NULL where there is none.
template <class T>
Value or_null(const std::optional<T>& value) {
  if (!value) return {};
  if constexpr (std::integral<T>)
    return static_cast<std::int64_t>(*value);
  else
    return *value;
}

// A named statement: a constant beside its only use. Parameters are $1, $2, …; one text serves both engines, an
// override is the exception (row locks in PostgreSQL, say). The name labels metrics and the server-side prepared
// statement.
struct Query {
  std::string_view name;
  std::string_view sql;
  std::string_view postgres_sql = {};  // used instead of `sql` when not empty
};

// The names of a statement's columns, in the order of its SELECT or RETURNING list.
using ColumnNames = std::shared_ptr<const std::vector<std::string>>;

// The rows of one statement. Cheap to move. Those of several columns are read by name, see db/row.h; a position is for
// statements of one column and for tests.
class Rows {
 public:
  Rows(ColumnNames names, std::vector<Value> cells, std::int64_t affected)
      : names_(std::move(names)), cells_(std::move(cells)), affected_(affected) {}
  Rows() = default;

  std::size_t size() const { return columns() == 0 ? 0 : cells_.size() / columns(); }
  bool empty() const { return size() == 0; }
  std::int64_t affected() const { return affected_; }  // rows changed by INSERT, UPDATE, DELETE (also with RETURNING)

  bool is_null(std::size_t row, std::size_t column) const {
    return std::holds_alternative<std::monostate>(at(row, column));
  }
  std::int64_t integer(std::size_t row, std::size_t column) const { return std::get<std::int64_t>(at(row, column)); }
  const std::string& text(std::size_t row, std::size_t column) const { return std::get<std::string>(at(row, column)); }
  const std::string& bytes(std::size_t row, std::size_t column) const { return std::get<Bytes>(at(row, column)).data; }
  std::optional<std::int64_t> maybe_integer(std::size_t row, std::size_t column) const {
    return is_null(row, column) ? std::nullopt : std::optional(integer(row, column));
  }
  std::optional<std::string> maybe_text(std::size_t row, std::size_t column) const {
    return is_null(row, column) ? std::nullopt : std::optional(text(row, column));
  }

  // The column named `prefix` + `name`; looked for at `hint` first, where it is when a struct's members are in the
  // order of the SELECT list. Throws DatabaseError when there is none.
  std::size_t column(std::string_view prefix, std::string_view name, std::size_t hint) const;
  const Value& at(std::size_t row, std::size_t column) const { return cells_.at(row * columns() + column); }

 private:
  std::size_t columns() const { return names_ ? names_->size() : 0; }
  ColumnNames names_;
  std::vector<Value> cells_;
  std::int64_t affected_ = 0;
};

// The database is broken, away or full; or a statement is wrong (our bug). Callers do not catch it: the HTTP session
// answers 503 for `unavailable` and 500 for the rest.
class DatabaseError : public std::runtime_error {
 public:
  enum class Kind : unsigned char { unavailable, full, statement };
  DatabaseError(Kind kind, const std::string& what) : std::runtime_error(what), kind_(kind) {}
  Kind kind() const { return kind_; }

 private:
  Kind kind_;
};

// An open transaction; valid only inside the body it was given to.
class Transaction {
 public:
  virtual Task<Rows> run(const Query& query, Params params) = 0;
  // The same statement for each of `rows`, in their order, without a round trip for each of them. Rows of all.
  virtual Task<std::vector<Rows>> run_each(const Query& query, std::vector<Params> rows);

 protected:
  ~Transaction() = default;
};

// Shared by all threads; every function may be awaited from any executor and resumes there. Waits are bounded by
// Settings of the adapter.
class Session {
 public:
  virtual ~Session() = default;

  // One SELECT outside a transaction; sees everything that was committed before the call.
  virtual Task<Rows> read(const Query& query, Params params) = 0;

  // Runs `body` in one transaction: committed and durable when this returns; rolled back if the body throws. The body
  // may run on another thread (SQLite's writer) and may run again from the start after a serialisation failure: it
  // captures by value, awaits only the transaction, and touches nothing else. Concurrent calls may share one commit
  // (group commit); each still rolls back alone.
  virtual Task<void> transact(std::function<Task<void>(Transaction&)> body) = 0;

  // Statements of a migration, several in one text, run in one transaction with `mark`. `mark` goes first, under a lock
  // that all servers share: when it changes no row the script has been run already, nothing is done and the result is
  // false. No statement timeout.
  virtual Task<bool> run_script(std::string_view script, const Query& mark, Params params) = 0;

  // transact() for a body with a result: an Error rolls back and is returned.
  template <class T>
  Task<Result<T>> write(std::function<Task<Result<T>>(Transaction&)> body);

  virtual std::string_view engine() const = 0;  // "sqlite" or "postgres"
};

namespace detail {
struct Rollback {};  // leaves transact() when the body returned an Error
}  // namespace detail

template <class T>
Task<Result<T>> Session::write(std::function<Task<Result<T>>(Transaction&)> body) {
  auto outcome = std::make_shared<std::optional<Result<T>>>();
  auto run = [body = std::move(body), outcome](Transaction& tx) -> Task<void> {
    outcome->emplace(co_await body(tx));
    if (!**outcome) throw detail::Rollback{};
  };
  try {
    co_await transact(std::move(run));
  } catch (const detail::Rollback&) {
  }
  co_return std::move(**outcome);
}

}  // namespace open_cicd::db
