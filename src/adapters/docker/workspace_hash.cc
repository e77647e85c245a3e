// hash() of files that lie in a volume of the engine.
#include "runner/workspace_hash.h"

#include "adapters/docker/environment.h"
#include "base/sha256.h"
#include "supervisor/hash_files.h"

#include <fmt/format.h>

#include <algorithm>

namespace open_cicd::docker {
namespace {

using namespace runner;

constexpr std::chrono::seconds hash_patience{120};

}  // namespace

Task<Result<DockerEnvironment::Printed>> DockerEnvironment::ask_helper(Running& running, Container& container,
                                                                       supervisor::Command command,
                                                                       std::size_t bytes_max) {
  Printed printed;
  bool is_long = false;
  const auto take = [&](std::string_view bytes) -> Task<void> {
    is_long = is_long || printed.text.size() + bytes.size() > bytes_max;
    if (!is_long) printed.text += bytes;
    co_return;
  };
  command.cwd = "/";
  command.own_tree = running_.size() > 1;
  const Result<CommandExit> exit =
      co_await container.session->run(std::move(command), take, {.limit = hash_patience, .key = running.step});
  if (!exit) co_return std::unexpected(exit.error());
  if (is_long) co_return hash_is_too_much(fmt::format("{} MiB of names", bytes_max >> 20));
  if (exit->stopped) co_return fail(ErrorKind::invalid, "exit", "the files of the workspace took too long to read");
  printed.code = exit->code;
  co_return printed;
}

// The helper in the first container tells the names, and of those that match the digests, with the rights of its user.
Task<Result<std::string>> DockerEnvironment::hash_files(int step, std::vector<std::string> patterns) {
  const Result<Filter> filter = hash_filter(patterns);
  if (!filter) co_return std::unexpected(filter.error());
  if (!tasks_) co_return fail(ErrorKind::internal, "agent", "The job was not set up.");
  Running running(*this, step);
  const auto container = co_await container_for(first_place());
  if (!container) co_return std::unexpected(container.error());
  running.in = *container;
  const std::string root(workspace_path), list = fmt::format("{}/hash-{}", init_directory, step);
  supervisor::Command names{.argv = {std::string(init_path), "--list", root, std::string(hash_left_out),
                                     fmt::format("{}", hash_entries_max), fmt::format("{}", hash_depth_max)}};
  const Result<Printed> listed = co_await ask_helper(running, **container, std::move(names), hash_list_bytes_max);
  if (!listed) co_return std::unexpected(listed.error());
  if (listed->code == supervisor::list_too_long)
    co_return hash_is_too_much(
        fmt::format("{} files and folders, {} in each other,", hash_entries_max, hash_depth_max));
  if (listed->code != 0) co_return fail(ErrorKind::invalid, "exit", "the workspace cannot be read");
  std::vector<HashedFile> files;
  std::string wanted;
  for (std::string_view rest = listed->text; !rest.empty();) {
    const std::string_view path = rest.substr(0, rest.find('\0'));
    rest.remove_prefix(std::min(rest.size(), path.size() + 1));
    if (!filter->passes(path)) continue;
    if (files.size() >= hash_files_max) co_return hash_is_too_much(fmt::format("{} files that match", hash_files_max));
    files.push_back({.path = std::string(path), .sha256 = {}});
    wanted.append(path).push_back('\0');
  }
  if (files.empty()) co_return hash_of({}, patterns);
  supervisor::Command digests{
      .argv = {std::string(init_path), "--digest", root, list, fmt::format("{}", hash_bytes_max)},
      .script_path = list,
      .script = std::move(wanted)};
  const Result<Printed> summed =
      co_await ask_helper(running, **container, std::move(digests), files.size() * (Sha256Stream::hex_size + 1));
  if (!summed) co_return std::unexpected(summed.error());
  std::string_view rest = summed->text;
  for (HashedFile& file : files) {
    file.sha256 = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), file.sha256.size() + 1));
    if (file.sha256 == "+") co_return hash_is_too_much(fmt::format("{} MiB", hash_bytes_max >> 20));
    if (file.sha256.size() != Sha256Stream::hex_size)
      co_return fail(ErrorKind::invalid, "exit", fmt::format("{} cannot be read", file.path));
  }
  co_return hash_of(std::move(files), patterns);
}

}  // namespace open_cicd::docker
