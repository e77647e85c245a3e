// The command line of bubblewrap for one job: what it sees of the machine, and as whom.
#pragma once

#include "adapters/sandbox/machine_files.h"
#include "base/error.h"

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace open_cicd::sandbox {

// Paths inside.
inline constexpr char inside_workspace[] = "/workspace";
inline constexpr char inside_home[] = "/home/ci";
inline constexpr char inside_run[] = "/run";  // a tmpfs of the job's: scripts, git's home

inline constexpr char inside_files[] = "/run/open-cicd";  // what steps write for later ones and for the server

// Of a job's folder: what its steps may write to.
inline constexpr char files_folder[] = "files";
inline constexpr std::array writable_folders{"workspace", "home", "tmp", files_folder};

struct View {
  std::filesystem::path directory;  // the job's, with workspace, home, tmp, and the sandbox's own files of /etc
  const MachineFiles* files;        // outlives the view
  bool network = true;
  std::optional<std::uint32_t>
      user;  // root's agent: the steps' uid and gid; else a user namespace in which the agent's user is 1000
  std::optional<std::filesystem::path> workspace = {};  // instead of the directory's
};

// /usr/bin/bwrap, or where PATH's usual folders have it; empty when it is not installed.
std::filesystem::path find_bubblewrap();

// Makes the folders and files that the view binds, owned by its user.
Result<void> prepare(const View& view);

// The arguments up to the program, which then is PID 1 inside, and that program's own arguments.
std::vector<std::string> wrapper(const std::filesystem::path& bubblewrap, const View& view);
std::vector<std::string> helper_arguments(const View& view);

}  // namespace open_cicd::sandbox
