// A sandbox that is started before its job is known, so that a job doesn't wait for namespaces and control groups.
#pragma once

#include "adapters/sandbox/machine.h"

#include <memory>
#include <optional>
#include <string>

namespace open_cicd::sandbox {

struct Started {
  std::unique_ptr<ControlGroup> group;  // none where there are no limits
  std::unique_ptr<supervisor::Supervisor> supervisor;
};

// At most one, with the machine's network. Its folders live in <work_dir>/sandbox/<n> and are moved into the job's:
// what is bound in the sandbox is the folder, not its path. One thread.
class Spare : public std::enable_shared_from_this<Spare> {
 public:
  explicit Spare(const Machine& machine) : machine_(machine) {}
  ~Spare();  // ends the spare and waits for its end
  Spare(const Spare&) = delete;

  // Ends and removes what an earlier agent left; from then on a spare can be made.
  Task<void> sweep(std::string agent_id);
  // Starts one when the executor has nothing better to do, unless there is one. Doesn't wait for it; a failure shows in
  // the next cold start.
  void refill_soon(const asio::any_io_executor& executor);
  // The spare as this job's own, or nothing: there is none, or it did not start.
  Task<std::optional<Started>> take(std::filesystem::path job_directory, Limits limits);

 private:
  void refill();
  std::filesystem::path root() const { return machine_.settings.work_dir / "sandbox"; }

  const Machine& machine_;
  std::string agent_id_;  // empty before sweep()
  int count_ = 0;
  std::filesystem::path directory_;
  std::unique_ptr<ControlGroup> group_;
  // Not yet a Supervisor: an io_context must be able to run out of work while a spare waits.
  std::optional<supervisor::Spawned> spawned_;
};

}  // namespace open_cicd::sandbox
