// The checkout of a job in containers: git runs beside the agent, as its images need not have it, and the files are
// copied into the workspace.
#pragma once

#include "adapters/docker/engine.h"
#include "adapters/docker/tar.h"
#include "runner/executor.h"
#include "supervisor/client.h"

#include <filesystem>
#include <memory>

namespace open_cicd::docker {

// Clones into <directory>/checkout in a restricted child (no capabilities, no environment of the agent or the job),
// packs that into a file, and gives it to the Engine. Nothing of it stays on the agent. One use; one thread.
class CheckoutCopy {
 public:
  CheckoutCopy(pipelines::Checkout checkout, std::filesystem::path directory);
  ~CheckoutCopy();  // removes the files

  // Errors: "agent" with git's last line, or what failed of the copy.
  Task<Result<void>> clone(runner::OutputSink& output);
  Task<Result<void>> copy_to(Engine& engine, std::string container, TarOwner owner);
  void stop(std::chrono::milliseconds grace);  // of clone(), which then ends with git's failure

 private:
  std::filesystem::path tree() const { return directory_ / "tree"; }

  pipelines::Checkout checkout_;
  std::filesystem::path directory_;
  std::unique_ptr<supervisor::Supervisor> supervisor_;
};

}  // namespace open_cicd::docker
