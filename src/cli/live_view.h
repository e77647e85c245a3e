// A run on a terminal while it goes on: its jobs as a tree, each with its state, time and last line, drawn again over
// itself.
#pragma once

#include "cli/run_view.h"

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace open_cicd::cli {

struct TerminalSize {
  int columns = 80;
  int rows = 24;
};
TerminalSize terminal_size();  // of standard output, now

// One thread. What it drew is gone again when it is destroyed.
class LiveView {
 public:
  LiveView(std::ostream& out, bool colours, std::function<TerminalSize()> size = terminal_size);
  ~LiveView();
  LiveView(const LiveView&) = delete;

  void take(const RunView& run);
  void line(const std::string& job_id, std::string_view text);  // that the job printed; it need not be safe to show
  void say(std::string_view sentence);                          // stays above
  void draw(std::int64_t now_unix_ms);
  void clear();

  // What is drawn: no more lines than the terminal has, none wider than it.
  std::vector<std::string> frame(std::int64_t now_unix_ms) const;

 private:
  struct Job {
    RunJobView view;
    std::string name;  // safe to show
    std::size_t depth = 0;
  };
  std::string row(const Job& job, std::size_t columns, std::int64_t now_unix_ms) const;
  std::string note_of(const Job& job) const;
  std::string total(std::int64_t now_unix_ms) const;

  std::ostream& out_;
  const bool colours_;
  const std::function<TerminalSize()> size_;
  std::string created_at_;
  std::vector<Job> jobs_;                         // in the order of the plan
  std::size_t name_columns_ = 0;                  // of the widest, with what stands before it
  std::map<std::string, std::string> last_line_;  // by job id; safe to show
  std::vector<std::string> drawn_;
};

}  // namespace open_cicd::cli
