// What the pipeline files at a ref ask whoever starts them by hand. Blocks on git.
#pragma once

#include "git/mirror.h"
#include "repositories/repository.h"
#include "workflows/workflow.h"

#include <optional>
#include <string>
#include <vector>

namespace open_cicd::repositories {

struct Form {
  std::string ref, sha;                // full
  std::vector<std::string> pipelines;  // the files there
  std::string pipeline;                // the one that `inputs` are of
  workflows::Inputs inputs;
};

struct FormRequest {
  Repository repository;
  git::Remote remote;
  std::optional<std::string> ref;       // a branch, a tag or a full ref; none: the default branch
  std::optional<std::string> pipeline;  // none: .open-cicd.yml, or the first
  workflows::ReadForeign read_foreign = {};
};

struct ResolvedRef {
  std::string ref, sha;
};
// A branch, a tag or a full ref of what was fetched last. Errors: invalid, with the field `ref`; of git.
Result<ResolvedRef> resolve_ref(git::Mirror& mirror, const std::string& name);

// Fetches first. Errors: invalid, with the fields `ref`, `pipeline` and those of a file that is wrong; of git.
Result<Form> read_form(git::Mirror& mirror, const FormRequest& request);

}  // namespace open_cicd::repositories
