// The working tree as a commit of a repository beside it: what a local run checks out, with all that is not committed
// yet, by the same fetch as on a server.
#pragma once

#include "base/error.h"

#include <filesystem>
#include <optional>
#include <string>

namespace open_cicd::cli {

struct Snapshot {
  std::string url;                // file://<into>, for a job's checkout
  std::string ref;                // refs/heads/<branch>
  std::string branch;             // "main"; "HEAD" where none is checked out
  std::string commit;             // that of HEAD when nothing differs from it
  bool differs = false;           // from HEAD: there are changes that no commit has
  std::filesystem::path objects;  // of the repository itself, which the snapshot borrows; empty outside of one
};

// The branch that is checked out in `folder`: "HEAD" when none is, nothing outside of a repository and without git.
std::optional<std::string> branch_checked_out(const std::filesystem::path& folder);

// The commit of HEAD there; nothing outside of a repository, in one without a commit, and without git.
std::optional<std::string> head_of(const std::filesystem::path& folder);

// Makes the bare repository `into` (which must not exist) of the tracked files of `folder`'s repository, as they are
// now, and of the untracked ones that nothing ignores; or, outside of a repository, of all files of `folder`. The
// repository is only read. Costs what `git status` does. Errors: "no_git", "no_snapshot" with what git said.
Result<Snapshot> take_snapshot(const std::filesystem::path& folder, const std::filesystem::path& into);

}  // namespace open_cicd::cli
