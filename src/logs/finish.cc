// The part of the store that a job's finish uses: compare, make durable, freeze, let go.
#include "base/log.h"
#include "logs/store.h"

#include <set>

namespace open_cicd::logs {
namespace {

constexpr db::Query insert_row{
    .name = "log_insert",
    .sql =
        "INSERT INTO small_logs (job_id, attempt, step, size, data) VALUES ($1, $2, $3, $4, $5) "
        "ON CONFLICT (job_id, attempt, step) DO UPDATE SET size = excluded.size, data = excluded.data"};

// Thaws unless the verdict was final.
class Frozen {
 public:
  explicit Frozen(std::shared_ptr<AttemptLog> log) : log_(std::move(log)) { log_->freeze(true); }
  ~Frozen() {
    if (log_) log_->freeze(false);
  }
  Frozen(const Frozen&) = delete;
  void keep() { log_ = nullptr; }

 private:
  std::shared_ptr<AttemptLog> log_;
};

struct Comparison {
  std::map<int, std::int64_t> next;
  std::vector<int> wrong;  // steps whose bytes cannot be right
  bool incomplete = false;
};

// `room` is how many more bytes the attempt may have.
Comparison compare(const AttemptLog& log, const jobs::LogClaim& claim, std::int64_t room) {
  Comparison result;
  const auto steps = log.steps();
  std::set<int> numbers;
  for (const auto& [number, step] : steps) numbers.insert(number);
  for (const auto& [number, sum] : *claim.sums) numbers.insert(number);
  for (const int number : numbers) {
    const auto held_step = steps.find(number);
    const StepLog::Sum held = held_step == steps.end() ? StepLog::Sum() : held_step->second->sum();
    const auto claimed = claim.sums->find(number);
    StepLog::Sum want;  // an empty log has the checksum 0, whatever was claimed
    if (claimed != claim.sums->end() && claimed->second.size > 0) want = {claimed->second.size, claimed->second.crc32c};
    if (held == want) continue;
    const bool can_grow = !claim.incomplete && (!claim.truncated || want.size - held.size <= room);
    if (held.size < want.size && can_grow) {
      result.next[number] = held.size;
    } else if (held.size < want.size || claim.incomplete || held_step->second->resets() > 0) {
      result.incomplete = true;
    } else {
      result.wrong.push_back(number);
      result.next[number] = 0;
    }
  }
  return result;
}

}  // namespace

Task<Result<jobs::LogVerdict>> Store::verify(AttemptId id, jobs::LogClaim claim) {
  const auto log = co_await for_append(id);
  Frozen frozen(log);
  jobs::LogVerdict verdict;
  verdict.incomplete = claim.incomplete;
  verdict.truncated = claim.truncated;
  verdict.unverified = !claim.sums && !claim.incomplete;
  if (claim.sums) {
    Comparison found = compare(*log, claim, shared_->settings.job_bytes_max - log->bytes());
    verdict.incomplete = verdict.incomplete || found.incomplete;
    for (const int step : found.wrong) {
      log_warn("a log has the wrong checksum and is sent again",
               {{"job", id.job.str()}, {"attempt", id.attempt}, {"step", step}});
      co_await log->find(step)->reset();
      log->given_up();
    }
    if (!found.wrong.empty()) grown_(id.job);
    if (!found.next.empty()) {
      verdict.next = std::move(found.next);
      co_return verdict;
    }
  }
  for (const auto& [number, step] : log->steps()) {
    const StepLog::Sum sum = step->sum();
    if (sum.size == 0) continue;
    std::optional<db::Bytes> small = co_await step->settle();
    verdict.steps.push_back({number, sum.size, sum.crc32c, std::move(small)});
  }
  frozen.keep();
  co_return verdict;
}

Task<void> Store::persist(db::Transaction& tx, AttemptId id, const jobs::LogVerdict& verdict) {
  for (const jobs::LogVerdict::Step& step : verdict.steps) {
    if (!step.small) continue;
    db::Params params{id.job.str(), std::int64_t{id.attempt}, std::int64_t{step.step}, step.size, *step.small};
    co_await tx.run(insert_row, std::move(params));
  }
}

void Store::close(AttemptId id, bool committed) {
  std::shared_ptr<AttemptLog> log;  // freed without the lock
  {
    const std::lock_guard lock(mutex_);
    if (committed) remember_closed(id);
    const auto found = growing_.find(id);
    if (found == growing_.end()) return;
    log = found->second;
    if (committed) {
      growing_.erase(found);
      forget_ended(id);
    }
  }
  if (committed)
    keep_indexes(id, *log);
  else
    log->freeze(false);
}

}  // namespace open_cicd::logs
