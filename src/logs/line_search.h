// Which lines of a log have a text, or match a regular expression. Pure. A line is searched as it is shown: without
// escape sequences, what follows its last carriage return.
#pragma once

#include "base/stop.h"
#include "logs/line_reader.h"

#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>

namespace re2 {
class RE2;
}

namespace open_cicd::logs {

struct SearchFor {
  std::string text;
  bool regex = false;    // the syntax of RE2
  bool is_case = false;  // capital and small letters differ
};

// Who searches: the limit per viewer counts by the name. Nobody waits for the answer once `gone` was requested.
struct Searcher {
  std::string name;
  const Stop& gone;
};

// Thread-safe once it is made.
class LineMatcher {
 public:
  static constexpr std::size_t memory_bytes_max = 1 << 20;  // of a compiled expression and what it remembers
  static constexpr int program_max = 2000;  // its instructions: the time of a line is at most this times its bytes

  // The error says what is wrong with the expression.
  static std::expected<LineMatcher, std::string> make(const SearchFor& what);
  bool found_in(std::string_view plain_line) const;

 private:
  std::string text_;                         // to be found as it stands, or
  std::shared_ptr<const re2::RE2> pattern_;  // what matches
};

}  // namespace open_cicd::logs
