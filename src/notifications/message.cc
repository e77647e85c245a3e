#include "notifications/message.h"

#include "base/base64.h"
#include "base/json.h"
#include "base/one_line.h"
#include "base/text.h"
#include "notifications/limits.h"
#include "notifications/target.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>

namespace open_cicd::notifications {
namespace {

// An encoded word has at most 75 characters (RFC 2047, 2); "=?UTF-8?B?" and "?=" are twelve of them.
constexpr std::size_t word_bytes_max = 45;
constexpr std::size_t subject_bytes_max = 400;
constexpr std::size_t plain_header_max = 70;
constexpr std::size_t line_max = 76;  // of base64

bool is_printable(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c < 0x7f; });
}

std::string_view cut(std::string_view utf8, std::size_t bytes) {
  if (utf8.size() <= bytes) return utf8;
  utf8 = utf8.substr(0, bytes);
  return utf8.substr(0, utf8_complete_prefix(utf8));
}

std::string said(const std::optional<std::string>& text) {
  return escape_for_line(text.value_or(""));
}

std::string short_sha(const RunEnd& run) {
  return run.sha.value_or("").substr(0, 10);
}

}  // namespace

std::string message_json(std::string_view type, std::string_view timestamp, const RunEnd& run) {
  return json::serialize(boost::json::object{
      {"type", type}, {"timestamp", timestamp}, {"data", boost::json::object{{"run", json::write(run)}}}});
}

Letter letter_of(std::string_view type, const RunEnd& run, const std::vector<std::string>& failed_jobs) {
  std::string what = run.state;
  if (run.previous_state == "failed" && run.state == "succeeded") what = "fixed";
  if (run.previous_state == "failed" && run.state == "failed") what = "still failed";
  const std::string subject =
      fmt::format("[{}] {}{}: {} #{}{}{}", run.repository, type == test_message ? "test: " : "", what, run.name,
                  run.number, run.branch ? " on " : "", run.branch.value_or(""));
  Letter letter{.subject = to_one_line(subject), .text = {}};
  const auto line = [&letter](std::string_view name, const std::string& value) {
    if (!value.empty()) letter.text += fmt::format("{:<12}{}\n", name, value);
  };
  line("run", fmt::format("{} #{}", escape_for_line(run.name), run.number));
  line("state", run.previous_state ? fmt::format("{} (before: {})", run.state, *run.previous_state) : run.state);
  line("repository", escape_for_line(run.repository));
  line("branch", said(run.branch));
  line("commit", run.sha ? fmt::format("{} {}", short_sha(run), said(run.title)) : "");
  line("author", said(run.author));
  line("event", run.event);
  if (run.round > 1) line("round", std::to_string(run.round));
  line("finished", run.finished_at.value_or(""));
  if (!failed_jobs.empty()) {
    letter.text += "\nThese jobs failed:\n";
    for (std::size_t i = 0; i < std::min(failed_jobs.size(), limits::jobs_listed_max); ++i)
      letter.text += "  " + escape_for_line(failed_jobs[i]) + "\n";
    if (failed_jobs.size() > limits::jobs_listed_max)
      letter.text += fmt::format("  and {} more\n", failed_jobs.size() - limits::jobs_listed_max);
  }
  letter.text += "\n" + run.url + "\n";
  return letter;
}

std::string header_text(std::string_view utf8) {
  const std::string valid = to_valid_utf8(utf8);
  std::string_view rest = cut(valid, subject_bytes_max);
  // What looks like an encoded word would be read as one.
  if (is_printable(rest) && rest.size() <= plain_header_max && !rest.contains("=?")) return std::string(rest);
  std::string text;
  while (!rest.empty()) {
    const std::string_view word = cut(rest, word_bytes_max);
    if (!text.empty()) text += "\r\n ";
    text += fmt::format("=?UTF-8?B?{}?=", base64(word));
    rest.remove_prefix(word.size());
  }
  return text;
}

std::string mail_date(std::int64_t unix_ms) {
  using namespace std::chrono;
  constexpr std::array<std::string_view, 7> days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const sys_seconds at{seconds(unix_ms / 1000)};
  const sys_days day = floor<std::chrono::days>(at);
  const year_month_day date(day);
  const hh_mm_ss time(at - day);
  return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} +0000", days[weekday(day).c_encoding()],
                     static_cast<unsigned>(date.day()), months[static_cast<unsigned>(date.month()) - 1],
                     static_cast<int>(date.year()), time.hours().count(), time.minutes().count(),
                     time.seconds().count());
}

std::string address_in(std::string_view from) {
  if (from.ends_with('>'))
    if (const std::size_t at = from.rfind('<'); at != std::string_view::npos)
      from = from.substr(at + 1, from.size() - at - 2);
  return is_mail_address(from) ? std::string(from) : std::string();
}

std::string mail_message(const Envelope& envelope, const Letter& letter) {
  const std::string address = address_in(envelope.from);
  std::string from = address;
  if (const std::size_t at = envelope.from.find(" <"); at != std::string::npos && at > 0)
    from = fmt::format("=?UTF-8?B?{}?= <{}>", base64(cut(to_valid_utf8(envelope.from).substr(0, at), word_bytes_max)),
                       address);
  std::string to;
  for (const std::string& one : envelope.to) to += (to.empty() ? "" : ",\r\n ") + one;
  std::string message = fmt::format(
      "From: {}\r\nTo: {}\r\nSubject: {}\r\nDate: {}\r\nMessage-ID: <{}@{}>\r\nAuto-Submitted: auto-generated\r\n"
      "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n",
      from, to, header_text(letter.subject), mail_date(envelope.time_ms), envelope.id,
      address.substr(std::min(address.find('@') + 1, address.size())));
  const std::string body = base64(letter.text);
  for (std::size_t at = 0; at < body.size(); at += line_max) message += body.substr(at, line_max) + "\r\n";
  return message;
}

}  // namespace open_cicd::notifications
