// Server-Sent Events (WHATWG HTML, section 9.2): the encoder, and the incremental reader that the CLI and the tests
// use.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace open_cicd::http {

// `data` must be one line (JSON): that is checked. Empty id or event leave the field out.
std::string encode_event(std::string_view event, std::string_view id, std::string_view data);
inline constexpr std::string_view sse_ping = ": ping\n\n";
std::string encode_retry(int milliseconds);

struct SseEvent {
  std::string event;  // "message" when the stream names none
  std::string id;     // the last id seen
  std::string data;   // lines joined by LF
};

// Feed bytes in any pieces; each whole event is given to `sink`. An event over `event_bytes_max` ends the stream:
// feed() returns false.
class SseReader {
 public:
  explicit SseReader(std::size_t event_bytes_max = 4 << 20) : event_bytes_max_(event_bytes_max) {}
  bool feed(std::string_view bytes, const std::function<void(SseEvent)>& sink);

 private:
  void end_line(const std::function<void(SseEvent)>& sink);
  void dispatch(const std::function<void(SseEvent)>& sink);

  std::size_t event_bytes_max_;
  std::string line_;
  SseEvent pending_;
  std::string last_id_;
  bool first_line_ = true;  // only the first may begin with a byte order mark
  bool has_data_ = false;
  bool after_cr_ = false;
};

}  // namespace open_cicd::http
