// Follows a job: its log on standard output, what happens to it on standard error, until it ends.
#pragma once

#include "base/asio.h"
#include "base/error.h"
#include "cli/api.h"
#include "cli/context.h"
#include "cli/follow_marks.h"
#include "cli/terminal_text.h"
#include "http/sse.h"

#include <boost/json/object.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

namespace open_cicd::cli {

struct FollowOptions {
  std::string job_id;
  std::optional<int> step = std::nullopt;  // print only this one's log
  bool log = true;                         // print the log at all
  bool leave_on_signal = true;             // else signals are somebody else's
  bool cancel_on_interrupt = false;     // Ctrl-C cancels the job; the second one leaves. Otherwise the first one leaves
  bool retry_first_connection = false;  // the server was there a moment ago
  std::chrono::milliseconds pause_min{200};
  std::chrono::milliseconds pause_max{2000};
  std::chrono::milliseconds give_up{600'000};     // without any answer
  std::chrono::milliseconds silence_max{45'000};  // the server pings every 15 s
  std::chrono::milliseconds wait_first{1'000};    // a job that waits longer is explained,
  std::chrono::milliseconds wait_again{10'000};   // and again when the reason has changed
  std::chrono::milliseconds quiet{1'000};         // a step that prints nothing for longer is named
};

struct FollowEnd {
  std::string state;  // "" when the user left
  std::optional<int> exit_code;
};

// One job on one executor. Survives lost connections and restarts of the server: it resumes where it was by
// Last-Event-ID, and drops what it has printed already.
class Follower {
 public:
  Follower(Api& api, const Context& context, FollowOptions options);
  Task<Result<FollowEnd>> run();

 private:
  Task<Result<FollowEnd>> follow();
  Task<Result<void>> read_stream();  // until the job's end, or an error
  Task<Result<void>> pause(Error why);
  Task<void> handle(http::SseEvent event);
  Task<void> print_log(int attempt, const boost::json::object& data);
  Task<Result<std::string>> read_raw(int attempt, int step, std::int64_t offset, std::int64_t size);
  Task<void> watch_signals();
  Task<void> cancel_job();
  Task<void> watch_wait();  // never ends by itself
  Task<void> explain_wait();

  void on_attempt(const boost::json::object& data);
  void on_step(const boost::json::object& data);
  void on_status(const boost::json::object& data);
  void on_end(const boost::json::object& data);
  void end_attempt();
  void write_out(const std::string& bytes);
  void say(std::string_view sentence);

  Api& api_;
  const Context& context_;
  FollowOptions options_;
  TerminalFilter filter_;
  std::string last_id_;
  std::optional<FollowEnd> end_;
  int attempt_ = 0;
  std::map<std::pair<int, int>, std::int64_t> printed_;  // (attempt, step) → bytes
  StepMarks marks_;
  std::string state_;             // of the job
  std::string again_;             // why it was queued again, said after the last byte of the attempt
  bool cancel_is_known_ = false;  // that it is being cancelled has been said
  std::string wait_told_;
  static constexpr auto never = std::chrono::steady_clock::time_point::max();
  std::chrono::steady_clock::time_point wait_due_ = never;
  std::chrono::steady_clock::time_point quiet_due_ = never;
  std::optional<asio::steady_timer> wait_timer_;
  bool line_open_ = false;
  bool connected_once_ = false;
  bool lost_ = false;
  std::chrono::milliseconds next_pause_;
  std::chrono::steady_clock::time_point last_answer_;
};

}  // namespace open_cicd::cli
