#include "server/cleaner.h"

#include "base/log.h"

#include <algorithm>

namespace open_cicd::server {

Task<void> Cleaner::pause() const {
  asio::steady_timer timer(co_await asio::this_coro::executor, settings_.pause);
  co_await timer.async_wait(asio::use_awaitable);
}

Task<void> Cleaner::pass() {
  if (settings_.rule.age.count() == 0) co_return;
  const std::int64_t cutoff = co_await rule_.cutoff();
  co_await delete_ended("old runs were deleted", cutoff, [this, cutoff](jobs::RetentionMark after) {
    return runs_.delete_some(cutoff, std::move(after));
  });
  co_await delete_ended("old jobs were deleted", cutoff, [this, cutoff](jobs::RetentionMark after) {
    return rule_.delete_some(cutoff, std::move(after));
  });
  const Milliseconds now = clock_.monotonic();
  if (swept_at_ && now - *swept_at_ < settings_.sweep) co_return;
  co_await sweep_logs();
  swept_at_ = now;
}

Task<void> Cleaner::delete_ended(std::string_view what, std::int64_t cutoff,
                                 std::function<Task<jobs::RetentionBatch>(jobs::RetentionMark)> next) {
  std::size_t deleted = 0;
  jobs::RetentionBatch batch{.deleted = {}, .reached = {}, .more = cutoff > 0};
  while (batch.more) {
    batch = co_await next(std::move(batch.reached));
    deleted += batch.deleted.size();
    if (!batch.deleted.empty()) {
      forget_(batch.deleted);
      co_await logs_.remove(std::move(batch.deleted));
    }
    if (batch.more) co_await pause();
  }
  if (deleted > 0) log_info(what, {{"jobs", deleted}, {"ended_before", format_rfc3339(cutoff)}});
}

Task<void> Cleaner::sweep_logs() {
  const std::int64_t before = clock_.unix_ms() - settings_.rule.age.count();
  std::size_t deleted = 0;
  for (int shard = 0; shard < logs::shard_count; ++shard) {
    std::vector<JobId> old;
    for (const logs::JobFolder& folder : co_await logs_.folders(shard))
      if (folder.changed_at < before) old.push_back(folder.job);
    if (old.empty()) continue;
    const std::set<JobId> known = co_await rule_.known(old);
    std::erase_if(old, [&known](JobId job) { return known.contains(job); });
    deleted += old.size();
    if (!old.empty()) co_await logs_.remove(std::move(old));
    co_await pause();
  }
  if (deleted > 0) log_info("logs of unknown jobs were deleted", {{"jobs", deleted}});
}

}  // namespace open_cicd::server
