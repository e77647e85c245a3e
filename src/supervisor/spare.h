// A helper that is started before its job is known, so that a job's first command does not wait for it.
#pragma once

#include "base/asio.h"
#include "supervisor/client.h"
#include "supervisor/spawn.h"

#include <memory>
#include <optional>

namespace open_cicd::supervisor {

// At most one. One thread. A spare that its agent leaves behind ends with the agent, like every helper.
class Spare : public std::enable_shared_from_this<Spare> {
 public:
  explicit Spare(SpawnOptions options) : options_(std::move(options)) {}
  ~Spare();  // ends the spare and waits for its end
  Spare(const Spare&) = delete;

  // Starts one when the executor has nothing better to do, unless there is one.
  void refill_soon(const asio::any_io_executor& executor);
  // The spare, or where there is none a new helper.
  Result<std::unique_ptr<Supervisor>> take(asio::any_io_executor executor);

 private:
  void refill();

  SpawnOptions options_;
  // Not yet a Supervisor: an io_context must be able to run out of work while a spare waits.
  std::optional<Spawned> spawned_;
};

}  // namespace open_cicd::supervisor
