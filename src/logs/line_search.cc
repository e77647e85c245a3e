#include "logs/line_search.h"

#include "base/one_line.h"

#include <re2/re2.h>

namespace open_cicd::logs {

std::expected<LineMatcher, std::string> LineMatcher::make(const SearchFor& what) {
  LineMatcher matcher;
  if (!what.regex && what.is_case) {
    matcher.text_ = what.text;
    return matcher;
  }
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_never_capture(true);
  options.set_max_mem(memory_bytes_max);
  options.set_case_sensitive(what.is_case);
  options.set_literal(!what.regex);
  auto pattern = std::make_shared<const re2::RE2>(re2::StringPiece(what.text.data(), what.text.size()), options);
  if (!pattern->ok()) return std::unexpected("is not a regular expression of RE2: " + to_one_line(pattern->error()));
  if (pattern->ProgramSize() > program_max) return std::unexpected("is too large a regular expression");
  matcher.pattern_ = std::move(pattern);
  return matcher;
}

bool LineMatcher::found_in(std::string_view plain_line) const {
  if (!pattern_) return plain_line.find(text_) != std::string_view::npos;
  return re2::RE2::PartialMatch(re2::StringPiece(plain_line.data(), plain_line.size()), *pattern_);
}

}  // namespace open_cicd::logs
