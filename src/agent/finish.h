// Delivers the end of an attempt: the logs first, then the finish, again and again until the server has answered it.
#pragma once

#include "agent/api_client.h"
#include "agent/backoff.h"
#include "agent/decision.h"
#include "agent/journal.h"
#include "agent/log_shipper.h"
#include "agent/log_spool.h"
#include "base/offload.h"

namespace open_cicd::agent {

struct FinishTools {
  ApiClient& api;
  LogSpool& spool;
  LogShipper& shipper;  // its run() is going on meanwhile
  Journal& journal;
  WorkerPool& workers;
  BackoffSettings backoff;
};

struct FinishEnd {
  bool accepted = false;
  std::string state;                            // the job's, when accepted
  Decision why_not = Decision::forget_attempt;  // otherwise: forget_attempt, register_again, superseded or give_up
};

// One finish of one attempt. Single-threaded; lives as long as deliver() runs.
class FinishDelivery {
 public:
  FinishDelivery(const asio::any_io_executor& executor, FinishTools tools, Lease lease, protocol::StatusRequest finish);

  // Ends with the journal cleared, unless it was abandoned: then the next process of this agent goes on from the
  // journal.
  Task<FinishEnd> deliver();
  void retry_now();  // the server was heard again
  void forget();     // the attempt is known to be over
  void abandon();    // the process ends
  bool abandoned() const { return ending_ == Ending::abandoned; }

 private:
  enum class Ending : std::uint8_t { no, forgotten, abandoned };

  Task<FinishEnd> send_until_answered();
  void record();
  Task<void> make_durable();
  FinishEnd refused(const Error& error) const;

  FinishTools tools_;
  Lease lease_;
  protocol::StatusRequest finish_;
  Backoff backoff_;
  Wakeup wakeup_;
  Ending ending_ = Ending::no;
  bool durable_ = false;
};

}  // namespace open_cicd::agent
