#include "adapters/docker/cleanup.h"

#include "base/log.h"
#include "base/task_group.h"

namespace open_cicd::docker {
namespace {

void log_failure(const Result<void>& done) {
  if (!done) log_warn("something of a job was left on the engine", {{"error", done.error().message()}});
}

Task<void> remove_container(Engine& engine, std::string id) {
  log_failure(co_await engine.remove_container(std::move(id)));
}
Task<void> remove_network(Engine& engine, std::string id) {
  log_failure(co_await engine.remove_network(std::move(id)));
}
Task<void> remove_volume(Engine& engine, std::string id) {
  log_failure(co_await engine.remove_volume(std::move(id)));
}

}  // namespace

Task<void> remove_labelled(Engine& engine, std::vector<std::string> labels) {
  const Result<Labelled> found = co_await engine.find(std::move(labels));
  if (!found) {
    log_warn("what a job left on the engine could not be listed", {{"error", found.error().message()}});
    co_return;
  }
  TaskGroup tasks(co_await asio::this_coro::executor);
  for (const std::string& id : found->containers) tasks.spawn("docker removal", remove_container(engine, id));
  co_await tasks.join();
  // Only now are the volume and the network unused.
  for (const std::string& id : found->networks) tasks.spawn("docker removal", remove_network(engine, id));
  for (const std::string& id : found->volumes) tasks.spawn("docker removal", remove_volume(engine, id));
  co_await tasks.join();
}

}  // namespace open_cicd::docker
