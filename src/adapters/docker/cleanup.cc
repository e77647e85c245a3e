#include "adapters/docker/cleanup.h"

#include "adapters/docker/container_config.h"
#include "base/log.h"
#include "base/task_group.h"

#include <fmt/format.h>

#include <charconv>
#include <map>
#include <set>

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

Task<std::vector<protocol::LeftAttempt>> find_attempts(Engine& engine, std::string server_id) {
  std::vector<protocol::LeftAttempt> attempts;
  const auto labels = co_await engine.labels_of_all(fmt::format("{}={}", server_label, server_id));
  if (!labels) {
    log_debug("what agents left on the engine could not be listed", {{"error", labels.error().message()}});
    co_return attempts;
  }
  std::set<std::string> seen;
  for (const std::map<std::string, std::string>& one : *labels) {
    const auto text = [&one](std::string_view name) {
      const auto found = one.find(std::string(name));
      return found == one.end() ? std::string() : found->second;
    };
    const std::string number = text(attempt_label);
    protocol::LeftAttempt left{.agent_id = text(agent_label), .boot_id = text(boot_label), .job_id = text(job_label)};
    const auto [end, failure] = std::from_chars(number.data(), number.data() + number.size(), left.attempt);
    if (failure != std::errc() || end != number.data() + number.size()) continue;
    if (seen.insert(fmt::format("{} {} {} {}", left.agent_id, left.boot_id, left.job_id, number)).second)
      attempts.push_back(std::move(left));
  }
  co_return attempts;
}

// One after the other in this coroutine, which may be cancelled in the middle when its agent ends.
Task<void> remove_attempt(Engine& engine, std::string server_id, protocol::LeftAttempt left) {
  const Result<Labelled> found = co_await engine.find(
      {fmt::format("{}={}", server_label, server_id), fmt::format("{}={}", agent_label, left.agent_id),
       fmt::format("{}={}", boot_label, left.boot_id), fmt::format("{}={}", job_label, left.job_id),
       fmt::format("{}={}", attempt_label, left.attempt)});
  if (!found) co_return log_failure(std::unexpected(found.error()));
  for (const std::string& id : found->containers) co_await remove_container(engine, id);
  for (const std::string& id : found->networks) co_await remove_network(engine, id);
  for (const std::string& id : found->volumes) co_await remove_volume(engine, id);
}

}  // namespace open_cicd::docker
