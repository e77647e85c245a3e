// Tells the server how the steps go, behind the job's back: a step never waits for it.
#pragma once

#include "agent/api_client.h"
#include "agent/backoff.h"
#include "agent/log_shipper.h"
#include "agent/wakeup.h"
#include "runner/job_runner.h"

#include <deque>
#include <functional>
#include <set>
#include <vector>

namespace open_cicd::agent {

// Updates are sent in order: a step's end after all of its log, and no byte of the next step's log before that end, as
// a step's first byte begins it; after one in the background the next may begin once it has started. They wait a moment
// first: a job that is over by then says everything in its finish and costs no request more. Single-threaded.
class StepReporter final : public runner::StepListener {
 public:
  StepReporter(const asio::any_io_executor& executor, ApiClient& api, Lease lease, LogShipper& shipper,
               BackoffSettings backoff);
  void set_background(std::set<int> steps) { background_ = std::move(steps); }  // before the first starts

  // `replied` and `refused` are told what the server says to an update; they may call close().
  Task<void> run(std::function<void(const protocol::StatusReply&)> replied, std::function<void(const Error&)> refused);
  void close();  // the finish says the rest

  void step_started(int step) override;
  void step_ended(int step, const protocol::StepEndReport& end) override;
  void step_skipped(int step) override;

 private:
  struct Update {
    protocol::StatusRequest request;
    Wakeup::TimePoint due;
    bool ends_step = false;
    int next = 0;  // whose log may be sent after it
  };
  Task<bool> send(protocol::StatusRequest request, std::function<void(const protocol::StatusReply&)> replied,
                  std::function<void(const Error&)> refused);
  Task<void> back_off();
  void push(protocol::StatusRequest request, bool ends_step);

  ApiClient& api_;
  Lease lease_;
  LogShipper& shipper_;
  Backoff backoff_;
  Wakeup wakeup_;
  std::deque<Update> updates_;  // at most two for each step, setup included
  std::vector<int> skipped_;    // told when a step after them starts; else the finish tells
  std::set<int> background_;
  int reached_ = runner::setup_step;  // the last step whose log may be sent
  bool began_ = false;
  bool closed_ = false;
};

}  // namespace open_cicd::agent
