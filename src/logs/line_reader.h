// Bytes of a log to its lines, as a viewer shows them: of a line that a progress bar wrote again and again, what
// follows its last carriage return. Pure, of bounded memory, linear in the bytes.
#pragma once

#include "logs/sgr.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace open_cicd::logs {

inline constexpr std::size_t line_bytes_max = 64 * 1024;  // of a line's text; what follows is cut off
inline constexpr std::size_t line_head_bytes_max = 256;

// `text` and `head` live until the sink returns.
struct Line {
  std::int64_t number = 1;     // the first is 1
  std::int64_t begin = 0;      // where it begins in the log
  std::int64_t end = 0;        // and where the next one does
  std::int64_t text_at = 0;    // where its text begins
  std::string_view text = {};  // with its escape sequences, without the line break
  std::string_view head = {};  // how the line begins, also where that is not shown
  bool cut = false;            // the text ends at line_bytes_max, or inside a character right before it
  Sgr before = {};             // in force where the text begins
  Sgr after = {};              // at the line's end
};

class LineReader {
 public:
  // From the beginning of line `number`, at `offset` of the log, where `state` is in force.
  explicit LineReader(std::int64_t number = 1, std::int64_t offset = 0, Sgr state = {})
      : number_(number), begin_(offset), offset_(offset), text_at_(offset), sgr_(state), before_(state) {}

  // Hands each line that ends in `bytes` to `sink`, a function of const Line&.
  template <class Sink>
  void read(std::string_view bytes, Sink&& sink) {
    while (!bytes.empty()) {
      const std::size_t size = bytes.find('\n');
      if (size == std::string_view::npos) return take(bytes);
      if (offset_ == begin_ && is_plain(bytes.substr(0, size))) {
        const std::string_view text = bytes.substr(0, size);
        const std::int64_t end = begin_ + static_cast<std::int64_t>(size) + 1;
        sink(Line{number_, begin_, end, begin_, text, text, false, before_, before_});
        next_line(end);
      } else {
        take(bytes.substr(0, size));
        sink(line(1));
        next_line(offset_ + 1);
      }
      bytes.remove_prefix(size + 1);
    }
  }
  // The log's last line, if it has no line break. The reader goes on as if this had not been called.
  template <class Sink>
  void rest(Sink&& sink) const {
    if (offset_ > begin_) sink(line(0));
  }

  std::int64_t number() const { return number_; }  // of the line that is read, or comes next
  std::int64_t begin() const { return begin_; }    // of that line
  std::int64_t offset() const { return offset_; }  // of the next byte
  std::size_t memory() const { return head_.capacity() + text_.capacity(); }

 private:
  static bool is_plain(std::string_view text);
  void take(std::string_view bytes);  // none of them ends a line
  void add(std::string_view text);
  Line line(std::int64_t line_break) const;
  void next_line(std::int64_t begin);

  std::int64_t number_;
  std::int64_t begin_;
  std::int64_t offset_;
  std::int64_t text_at_;
  SgrReader sgr_;
  Sgr before_;
  std::string head_;
  std::string text_;
  bool cut_ = false;
  bool returned_ = false;  // the last byte was a carriage return: what follows begins the text anew
};

}  // namespace open_cicd::logs
