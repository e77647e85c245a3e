// How results and errors look: tables, colours of states, errors with what to do.
#pragma once

#include "base/error.h"
#include "cli/context.h"

#include <boost/json/value.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace open_cicd::cli {

// Prints "open-cicd: what happened" on standard error, or with --json a problem document (RFC 9457) on standard output,
// and returns the exit code. `file` is put before the places of
// field errors.
int print_error(const Context& context, const Error& error, std::string_view file = {});

// One document and a line break on standard output.
void print_json(const Context& context, const boost::json::value& document);

enum class Colour : std::uint8_t { none, dim, red, green, yellow, blue, bold };
std::string paint(std::string_view text, Colour colour, bool colours);
Colour colour_of_state(std::string_view state);

// Rows of cells under a heading. The last column that may shrink is cut so that the table fits the terminal; piped,
// nothing is cut.
class Table {
 public:
  struct Column {
    std::string heading;
    bool shrinks = false;  // names
    bool is_state = false;
  };
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}
  void add(std::vector<std::string> cells);  // made safe to show
  void print(const Context& context) const;

 private:
  std::vector<std::size_t> widths(const Context& context) const;

  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

// "3m ago" of an RFC 3339 time of the API; "" when it cannot be read.
std::string age_of(std::string_view rfc3339, std::int64_t now_unix_ms);
std::optional<std::int64_t> parse_rfc3339_ms(std::string_view text);
std::string short_duration(std::int64_t milliseconds);  // "1.2s", "3m4s"
std::string short_size(std::int64_t bytes);             // "4.1 KiB"

}  // namespace open_cicd::cli
