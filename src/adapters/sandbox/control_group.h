// Memory, process and CPU limits of one job, in control groups v1 or v2, below the agent's own group: its limits hold
// for the job too.
//
// Where the agent may not make groups (an unprivileged user without delegation) a job runs without limits; namespaces
// isolate it all the same.
#pragma once

#include "base/asio.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace open_cicd::sandbox {

struct Limits {
  std::int64_t memory_bytes = 0;  // swap included
  std::int64_t processes = 0;
  std::optional<double> cpu;  // cores; without it the job only gives way to the agent
};

// Limits for a job that asks for none: memory leaves a fifth of the machine to the agent and the system, and no fork
// bomb gets far.
inline constexpr double default_memory_share = 0.8;
inline constexpr std::int64_t default_processes = 4096;
Limits default_limits();

// Every group's name begins with this, followed by the agent's id.
inline constexpr std::string_view group_name_begin = "open-cicd.";

// Where groups can be made here: found once, at the start of the agent.
class ControlGroupParent {
 public:
  // Under v2 the agent first moves itself into a group "agent" below its own: a group with processes can't give
  // controllers to children.
  static ControlGroupParent find();
  bool available() const { return !folders_.empty(); }
  bool unified() const { return unified_; }
  const std::vector<std::filesystem::path>& folders() const { return folders_; }

 private:
  std::vector<std::filesystem::path> folders_;  // one, or under v1 one for each of memory, pids, cpu
  bool unified_ = false;
};

// The groups of one job. One thread.
class ControlGroup {
 public:
  // Nothing when a group can't be made; `why` tells.
  static std::unique_ptr<ControlGroup> make(const ControlGroupParent& parent, const std::string& name,
                                            const Limits& limits, std::string& why);
  bool set_limits(const Limits& limits) const;
  // What an earlier agent left: every group whose name begins with `prefix`.
  static std::vector<std::unique_ptr<ControlGroup>> find_left(const ControlGroupParent& parent,
                                                              const std::string& prefix);

  // Removes the empty groups of agents that will not come back for them: their identity is lost. One that was just made
  // is perhaps about to be entered, by an agent beside this one, and stays.
  static void remove_abandoned(const ControlGroupParent& parent);

  std::vector<std::filesystem::path> process_files() const;  // writing "0" to each puts the writer in
  std::uint64_t out_of_memory_kills() const;
  void remove_if_empty();
  // Kills whatever is in it and removes it; false after `patience`.
  Task<bool> remove(std::chrono::milliseconds patience);

 private:
  explicit ControlGroup(bool unified) : unified_(unified) {}
  void kill() const;

  bool unified_;
  std::vector<std::filesystem::path> folders_;
};

}  // namespace open_cicd::sandbox
