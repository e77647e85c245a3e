// What is known of the lines of one step's log, made from its bytes as they come: where lines begin, groups, errors.
// Pure. Its size is bounded, whatever the log says: one block for each 64 KiB of the log, and a number of groups and
// errors.
#pragma once

#include "logs/line_reader.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace open_cicd::logs {

inline constexpr std::int64_t block_bytes = 64 * 1024;  // from the beginning of a block to that of the next, at least
inline constexpr std::size_t errors_max = 1000;         // of one step; the others are counted
inline constexpr std::size_t groups_max = 1000;         // of one step; later ones are no groups
inline constexpr std::size_t group_depth_max = 16;      // groups in groups; deeper ones are no groups

struct Group {
  std::int64_t first = 0;
  std::int64_t last = 0;  // 0: it has not ended
  std::string title = {};
  bool operator==(const Group&) const = default;
};

class StepIndex {
 public:
  // Where reading begins that wants a line: bytes that have it, and the lines before it in its block. At most two
  // blocks.
  struct Span {
    std::int64_t number = 1;  // of its first line
    std::int64_t begin = 0, end = 0;
    Sgr state = {};         // in force at `begin`
    bool is_long = false;   // one line that is longer than it can be shown; `begin` is where its text begins
    bool ends_log = false;  // what has no line break at its end is a line, too
  };

  void add(std::string_view bytes);  // the log's next ones

  std::int64_t bytes() const { return bytes_; }
  bool has_ended() const { return ended_; }  // read from a file: takes no more bytes
  // Of the lines that are whole, or of all: a step that is over may end without a line break.
  std::int64_t lines(bool over) const { return lines_ + (over && has_rest() ? 1 : 0); }
  std::int64_t lines_end(bool over) const { return over ? bytes_ : whole_end_; }  // the offset behind them
  std::vector<std::int64_t> errors(bool over) const;
  std::int64_t errors_total(bool over) const;
  const std::vector<Group>& groups() const { return groups_; }
  // Of line 1 … lines(over).
  Span span_of(std::int64_t line, bool over) const;
  std::size_t memory() const;

  // As a file holds it, of a log that has ended. Only an index of exactly this log is read again.
  std::string encode(std::uint32_t log_crc) const;
  static std::optional<StepIndex> decode(std::string_view file, std::int64_t log_bytes, std::uint32_t log_crc);

 private:
  struct Block {
    std::int64_t line = 1;
    std::int64_t begin = 0;
    Sgr state = {};
  };
  struct LongLine {
    std::int64_t line = 0;
    std::int64_t begin = 0, end = 0;
    std::int64_t text_at = 0;
    Sgr before = {};
  };
  struct OpenGroup {
    std::string name;
    std::size_t group = 0;  // in groups_
    bool counted = false;   // one that is none only waits for its end
  };

  bool has_rest() const { return bytes_ > whole_end_; }
  void take(const Line& line);
  void take_groups(const Line& line);
  void close_group(const std::string& name, std::int64_t last);
  std::optional<LongLine> long_rest() const;
  bool rest_is_error() const;

  LineReader reader_;
  bool ended_ = false;
  std::int64_t bytes_ = 0;
  std::int64_t lines_ = 0;
  std::int64_t whole_end_ = 0;
  std::vector<Block> blocks_{Block{}};
  std::vector<LongLine> long_lines_;
  std::vector<std::int64_t> errors_;
  std::int64_t errors_total_ = 0;
  std::vector<Group> groups_;
  std::vector<OpenGroup> open_;
  std::string plain_;  // room for a line without its escape sequences
};

}  // namespace open_cicd::logs
