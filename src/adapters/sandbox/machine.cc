#include "adapters/sandbox/machine.h"

#include "supervisor/process_record.h"

namespace open_cicd::sandbox {

Result<supervisor::Spawned> launch(const Machine& machine, const View& view, std::vector<std::filesystem::path> groups,
                                   const std::filesystem::path& record) {
  auto spawned = supervisor::spawn_init({.wrapper = wrapper(machine.bubblewrap, view),
                                         .arguments = helper_arguments(view),
                                         .groups = std::move(groups),
                                         .fallback_directory = machine.settings.work_dir});
  if (!spawned) return spawned;
  if (const auto recorded = supervisor::write_process_record(record, spawned->pid); !recorded) {
    ::close(spawned->socket);
    return std::unexpected(recorded.error());
  }
  return spawned;
}

Task<Result<void>> await_ready(supervisor::Supervisor& supervisor) {
  const auto ready = co_await supervisor.ready(start_patience);
  if (!ready)
    co_return fail(ErrorKind::unavailable, "agent",
                   "bubblewrap could not make the job's namespaces. Its own message is on the agent's standard error; "
                   "a container needs CAP_SYS_ADMIN or unprivileged user namespaces (sysctl "
                   "kernel.unprivileged_userns_clone, kernel.apparmor_restrict_unprivileged_userns).");
  co_return Result<void>();
}

}  // namespace open_cicd::sandbox
