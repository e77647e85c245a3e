// Pipeline files of a commit: which there are, and what one says with the templates that it names. Blocks on git.
#pragma once

#include "git/mirror.h"
#include "workflows/workflow.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace open_cicd::repositories {

// The text of a file of the commit by its path; none when it is not there. Errors: of git.
using ReadText = std::function<Result<std::optional<std::string>>(const std::string& path)>;

// The files that `paths` name, in their order: those that are there, and of a folder ("ci/") those that are YAML.
// Errors: of git.
Result<std::vector<std::string>> pipeline_files(const git::Mirror& mirror, const std::string& sha,
                                                const std::vector<std::string>& paths, const ReadText& read);

struct FileWithTemplates {
  workflows::Source source;  // without a way to read more
  workflows::ReadWorkflow read;
};
// `text` stands at `path`. Without `read`, a template is an error of the file. Error: unavailable, when git cannot read
// a template now.
Result<FileWithTemplates> read_with_templates(std::string path, std::string text, const ReadText& read,
                                              workflows::ReadForeign read_foreign);

}  // namespace open_cicd::repositories
