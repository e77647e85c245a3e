#include "logs/line_reader.h"

#include "base/text.h"

#include <algorithm>

namespace open_cicd::logs {

bool LineReader::is_plain(std::string_view text) {
  return text.size() <= line_bytes_max && text.find('\x1b') == std::string_view::npos &&
         text.find('\r') == std::string_view::npos;
}

void LineReader::take(std::string_view bytes) {
  if (head_.size() < line_head_bytes_max) head_ += bytes.substr(0, line_head_bytes_max - head_.size());
  // Carriage returns at the line's end are a part of its break, as the second of "\r\r\n" and that of "100 %\r\n".
  const std::size_t size = bytes.find_last_not_of('\r') + 1;
  const std::string_view shown = bytes.substr(0, size);
  if (!shown.empty()) {
    const std::size_t last = shown.rfind('\r');
    const std::size_t from = last == std::string_view::npos ? 0 : last + 1;
    sgr_.read(shown.substr(0, from));
    if (returned_ || from > 0) {
      text_.clear();
      cut_ = false;
      text_at_ = offset_ + static_cast<std::int64_t>(from);
      before_ = sgr_.state();
    }
    add(shown.substr(from));
    sgr_.read(shown.substr(from));
    returned_ = false;
  }
  if (size < bytes.size()) returned_ = true;
  offset_ += static_cast<std::int64_t>(bytes.size());
}

void LineReader::add(std::string_view text) {
  const std::string_view fits = text.substr(0, line_bytes_max - text_.size());
  text_ += fits;
  cut_ = cut_ || fits.size() < text.size();
}

Line LineReader::line(std::int64_t line_break) const {
  std::string_view text = text_;
  if (cut_) text = text.substr(0, utf8_complete_prefix(text));
  return {number_, begin_, offset_ + line_break, text_at_, text, head_, cut_, before_, sgr_.state()};
}

void LineReader::next_line(std::int64_t begin) {
  ++number_;
  begin_ = offset_ = text_at_ = begin;
  sgr_.end_line();
  before_ = sgr_.state();
  head_.clear();
  text_.clear();
  cut_ = returned_ = false;
}

}  // namespace open_cicd::logs
