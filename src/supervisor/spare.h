// The helpers of one agent's jobs: one is started before its job is known, so that a job's first command does not wait
// for it, and one that its job left as it was serves the next job too.
#pragma once

#include "base/asio.h"
#include "supervisor/client.h"
#include "supervisor/spawn.h"

#include <filesystem>
#include <memory>
#include <optional>

namespace open_cicd::supervisor {

// At most one waits. One thread. A spare that its agent leaves behind ends with the agent, like every helper.
class Spare : public std::enable_shared_from_this<Spare> {
 public:
  // Every helper that has a job is recorded in the folder `records`, until it has ended.
  Spare(SpawnOptions options, std::filesystem::path records)
      : options_(std::move(options)), records_(std::move(records)) {}
  ~Spare();  // ends the spare and waits for its end
  Spare(const Spare&) = delete;

  // Waits until the helpers that an earlier process recorded are gone, with SIGKILL after `patience`.
  Task<void> sweep(std::chrono::milliseconds patience);
  // Starts one when the executor has nothing better to do, unless there is one.
  void refill_soon(const asio::any_io_executor& executor);
  // The spare, or where there is none a new helper.
  Result<std::unique_ptr<Supervisor>> take(asio::any_io_executor executor);
  // After a job: true when the helper waits for the next one. Any other has ended when this returns, and with it all
  // that was left of the job; it is killed if it does not end within `patience`.
  Task<bool> give_back(std::unique_ptr<Supervisor> helper, std::chrono::milliseconds patience);

 private:
  void refill();
  std::filesystem::path record_of(pid_t pid) const { return records_ / std::to_string(pid); }
  Result<std::unique_ptr<Supervisor>> record(std::unique_ptr<Supervisor> helper);

  SpawnOptions options_;
  std::filesystem::path records_;
  // Not yet a Supervisor: an io_context must be able to run out of work while a spare waits.
  std::optional<Spawned> spawned_;
  bool recorded_ = false;  // the spare has had a job
};

}  // namespace open_cicd::supervisor
