// The plan of a round that brings a file or inputs of its own: for the event, the ref and the commit that its run is
// of.
#pragma once

#include "git/mirror.h"
#include "repositories/intake.h"

#include <optional>
#include <string>

namespace open_cicd::repositories {

// The files of one commit. Blocks on git, and fetches what is not there.
class CommitFiles {
 public:
  CommitFiles(git::Mirror mirror, git::Remote remote, std::string sha)
      : mirror_(std::move(mirror)), remote_(std::move(remote)), sha_(std::move(sha)) {}
  Result<std::optional<std::string>> read(const std::string& path);

 private:
  git::Mirror mirror_;
  git::Remote remote_;
  std::string sha_;
};

// `files`: of the run's commit, for templates; null where the run has no repository, and a template is an error then.
// Errors: invalid, with the fields of the file and of its inputs; of git: unavailable.
Result<runs::NewRun> plan_edited(const runs::RoundBasis& basis, const EditRequest& asked, CommitFiles* files,
                                 const workflows::ReadForeign& read_foreign);

}  // namespace open_cicd::repositories
