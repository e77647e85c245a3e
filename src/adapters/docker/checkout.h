// The checkout of a job in containers: git runs beside the agent, as its images need not have it, and the files are
// copied into the workspace.
#pragma once

#include "adapters/docker/engine.h"
#include "adapters/docker/tar.h"
#include "runner/checkout_run.h"
#include "runner/executor.h"
#include "supervisor/client.h"

#include <filesystem>
#include <memory>

namespace open_cicd::docker {

// Clones into <directory>/checkout in a restricted child (no capabilities, no environment of the agent or the job),
// packs that into a file, and gives it to the Engine. Nothing of it stays on the agent. One use; one thread.
class CheckoutCopy {
 public:
  enum class Reach : std::uint8_t { other_machines, anything };

  CheckoutCopy(pipelines::Checkout checkout, std::filesystem::path directory, Reach reach, runner::GitSettings settings,
               std::optional<runner::GitRoute> route);
  ~CheckoutCopy();  // removes the files

  // First. Looks its host up; may be given up at any time. Errors: "exit", why the URL or its host is refused.
  Task<Result<void>> prepare();
  // Returns the commit. Errors: "exit" with what git says, "agent" for what failed of the copy.
  Task<Result<std::string>> clone(runner::OutputSink& output);
  Task<Result<void>> copy_to(Engine& engine, std::string container, TarOwner owner);
  void stop(std::chrono::milliseconds grace);  // of clone(), which then ends with git's failure

 private:
  std::filesystem::path tree() const { return directory_ / "tree"; }
  Task<Result<void>> admit(runner::CheckoutPlan& plan);
  Task<Result<int>> run_git(const runner::CheckoutPlan& plan, runner::GitCommand argv, runner::PrintGit print);

  pipelines::Checkout checkout_;
  std::filesystem::path directory_;
  Reach reach_;
  runner::GitSettings settings_;
  std::optional<runner::GitRoute> route_;
  runner::CheckoutPlan plan_;
  std::unique_ptr<supervisor::Supervisor> supervisor_;
  bool stopped_ = false;
};

}  // namespace open_cicd::docker
