#include "supervisor/spare.h"

#include "supervisor/process_record.h"

#include <boost/asio/post.hpp>

#include <sys/wait.h>
#include <unistd.h>
#include <utility>

namespace open_cicd::supervisor {

namespace fs = std::filesystem;

Spare::~Spare() {
  if (!spawned_) return;
  ::close(spawned_->socket);
  ::waitpid(spawned_->pid, nullptr, 0);
  std::error_code ignored;
  fs::remove(record_of(spawned_->pid), ignored);
}

Task<void> Spare::sweep(std::chrono::milliseconds patience) {
  std::error_code error;
  for (fs::directory_iterator record(records_, error), end; !error && record != end; record.increment(error)) {
    co_await end_recorded_process(record->path(), patience);
    fs::remove(record->path(), error);
  }
}

void Spare::refill_soon(const asio::any_io_executor& executor) {
  asio::post(executor, [weak = weak_from_this()] {
    if (const auto alive = weak.lock()) alive->refill();
  });
}

void Spare::refill() {
  if (spawned_) return;
  const auto spawned = spawn_init(options_);
  if (!spawned) return;  // a failure shows in the next take()
  spawned_ = *spawned;
  recorded_ = false;
}

Result<std::unique_ptr<Supervisor>> Spare::take(asio::any_io_executor executor) {
  if (spawned_) {
    const Spawned spawned = *std::exchange(spawned_, std::nullopt);
    if (::waitpid(spawned.pid, nullptr, WNOHANG) == 0) {
      auto helper = Supervisor::adopt(std::move(executor), spawned);
      return recorded_ ? std::move(helper) : record(std::move(helper));
    }
    ::close(spawned.socket);  // somebody killed it
    std::error_code ignored;
    fs::remove(record_of(spawned.pid), ignored);
  }
  auto spawned = Supervisor::spawn(std::move(executor), options_);
  return spawned ? record(std::move(*spawned)) : std::move(spawned);
}

Result<std::unique_ptr<Supervisor>> Spare::record(std::unique_ptr<Supervisor> helper) {
  std::error_code error;
  fs::create_directories(records_, error);
  if (const auto recorded = write_process_record(record_of(helper->pid()), helper->pid()); !recorded)
    return std::unexpected(recorded.error());
  return helper;
}

Task<bool> Spare::give_back(std::unique_ptr<Supervisor> helper, std::chrono::milliseconds patience) {
  const auto self = shared_from_this();
  if (!spawned_) spawned_ = helper->release();
  if (spawned_ && spawned_->pid == helper->pid()) {
    recorded_ = true;
    co_return true;
  }
  co_await helper->shutdown(patience);
  std::error_code ignored;
  fs::remove(record_of(helper->pid()), ignored);
  refill_soon(co_await asio::this_coro::executor);
  co_return false;
}

}  // namespace open_cicd::supervisor
