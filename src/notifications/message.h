// What is told of a run's end: JSON for a webhook, a letter for people. Pure.
#pragma once

#include <boost/describe.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace open_cicd::notifications {

struct RunEnd {
  std::string id;
  std::int64_t number = 0;
  std::string repository, pipeline, name, event;
  std::optional<std::string> branch, sha, title, author;
  std::string state;
  std::optional<std::string> previous_state;
  std::string url;
  std::int64_t round = 1;
  std::optional<std::string> started_at, finished_at;  // RFC 3339
};
BOOST_DESCRIBE_STRUCT(RunEnd, (),
                      (id, number, repository, pipeline, name, event, branch, sha, title, author, state, previous_state,
                       url, round, started_at, finished_at))

// What "type" says.
inline constexpr std::string_view run_ended = "run.ended", test_message = "test";

// `timestamp` is when it happened.
std::string message_json(std::string_view type, std::string_view timestamp, const RunEnd& run);

struct Letter {
  std::string subject;
  std::string text;  // UTF-8, lines end with \n
};
Letter letter_of(std::string_view type, const RunEnd& run, const std::vector<std::string>& failed_jobs);

struct Envelope {
  std::string from;             // an address, or "Name <address>"
  std::vector<std::string> to;  // addresses
  std::string id;               // of the message; the same at each try, so that a mail program may drop a repeat
  std::int64_t time_ms = 0;
};
// The whole message of RFC 5322, with CRLF. Whatever stands in the letter, it makes no header of its own: what is not
// printable ASCII is encoded (RFC 2047), and the text is base64.
std::string mail_message(const Envelope& envelope, const Letter& letter);

// The address in "address" or "Name <address>"; empty: there is none that can be used.
std::string address_in(std::string_view from);

// "Sun, 29 Nov 2026 17:05:31 +0000" (RFC 5322, 3.3).
std::string mail_date(std::int64_t unix_ms);
// A value of a header: as it is when it is short printable ASCII, else in encoded words.
std::string header_text(std::string_view utf8);

}  // namespace open_cicd::notifications
