// The agent's folder: its lock, its identity, the number of its boots, and where jobs and spools live.
#pragma once

#include "agent/file.h"
#include "base/error.h"

#include <boost/describe.hpp>

#include <filesystem>
#include <optional>
#include <string>

namespace open_cicd::agent {

// Who the agent is for one server; in agent.json, mode 0600.
struct Identity {
  std::string server;
  std::string agent_id;
  std::string agent_token;
};
BOOST_DESCRIBE_STRUCT(Identity, (), (server, agent_id, agent_token))

// Open for the life of the process; the lock ends with it, however it ends. Not thread-safe.
class WorkDir {
 public:
  // Makes the folder (0700), locks it, and counts this boot durably. Errors: conflict "work_dir_in_use"; "agent" with
  // what to do.
  static Result<WorkDir> open(std::filesystem::path path);

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path journal() const { return path_ / "journal"; }
  std::int64_t boot_seq() const { return boot_seq_; }

  // Nothing when there is none, it is of another server, or it cannot be read (which is logged): the agent then
  // registers as a new one.
  std::optional<Identity> identity(const std::string& server) const;
  Result<void> save(const Identity& identity) const;
  void forget_identity() const;
  // What an earlier process left of its jobs and their logs. Blocks.
  void remove_leftovers() const;

 private:
  std::filesystem::path path_;
  File lock_;
  std::int64_t boot_seq_ = 0;
};

}  // namespace open_cicd::agent
