#include "agent/replay.h"

#include "base/log.h"

namespace open_cicd::agent {
namespace {

// Stops the shipper with the delivery, so that both sides of `&&` end.
Task<FinishEnd> deliver(FinishDelivery& delivery, LogShipper& shipper) {
  const FinishEnd end = co_await delivery.deliver();
  shipper.stop();
  co_return end;
}

Task<FinishEnd> deliver_while_shipping(FinishDelivery& delivery, LogShipper& shipper) {
  using namespace asio::experimental::awaitable_operators;
  try {
    co_return co_await (deliver(delivery, shipper) && shipper.run());
  } catch (const asio::multiple_exceptions& both) {  // a cancel reaches both
    std::rethrow_exception(both.first_exception());
  }
}

}  // namespace

Task<void> replay_journal(asio::any_io_executor executor, ReplayTools tools) {
  Result<std::optional<JournalEntry>> entry = tools.journal.load();
  if (!entry) {
    log_warn("the journal cannot be read", {{"error", entry.error().message()}});
    co_return;
  }
  const std::optional<JobId> job = *entry ? JobId::parse((*entry)->job_id) : std::nullopt;
  if (!job) co_return;
  JournalEntry& old = **entry;
  const Lease lease{.job = *job, .attempt = old.attempt, .token = old.lease_token};
  LogSpool spool = LogSpool::restore(tools.work_dir / "spool" / fmt::format("{}.{}", old.job_id, old.attempt),
                                     old.finish.logs.value_or(std::map<std::string, protocol::LogSum>()));
  FinishDelivery* running = nullptr;
  LogShipper shipper(executor, tools.api, lease, spool, tools.workers, tools.shipper, [&running](const Error& error) {
    const Decision decision = decide(error);
    if (decision == Decision::follow_job || decision == Decision::give_up) return;  // one log's; the finish tries again
    if (running != nullptr) running->forget();
  });
  FinishDelivery delivery(executor,
                          {.api = tools.api,
                           .spool = spool,
                           .shipper = shipper,
                           .journal = tools.journal,
                           .workers = tools.workers,
                           .backoff = tools.backoff},
                          lease, std::move(old.finish), nullptr);
  running = &delivery;
  shipper.assume_delivered();
  const FinishEnd end = co_await deliver_while_shipping(delivery, shipper);
  log_info("the end of an earlier process's job was delivered",
           {{"job", old.job_id}, {"attempt", old.attempt}, {"accepted", end.accepted ? "yes" : "no"}});
}

}  // namespace open_cicd::agent
