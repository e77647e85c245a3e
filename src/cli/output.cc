#include "cli/output.h"

#include "base/json.h"
#include "base/text.h"
#include "base/units.h"
#include "cli/exit_code.h"
#include "cli/terminal_text.h"
#include "http/message.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <ostream>

namespace open_cicd::cli {
namespace {

constexpr std::size_t shrunk_columns_min = 12;
constexpr std::size_t gap = 2;

// One line that can do nothing to a terminal; quotes and backslashes stay as they are.
std::string one_line(std::string_view text) {
  return TerminalFilter(false).feed(to_valid_utf8(text));
}

std::string place_of(const FieldError& field, std::string_view file) {
  std::string place(file);
  if (field.line > 0) place += fmt::format("{}{}:{}", place.empty() ? "" : ":", field.line, field.column);
  if (!field.path.empty()) place += fmt::format("{}{}", place.empty() ? "" : ": ", one_line(field.path));
  return place.empty() ? place : place + ": ";
}

std::string advice_for(const Error& error) {
  switch (error.kind()) {
    case ErrorKind::unauthenticated:
      return "Give a token with --token-file or OPEN_CICD_TOKEN; the server leaves the first one in admin.token in its "
             "data folder.";
    case ErrorKind::forbidden:
      return error.code() == "wrong_token_kind" ? "Use the admin token." : "";
    case ErrorKind::too_many:
    case ErrorKind::unavailable:
      return error.retry_after() ? fmt::format("Try again in {} s.", error.retry_after()->count()) : "";
    default:
      return "";
  }
}

// The document that the server would send, without what belongs to one request.
boost::json::value problem_of(const Error& error) {
  auto document = json::parse(http::problem(error, "").body).value();
  document.as_object().erase("request_id");
  return document;
}

}  // namespace

int print_error(const Context& context, const Error& error, std::string_view file) {
  if (context.json) {
    print_json(context, problem_of(error));
    return exit_code_of(error);
  }
  std::ostream& err = context.io.err;
  const bool colours = context.colours(context.io.err_is_terminal);
  if (!error.fields().empty()) {
    for (const FieldError& field : error.fields())
      err << paint(place_of(field, file), Colour::bold, colours) << one_line(field.message) << "\n";
  } else {
    err << paint("open-cicd: ", Colour::red, colours) << one_line(error.message()) << "\n";
    if (const std::string advice = advice_for(error); !advice.empty()) err << advice << "\n";
  }
  err.flush();
  return exit_code_of(error);
}

void print_json(const Context& context, const boost::json::value& document) {
  context.io.out << json::serialize(document) << "\n";
  context.io.out.flush();
}

std::string paint(std::string_view text, Colour colour, bool colours) {
  if (!colours) return std::string(text);
  int code = 0;
  switch (colour) {
    case Colour::none:
      return std::string(text);
    case Colour::dim:
      code = 2;
      break;
    case Colour::red:
      code = 31;
      break;
    case Colour::green:
      code = 32;
      break;
    case Colour::yellow:
      code = 33;
      break;
    case Colour::blue:
      code = 34;
      break;
    case Colour::bold:
      code = 1;
      break;
  }
  return fmt::format("\x1b[{}m{}\x1b[0m", code, text);
}

Colour colour_of_state(std::string_view state) {
  if (state == "succeeded" || state == "idle") return Colour::green;
  if (state == "failed" || state == "timed_out" || state == "lost" || state == "offline") return Colour::red;
  if (state == "running" || state == "assigned" || state == "busy") return Colour::blue;
  if (state == "cancelled" || state == "cancelling" || state == "draining") return Colour::yellow;
  return Colour::dim;
}

void Table::add(std::vector<std::string> cells) {
  for (std::string& cell : cells) {
    cell = one_line(cell);
    std::ranges::replace(cell, '\n', ' ');
    std::ranges::replace(cell, '\t', ' ');
    std::erase(cell, '\r');
  }
  rows_.push_back(std::move(cells));
}

std::vector<std::size_t> Table::widths(const Context& context) const {
  std::vector<std::size_t> width;
  for (const Column& column : columns_) width.push_back(display_width(column.heading));
  for (const auto& row : rows_)
    for (std::size_t i = 0; i < row.size(); ++i) width[i] = std::max(width[i], display_width(row[i]));
  if (!context.io.out_is_terminal) return width;
  std::size_t total = gap * (columns_.size() - 1);
  for (const std::size_t w : width) total += w;
  const auto columns = static_cast<std::size_t>(std::max(20, context.io.columns));
  for (std::size_t i = columns_.size(); i-- > 0 && total > columns;) {
    if (!columns_[i].shrinks || width[i] <= shrunk_columns_min) continue;
    const std::size_t less = std::min(width[i] - shrunk_columns_min, total - columns);
    width[i] -= less;
    total -= less;
  }
  return width;
}

void Table::print(const Context& context) const {
  const std::vector<std::size_t> width = widths(context);
  const bool colours = context.colours(context.io.out_is_terminal);
  std::vector<std::string> headings;
  for (const Column& column : columns_) headings.push_back(column.heading);
  const auto print_row = [&](const std::vector<std::string>& cells, bool is_heading) {
    std::string line;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const bool last = i + 1 == cells.size();
      const std::string cell = last && display_width(cells[i]) <= width[i] ? cells[i] : fit(cells[i], width[i]);
      const Colour state = columns_[i].is_state ? colour_of_state(cells[i]) : Colour::none;
      line += paint(cell, is_heading ? Colour::dim : state, colours);
      if (!last) line += std::string(gap, ' ');
    }
    line.erase(line.find_last_not_of(' ') + 1);
    context.io.out << line << "\n";
  };
  print_row(headings, true);
  for (const auto& row : rows_) print_row(row, false);
  context.io.out.flush();
}

std::optional<std::int64_t> parse_rfc3339_ms(std::string_view text) {
  // "2026-11-24T17:05:31.042Z", the only form that the API writes.
  const auto number = [&](std::size_t at, std::size_t size) -> std::optional<int> {
    int value = 0;
    if (text.size() < at + size) return std::nullopt;
    const auto [end, failure] = std::from_chars(text.data() + at, text.data() + at + size, value);
    return failure == std::errc() && end == text.data() + at + size ? std::optional(value) : std::nullopt;
  };
  const auto year = number(0, 4), month = number(5, 2), day = number(8, 2), hour = number(11, 2),
             minute = number(14, 2), second = number(17, 2), ms = number(20, 3);
  if (!year || !month || !day || !hour || !minute || !second || !ms) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  const auto days = std::chrono::sys_days(date).time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(days).count() +
         ((*hour * 60 + *minute) * 60 + *second) * std::int64_t{1000} + *ms;
}

std::string age_of(std::string_view rfc3339, std::int64_t now_unix_ms) {
  const auto then = parse_rfc3339_ms(rfc3339);
  if (!then) return "";
  const std::int64_t seconds = std::max<std::int64_t>(0, (now_unix_ms - *then) / 1000);
  if (seconds < 60) return fmt::format("{}s ago", seconds);
  if (seconds < 3600) return fmt::format("{}m ago", seconds / 60);
  if (seconds < 48 * 3600) return fmt::format("{}h ago", seconds / 3600);
  return fmt::format("{}d ago", seconds / 86'400);
}

std::string short_duration(std::int64_t milliseconds) {
  if (milliseconds < 1000) return fmt::format("{}ms", milliseconds);
  if (milliseconds < 60'000) return fmt::format("{}.{}s", milliseconds / 1000, milliseconds % 1000 / 100);
  return format_duration(milliseconds / 1000 * 1000);
}

std::string short_size(std::int64_t bytes) {
  if (bytes < 1024) return fmt::format("{} B", bytes);
  constexpr std::array<std::string_view, 4> units = {"KiB", "MiB", "GiB", "TiB"};
  double value = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  for (; value >= 1024 && unit + 1 < units.size(); ++unit) value /= 1024;
  return fmt::format("{:.1f} {}", value, units[unit]);
}

}  // namespace open_cicd::cli
