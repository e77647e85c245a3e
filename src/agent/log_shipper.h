// Sends what a spool holds to the server, in order of steps, by offset; goes back where the server says so. A step in
// the background and the others take turns.
//
// The first bytes go at once; while a request is under way, or shortly after one, what is printed gathers for the next:
// a fast printer costs a request per chunk, never one per line. One request at a time, so that a chunk never overtakes
// another.
#pragma once

#include "agent/api_client.h"
#include "agent/backoff.h"
#include "agent/condition.h"
#include "agent/log_spool.h"
#include "agent/wakeup.h"
#include "base/offload.h"
#include "runner/executor.h"

#include <functional>
#include <limits>
#include <set>

namespace open_cicd::agent {

struct ShipperSettings {
  std::size_t chunk_max = 1 << 20;     // the server's max_chunk
  bool compress = false;               // zstd; not worth it on loopback
  Milliseconds pace{4};                // between the starts of two small chunks
  std::size_t small_chunk = 64 << 10;  // a larger one does not wait for the pace
  BackoffSettings backoff;
};

// Single-threaded. run() ends after stop(), or when the server said that the attempt is over.
class LogShipper {
 public:
  // `refused` is told of answers that mean more than this chunk: stale attempt, token refused, another state. It may
  // call stop().
  LogShipper(const asio::any_io_executor& executor, ApiClient& api, Lease lease, LogSpool& spool, WorkerPool& workers,
             ShipperSettings settings, std::function<void(const Error&)> refused);

  Task<void> run();
  void set_background(std::set<int> steps) { background_ = std::move(steps); }
  void wake();   // the spool has more
  void hurry();  // the job has ended: no more pacing, no more holding back
  // The logs of later steps wait: their first byte would begin the step before the one before it has ended. All may go
  // until this is called.
  void hold_after(int step);
  void retry_now();  // the server was heard again: end a back-off
  void stop();

  // Waits until the server has all of `step`'s log, or all logs, as they are then; also returns when a log cannot be
  // sent, or after stop().
  Task<void> drained(int step);
  Task<void> all_drained();
  // Sends nothing until a rewind() asks for it: the logs of an earlier process, which the server most likely has.
  void assume_delivered();
  // logs_incomplete: the server wants these steps from these offsets on.
  void rewind(const std::map<std::string, std::int64_t>& next);
  // Some log cannot be delivered: the server refuses its bytes, or the spool no longer has them.
  bool stuck() const { return !stuck_.empty(); }
  // One of them, because the spool no longer has it: no further try can help.
  bool spool_gone() const { return spool_gone_; }

 private:
  std::optional<int> next_step() const;
  std::optional<int> next_step(bool in_background) const;
  bool paced(int step) const;
  Task<void> ship(int step);
  Task<Result<protocol::AppendReply>> send(int step, std::int64_t offset);
  Task<void> handle(int step, Error error);
  Task<void> back_off(Milliseconds wait);
  void log_limit(int step, const Error& error);
  void fit_chunk(std::size_t sent, Milliseconds took);
  std::int64_t acknowledged(int step) const;

  ApiClient& api_;
  Lease lease_;
  LogSpool& spool_;
  WorkerPool& workers_;
  ShipperSettings settings_;
  std::function<void(const Error&)> refused_;
  Backoff backoff_;
  Wakeup work_;
  Condition progress_;
  std::map<int, std::int64_t> acknowledged_;
  std::set<int> stuck_;
  std::set<int> background_;
  int last_shipped_ = runner::setup_step;
  int last_beside_ = runner::setup_step;  // the last of the background
  int last_step_ = std::numeric_limits<int>::max();
  std::chrono::steady_clock::time_point last_start_{};
  std::size_t chunk_;
  std::string buffer_;
  std::vector<protocol::LogTime> times_;  // of its bytes
  std::string compressed_;
  bool hurry_ = false;
  bool spool_gone_ = false;
  bool retry_now_ = false;
  bool stopped_ = false;
};

}  // namespace open_cicd::agent
