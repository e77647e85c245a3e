#include "cli/live_view.h"

#include "base/text.h"
#include "cli/output.h"
#include "cli/reason.h"
#include "cli/terminal_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <ostream>
#include <sys/ioctl.h>
#include <unistd.h>
#include <utility>

namespace open_cicd::cli {
namespace {

constexpr std::size_t indent_columns = 2;  // for each level of the tree
constexpr std::size_t depth_max = 6;
constexpr std::size_t name_columns_max = 40;
constexpr std::size_t state_columns = 10;
constexpr std::size_t time_columns = 8;
constexpr int rows_kept_free = 2;  // the line that the cursor is in, and one above
constexpr int rows_min = 3;
constexpr int columns_min = 20;

bool is_running(std::string_view state) {
  return state == "running" || state == "cancelling" || state == "assigned";
}

bool is_bad(std::string_view state) {
  return state == "failed" || state == "timed_out" || state == "lost";
}

bool is_waiting(std::string_view state) {
  return state == "blocked" || state == "queued";
}

std::string_view sign_of(std::string_view state) {
  if (state == "succeeded") return "✓";
  if (is_bad(state)) return "✗";
  if (is_running(state)) return "●";
  if (state == "cancelled") return "⊘";
  return state == "skipped" ? "–" : "○";
}

// Where not all fit, what happens now goes first.
int rank_of(std::string_view state) {
  if (is_running(state)) return 0;
  if (is_bad(state)) return 1;
  return is_waiting(state) ? 2 : 3;
}

// "test" of "test (postgres:16)": a need stands for all legs of its matrix.
std::string job_of_key(const std::string& key) {
  return key.substr(0, key.find(" ("));
}

// One level below the deepest job that it needs.
std::vector<std::size_t> depths_of(const std::vector<RunJobView>& jobs) {
  std::map<std::string, std::size_t> by_job;
  std::vector<std::size_t> depths;
  for (const RunJobView& job : jobs) {
    std::size_t depth = 0;
    for (const std::string& need : job.needs.value_or(std::vector<std::string>()))
      if (const auto found = by_job.find(need); found != by_job.end()) depth = std::max(depth, found->second + 1);
    depths.push_back(std::min(depth, depth_max));
    by_job[job_of_key(job.key)] = depth;
  }
  return depths;
}

std::string safe(std::string_view text) {
  std::string clean = TerminalFilter(false).feed(to_valid_utf8(text));
  std::ranges::replace(clean, '\t', ' ');
  std::erase_if(clean, [](char c) { return c == '\n' || c == '\r'; });
  return clean;
}

}  // namespace

TerminalSize terminal_size() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) return {};
  return {.columns = size.ws_col, .rows = size.ws_row};
}

LiveView::LiveView(std::ostream& out, bool colours, std::function<TerminalSize()> size)
    : out_(out), colours_(colours), size_(std::move(size)) {}

LiveView::~LiveView() {
  clear();
}

void LiveView::take(const RunView& run) {
  created_at_ = run.created_at.value_or("");
  if (!run.jobs) return;
  const std::vector<std::size_t> depths = depths_of(*run.jobs);
  jobs_.clear();
  name_columns_ = 0;
  for (std::size_t i = 0; i < run.jobs->size(); ++i) {
    const RunJobView& job = (*run.jobs)[i];
    jobs_.push_back({.view = job, .name = safe(job.key), .depth = depths[i]});
    const std::size_t columns = depths[i] * indent_columns + display_width(jobs_.back().name);
    name_columns_ = std::max(name_columns_, std::min(name_columns_max, columns));
  }
}

// A line that was written over, as progress bars do, counts as what stood there last.
void LiveView::line(const std::string& job_id, std::string_view text) {
  while (text.ends_with('\r')) text.remove_suffix(1);
  if (const std::size_t back = text.rfind('\r'); back != std::string_view::npos) text.remove_prefix(back + 1);
  std::string clean = safe(text);
  if (clean.find_first_not_of(' ') != std::string::npos) last_line_[job_id] = std::move(clean);
}

std::string LiveView::note_of(const Job& job) const {
  if (is_running(job.view.state)) {
    const auto found = last_line_.find(job.view.id);
    return found == last_line_.end() ? "" : found->second;
  }
  std::string note = job.view.reason ? safe(clause_of_reason(*job.view.reason)) : "";
  if (is_bad(job.view.state) && note.empty() && job.view.exit_code)
    note = fmt::format("exit code {}", *job.view.exit_code);
  if (job.view.warning.value_or(false)) note += note.empty() ? "allowed to fail" : "; allowed to fail";
  return note;
}

std::string LiveView::row(const Job& job, std::size_t columns, std::int64_t now_unix_ms) const {
  const Colour colour = colour_of_state(job.view.state);
  const std::string name = std::string(job.depth * indent_columns, ' ') + job.name;
  const std::string time = time_between(job.view.started_at, job.view.finished_at, now_unix_ms);
  const std::size_t before = 2 + name_columns_ + 2 + state_columns + 1 + time_columns + 2;
  std::string note = note_of(job);
  if (before >= columns)
    return fmt::format("{} {}", paint(sign_of(job.view.state), colour, colours_), fit(name, columns - 2));
  if (display_width(note) > columns - before) note = fit(note, columns - before);
  return fmt::format("{} {}  {} {:>{}}  {}", paint(sign_of(job.view.state), colour, colours_), fit(name, name_columns_),
                     paint(fit(job.view.state, state_columns), colour, colours_), time, time_columns,
                     paint(note, Colour::dim, colours_));
}

std::string LiveView::total(std::int64_t now_unix_ms) const {
  std::array<std::pair<std::string_view, std::size_t>, 5> counts{
      {{"running", 0}, {"waiting", 0}, {"succeeded", 0}, {"failed", 0}, {"not run", 0}}};
  for (const Job& job : jobs_) {
    const std::string_view state = job.view.state;
    const std::size_t at = is_running(state)      ? 0
                           : is_waiting(state)    ? 1
                           : state == "succeeded" ? 2
                           : is_bad(state)        ? 3
                                                  : 4;
    ++counts[at].second;
  }
  std::vector<std::string> parts;
  for (const auto& [what, count] : counts)
    if (count > 0) parts.push_back(fmt::format("{} {}", count, what));
  return fmt::format("{} · {}", fmt::join(parts, ", "), time_between(created_at_, std::nullopt, now_unix_ms));
}

std::vector<std::string> LiveView::frame(std::int64_t now_unix_ms) const {
  if (jobs_.empty()) return {};
  const TerminalSize size = size_();
  const auto columns = static_cast<std::size_t>(std::max(columns_min, size.columns - 1));
  const auto rows = static_cast<std::size_t>(std::max(rows_min, size.rows - rows_kept_free));
  std::vector<std::size_t> shown(jobs_.size());
  for (std::size_t i = 0; i < shown.size(); ++i) shown[i] = i;
  if (shown.size() + 1 > rows) {
    std::ranges::sort(shown, {}, [&](std::size_t i) { return std::pair(rank_of(jobs_[i].view.state), i); });
    shown.resize(rows - 2);
    std::ranges::sort(shown);
  }
  std::vector<std::string> lines;
  for (const std::size_t i : shown) lines.push_back(row(jobs_[i], columns, now_unix_ms));
  if (shown.size() < jobs_.size()) lines.push_back(fmt::format("… and {} more", jobs_.size() - shown.size()));
  std::string last = total(now_unix_ms);
  if (display_width(last) > columns) last = fit(last, columns);
  lines.push_back(paint(last, Colour::dim, colours_));
  return lines;
}

void LiveView::draw(std::int64_t now_unix_ms) {
  std::vector<std::string> lines = frame(now_unix_ms);
  if (lines == drawn_) return;
  std::string text = drawn_.empty() ? "" : fmt::format("\x1b[{}A", drawn_.size());
  for (const std::string& line : lines) text += "\r\x1b[2K" + line + "\n";
  text += "\x1b[J";  // what was longer before
  out_ << text << std::flush;
  drawn_ = std::move(lines);
}

void LiveView::clear() {
  if (drawn_.empty()) return;
  out_ << fmt::format("\x1b[{}A\r\x1b[J", drawn_.size()) << std::flush;
  drawn_.clear();
}

void LiveView::say(std::string_view sentence) {
  const std::vector<std::string> before = drawn_;
  clear();
  out_ << paint("» " + safe(sentence), Colour::dim, colours_) << "\n";
  for (const std::string& line : before) out_ << line << "\n";
  out_ << std::flush;
  drawn_ = before;
}

}  // namespace open_cicd::cli
