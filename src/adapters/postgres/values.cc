#include "adapters/postgres/values.h"

#include <charconv>
#include <cstring>
#include <endian.h>
#include <limits>

namespace open_cicd::postgres {
namespace {

using db::DatabaseError;

// pg_type.dat; stable for ever.
enum Oid_ : Oid {
  kBool = 16,
  kBytea = 17,
  kChar = 18,
  kName = 19,
  kInt8 = 20,
  kInt2 = 21,
  kInt4 = 23,
  kText = 25,
  kOid = 26,
  kJson = 114,
  kUnknown = 705,
  kBpchar = 1042,
  kVarchar = 1043,
  kNumeric = 1700,
  kVoid = 2278,
};

DatabaseError statement_error(std::string_view name, std::string_view what) {
  return {DatabaseError::Kind::statement, fmt::format("{}: {}", name, what)};
}

template <class T>
T big_endian(const char* data) {
  std::make_unsigned_t<T> value;
  std::memcpy(&value, data, sizeof value);
  if constexpr (sizeof(T) == 2) value = be16toh(value);
  if constexpr (sizeof(T) == 4) value = be32toh(value);
  if constexpr (sizeof(T) == 8) value = be64toh(value);
  return static_cast<T>(value);
}

// numeric, of which sum(bigint) is made: four int16 (digits, weight, sign, scale) and the digits in base 10,000.
std::int64_t integral_numeric(std::string_view name, const char* data) {
  constexpr std::int16_t kPositive = 0;
  constexpr std::int16_t kNegative = 0x4000;
  const auto digits = big_endian<std::int16_t>(data);
  const auto weight = big_endian<std::int16_t>(data + 2);
  const auto sign = big_endian<std::int16_t>(data + 4);
  if (digits > weight + 1 || weight > 4 || (sign != kPositive && sign != kNegative)) {
    throw statement_error(name, "a numeric is no 64-bit integer");
  }
  __int128 value = 0;
  for (int i = 0; i <= weight; ++i)
    value = value * 10'000 + (i < digits ? big_endian<std::int16_t>(data + 8 + 2 * i) : 0);
  if (sign == kNegative) value = -value;
  if (value > std::numeric_limits<std::int64_t>::max() || value < std::numeric_limits<std::int64_t>::min()) {
    throw statement_error(name, "a numeric is no 64-bit integer");
  }
  return static_cast<std::int64_t>(value);
}

db::Value to_value(std::string_view name, Oid type, const char* data, std::size_t size) {
  switch (type) {
    case kInt8:
      return std::int64_t{big_endian<std::int64_t>(data)};
    case kInt4:
      return std::int64_t{big_endian<std::int32_t>(data)};
    case kOid:
      return std::int64_t{big_endian<std::uint32_t>(data)};
    case kInt2:
      return std::int64_t{big_endian<std::int16_t>(data)};
    case kBool:
      return std::int64_t{data[0] != 0};
    case kNumeric:
      return integral_numeric(name, data);
    case kBytea:
      return db::Bytes{std::string(data, size)};
    case kText:
    case kVarchar:
    case kBpchar:
    case kChar:
    case kName:
    case kJson:
    case kUnknown:
    case kVoid:
      return std::string(data, size);
    default:
      throw statement_error(name, fmt::format("a column of the unsupported type {}", type));
  }
}

std::int64_t affected_rows(PGresult* result) {
  const std::string_view command = PQcmdStatus(result);
  if (!command.starts_with("INSERT") && !command.starts_with("UPDATE") && !command.starts_with("DELETE") &&
      !command.starts_with("MERGE")) {
    return 0;
  }
  const std::string_view count = PQcmdTuples(result);
  std::int64_t affected = 0;
  std::from_chars(count.data(), count.data() + count.size(), affected);
  return affected;
}

// https://www.postgresql.org/docs/15/errcodes-appendix.html
DatabaseError::Kind kind_of(std::string_view state) {
  using enum DatabaseError::Kind;
  if (state == "53100") return full;
  if (state == "08P01") return statement;  // a wrong number of parameters
  for (const std::string_view prefix : {"08", "53", "57", "58", "XX", "F0", "40", "55P03", "25006"}) {
    if (state.starts_with(prefix)) return unavailable;
  }
  return statement;
}

std::string_view sql_state(const ResultPtr& result) {
  const char* state = result ? PQresultErrorField(result.get(), PG_DIAG_SQLSTATE) : nullptr;
  return state ? state : "";
}

}  // namespace

EncodedParams::EncodedParams(std::string_view query_name, const db::Params& params)
    : values_(params.size()), lengths_(params.size()), formats_(params.size()), numbers_(params.size()) {
  for (std::size_t i = 0; i < params.size(); ++i) {
    if (const auto* number = std::get_if<std::int64_t>(&params[i])) {
      *std::to_chars(numbers_[i].begin(), numbers_[i].end() - 1, *number).ptr = '\0';
      values_[i] = numbers_[i].data();
    } else if (const auto* text = std::get_if<std::string>(&params[i])) {
      if (text->find('\0') != std::string::npos) throw statement_error(query_name, "text is UTF-8 without NUL");
      values_[i] = text->c_str();
    } else if (const auto* bytes = std::get_if<db::Bytes>(&params[i])) {
      values_[i] = bytes->data.data();
      lengths_[i] = static_cast<int>(bytes->data.size());
      formats_[i] = 1;
    }
  }
}

bool Outcome::failed() const {
  if (!result) return true;
  const ExecStatusType status = PQresultStatus(result.get());
  return status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK;
}

bool Outcome::worth_another_try() const {
  const std::string_view state = sql_state(result);
  return state == "40001" || state == "40P01";
}

bool Outcome::refused_to_write() const {
  return sql_state(result) == "25006";
}

DatabaseError Outcome::error(std::string_view query_name) const {
  if (!result)
    return {DatabaseError::Kind::unavailable,
            fmt::format("{}: the connection to PostgreSQL was lost: {}", query_name, lost)};
  const std::string_view state = sql_state(result);
  const char* message = PQresultErrorField(result.get(), PG_DIAG_MESSAGE_PRIMARY);
  const char* fallback = PQresultErrorMessage(result.get());
  // Without a state the message is libpq's own, about the connection.
  const auto kind = state.empty() ? DatabaseError::Kind::unavailable : kind_of(state);
  return {kind, fmt::format("{}: {} (PostgreSQL error {})", query_name, message ? message : fallback, state)};
}

db::Rows to_rows(std::string_view query_name, const Outcome& outcome, std::size_t bytes_max) {
  if (outcome.failed()) throw outcome.error(query_name);
  PGresult* result = outcome.result.get();
  const int rows = PQntuples(result);
  const int columns = PQnfields(result);
  if (PQresultMemorySize(result) > bytes_max)
    throw statement_error(query_name, fmt::format("more than {} bytes of rows", bytes_max));
  std::vector<db::Value> cells;
  cells.reserve(static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns));
  for (int row = 0; row < rows; ++row) {
    for (int column = 0; column < columns; ++column) {
      if (PQgetisnull(result, row, column)) {
        cells.emplace_back();
        continue;
      }
      const auto size = static_cast<std::size_t>(PQgetlength(result, row, column));
      cells.push_back(to_value(query_name, PQftype(result, column), PQgetvalue(result, row, column), size));
    }
  }
  std::vector<std::string> names;
  names.reserve(static_cast<std::size_t>(columns));
  for (int column = 0; column < columns; ++column) names.emplace_back(PQfname(result, column));
  return {std::make_shared<const std::vector<std::string>>(std::move(names)), std::move(cells), affected_rows(result)};
}

}  // namespace open_cicd::postgres
