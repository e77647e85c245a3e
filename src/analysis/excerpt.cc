#include "analysis/excerpt.h"

#include "analysis/error_line.h"
#include "analysis/fingerprint.h"

namespace open_cicd::analysis {
namespace {

constexpr std::size_t piece_bytes = 256 * 1024;
constexpr std::int64_t searched_bytes_max = 16 * 1024 * 1024;  // of a step's beginning
constexpr std::int64_t tail_bytes = 16 * 1024;
constexpr std::size_t lines_before = 2;
constexpr std::size_t tail_lines = 10;
constexpr std::size_t line_bytes_max = 8 * 1024;  // what follows in a line is not looked at

// Takes a log piece by piece, until it has what is shown.
class Finder {
 public:
  // Whether it wants more.
  bool take(std::string_view bytes) {
    while (!bytes.empty() && !is_full()) {
      const std::size_t end = bytes.find('\n');
      const std::string_view part = bytes.substr(0, end);
      if (line_.size() < line_bytes_max) line_ += part.substr(0, line_bytes_max - line_.size());
      if (end == bytes.npos) break;
      end_line();
      bytes.remove_prefix(end + 1);
    }
    return !is_full();
  }
  Excerpt finish() {
    if (!line_.empty() && !is_full()) end_line();
    if (found_.line == 0) found_.lines.clear();
    return std::move(found_);
  }

 private:
  bool is_full() const { return found_.line > 0 && found_.lines.size() >= excerpt_lines_max; }
  void end_line() {
    ++number_;
    if (line_.ends_with('\r')) line_.pop_back();
    const std::size_t begin = line_.rfind('\r');  // a progress bar: what is seen at last
    std::string text = plain_text(std::string_view(line_).substr(begin == line_.npos ? 0 : begin + 1));
    line_.clear();
    if (found_.line == 0 && is_error_line(text)) {
      found_.line = number_;
      found_.text = text;
    }
    found_.lines.push_back(std::move(text));
    if (found_.line == 0 && found_.lines.size() > lines_before) found_.lines.erase(found_.lines.begin());
  }

  std::int64_t number_ = 0;
  std::string line_;
  Excerpt found_;
};

std::vector<std::string> last_lines(std::string_view bytes, bool from_start) {
  std::vector<std::string> lines;
  while (!bytes.empty()) {
    const std::size_t end = std::min(bytes.find('\n'), bytes.size());
    std::string text = plain_text(bytes.substr(0, end));
    bytes.remove_prefix(std::min(end + 1, bytes.size()));
    if (std::exchange(from_start, true)) lines.push_back(std::move(text));  // the first may be a part of one
  }
  if (lines.size() > tail_lines) lines.erase(lines.begin(), lines.end() - tail_lines);
  return lines;
}

}  // namespace

Task<Excerpt> read_excerpt(logs::Logs& logs, WorkerPool& pool, JobId job, int attempt, int step) {
  const std::int64_t size = co_await logs.size(job, attempt, step);
  auto finder = std::make_shared<Finder>();
  bool more = true;
  for (std::int64_t offset = 0; more && offset < std::min(size, searched_bytes_max);) {
    auto piece = co_await logs.read(job, attempt, step, offset, piece_bytes);
    if (!piece || piece->empty()) break;
    offset += static_cast<std::int64_t>(piece->size());
    more = co_await offload(pool, [finder, piece = std::move(*piece)] { return finder->take(piece); });
  }
  Excerpt found = finder->finish();
  if (found.line > 0 || size == 0) co_return found;
  const std::int64_t from = std::max<std::int64_t>(0, size - tail_bytes);
  const auto tail = co_await logs.read(job, attempt, step, from, tail_bytes);
  if (tail) found.lines = last_lines(*tail, from == 0);
  co_return found;
}

}  // namespace open_cicd::analysis
