#include "http/sse.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace open_cicd::http {
namespace {

void require_line(std::string_view text, const char* what) {
  if (text.find_first_of(std::string_view("\r\n\0", 3)) != text.npos) throw std::invalid_argument(what);
}

}  // namespace

std::string encode_event(std::string_view event, std::string_view id, std::string_view data) {
  require_line(event, "an event's name must be one line");
  require_line(id, "an event's id must be one line");
  require_line(data, "an event's data must be one line");
  std::string out;
  out.reserve(event.size() + id.size() + data.size() + 24);
  if (!id.empty()) out.append("id: ").append(id).append("\n");
  if (!event.empty()) out.append("event: ").append(event).append("\n");
  out.append("data: ").append(data).append("\n\n");
  return out;
}

std::string encode_retry(int milliseconds) {
  return fmt::format("retry: {}\n\n", milliseconds);
}

bool SseReader::feed(std::string_view bytes, const std::function<void(SseEvent)>& sink) {
  while (!bytes.empty()) {
    if (after_cr_ && bytes.front() == '\n') bytes.remove_prefix(1);
    after_cr_ = false;
    const std::size_t end = std::min(bytes.find_first_of("\r\n"), bytes.size());
    if (line_.size() + end + pending_.data.size() > event_bytes_max_) return false;
    line_.append(bytes.substr(0, end));
    if (end == bytes.size()) return true;
    after_cr_ = bytes[end] == '\r';
    bytes.remove_prefix(end + 1);
    end_line(sink);
    line_.clear();
  }
  return true;
}

void SseReader::end_line(const std::function<void(SseEvent)>& sink) {
  std::string_view line = line_;
  if (first_line_ && line.starts_with("\xef\xbb\xbf")) line.remove_prefix(3);
  first_line_ = false;
  if (line.empty()) return dispatch(sink);

  const std::size_t colon = std::min(line.find(':'), line.size());
  const std::string_view field = line.substr(0, colon);  // empty for a comment
  std::string_view value = line.substr(std::min(colon + 1, line.size()));
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (field == "data") {
    if (has_data_) pending_.data += '\n';
    pending_.data += value;
    has_data_ = true;
  } else if (field == "event") {
    pending_.event = value;
  } else if (field == "id" && value.find('\0') == value.npos) {
    last_id_ = value;
  }
}

void SseReader::dispatch(const std::function<void(SseEvent)>& sink) {
  SseEvent event = std::move(pending_);
  pending_ = {};
  if (!std::exchange(has_data_, false)) return;
  if (event.event.empty()) event.event = "message";
  event.id = last_id_;
  sink(std::move(event));
}

}  // namespace open_cicd::http
