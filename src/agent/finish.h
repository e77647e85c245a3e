// Delivers the end of an attempt: the logs first, then the finish, again and again until the server has answered it.
#pragma once

#include "agent/api_client.h"
#include "agent/backoff.h"
#include "agent/decision.h"
#include "agent/journal.h"
#include "agent/log_shipper.h"
#include "agent/log_spool.h"
#include "base/offload.h"

#include <functional>
#include <optional>

namespace open_cicd::agent {

struct FinishTools {
  ApiClient& api;
  LogSpool& spool;
  LogShipper& shipper;  // its run() is going on meanwhile
  Journal& journal;
  WorkerPool& workers;
  BackoffSettings backoff;
};

// What a finish may claim besides; nothing when the agent would take no job now.
using AskNext = std::function<std::optional<protocol::NextClaim>()>;

// A job that was claimed with the finish of the one before.
struct NextJob {
  JobId job;
  protocol::ClaimReply claim;
  std::chrono::nanoseconds sent_at{};  // CLOCK_BOOTTIME
};

struct FinishEnd {
  bool accepted = false;
  std::string state;                            // the job's, when accepted
  Decision why_not = Decision::forget_attempt;  // otherwise: forget_attempt, register_again, superseded or give_up
  std::optional<NextJob> next;                  // when accepted
};

// One finish of one attempt. Single-threaded; lives as long as deliver() runs.
class FinishDelivery {
 public:
  FinishDelivery(const asio::any_io_executor& executor, FinishTools tools, Lease lease, protocol::StatusRequest finish,
                 AskNext ask_next);

  // Ends with the journal cleared, unless it was abandoned: then the next process of this agent goes on from the
  // journal.
  Task<FinishEnd> deliver();
  void retry_now();  // the server was heard again
  void forget();     // the attempt is over, as another answer says; see goes_on()
  void abandon();    // the process ends
  bool abandoned() const { return ending_ == Ending::abandoned; }

 private:
  enum class Ending : std::uint8_t { no, forgotten, abandoned };

  Task<FinishEnd> send_until_answered();
  bool goes_on() const;
  Task<Result<FinishReply>> send();
  bool leave_out_extras();
  std::optional<NextJob> accepted_next(FinishReply reply) const;
  void record();
  Task<void> make_durable();
  FinishEnd refused(const Error& error) const;

  FinishTools tools_;
  Lease lease_;
  protocol::StatusRequest finish_;  // as it is kept: a later process repeats it without `next`
  AskNext ask_next_;
  std::optional<protocol::NextClaim> next_;
  std::chrono::nanoseconds sent_at_{};
  Backoff backoff_;
  Wakeup wakeup_;
  Ending ending_ = Ending::no;
  bool durable_ = false;
};

}  // namespace open_cicd::agent
