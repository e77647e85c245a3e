#include "supervisor/spare.h"

#include <boost/asio/post.hpp>

#include <sys/wait.h>
#include <unistd.h>
#include <utility>

namespace open_cicd::supervisor {

Spare::~Spare() {
  if (!spawned_) return;
  ::close(spawned_->socket);
  ::waitpid(spawned_->pid, nullptr, 0);
}

void Spare::refill_soon(const asio::any_io_executor& executor) {
  asio::post(executor, [weak = weak_from_this()] {
    if (const auto alive = weak.lock()) alive->refill();
  });
}

void Spare::refill() {
  if (spawned_) return;
  if (const auto spawned = spawn_init(options_)) spawned_ = *spawned;  // a failure shows in the next take()
}

Result<std::unique_ptr<Supervisor>> Spare::take(asio::any_io_executor executor) {
  if (spawned_) {
    const Spawned spawned = *std::exchange(spawned_, std::nullopt);
    if (::waitpid(spawned.pid, nullptr, WNOHANG) == 0) return Supervisor::adopt(std::move(executor), spawned);
    ::close(spawned.socket);  // somebody killed it
  }
  return Supervisor::spawn(std::move(executor), options_);
}

}  // namespace open_cicd::supervisor
