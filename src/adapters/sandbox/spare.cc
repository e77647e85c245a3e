#include "adapters/sandbox/spare.h"

#include "base/log.h"
#include "runner/remove_tree.h"
#include "supervisor/process_record.h"

#include <boost/asio/post.hpp>

#include <sys/wait.h>
#include <unistd.h>

namespace open_cicd::sandbox {

namespace fs = std::filesystem;

Task<void> Spare::sweep(std::string agent_id) {
  std::error_code error;
  for (fs::directory_iterator folder(root(), error), end; !error && folder != end; folder.increment(error))
    co_await supervisor::end_recorded_process(folder->path() / record_file, end_patience);
  if (const auto failure = runner::remove_tree(root()))
    log_warn("leftover sandboxes could not be removed", {{"folder", root().string()}, {"error", failure.message()}});
  agent_id_ = std::move(agent_id);
}

Spare::~Spare() {
  if (!spawned_) return;
  ::close(spawned_->socket);
  ::waitpid(spawned_->pid, nullptr, 0);
  if (group_) group_->remove_if_empty();
  runner::remove_tree(directory_);
}

void Spare::refill_soon(const asio::any_io_executor& executor) {
  asio::post(executor, [weak = weak_from_this()] {
    if (const auto alive = weak.lock()) alive->refill();
  });
}

void Spare::refill() {
  if (spawned_ || agent_id_.empty()) return;
  directory_ = root() / std::to_string(++count_);
  const View view = machine_.view(directory_, true);
  std::error_code error;
  fs::create_directories(directory_, error);
  if (error || !prepare(view)) return;
  group_.reset();
  if (machine_.groups.available()) {
    std::string why;
    const auto name = fmt::format("{}spare-{}", group_prefix(agent_id_), count_);
    group_ = ControlGroup::make(machine_.groups, name, default_limits(), why);
    if (!group_) return;
  }
  const auto launched =
      launch(machine_, view, group_ ? group_->process_files() : std::vector<fs::path>{}, directory_ / record_file);
  if (launched) spawned_ = *launched;
}

Task<std::optional<Started>> Spare::take(fs::path job_directory, Limits limits) {
  if (!spawned_) co_return std::nullopt;
  const auto directory = std::exchange(directory_, {});
  const auto spawned = *std::exchange(spawned_, std::nullopt);
  Started taken{.group = std::move(group_),
                .supervisor = supervisor::Supervisor::adopt(co_await asio::this_coro::executor, spawned)};
  bool good = (co_await taken.supervisor->ready(start_patience)).has_value();
  good = good && (!taken.group || taken.group->set_limits(limits));
  good = good && supervisor::write_process_record(job_directory / record_file, taken.supervisor->pid()).has_value();
  for (const char* name : writable_folders) {
    std::error_code error;
    if (good) fs::rename(directory / name, job_directory / name, error);
    good = good && !error;
  }
  runner::remove_tree(directory);
  if (good) co_return taken;
  co_await taken.supervisor->shutdown(end_patience);
  if (taken.group) co_await taken.group->remove(end_patience);
  co_return std::nullopt;
}

}  // namespace open_cicd::sandbox
