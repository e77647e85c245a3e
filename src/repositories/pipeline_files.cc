#include "repositories/pipeline_files.h"

#include <utility>

namespace open_cicd::repositories {

Result<std::vector<std::string>> pipeline_files(const git::Mirror& mirror, const std::string& sha,
                                                const std::vector<std::string>& paths, const ReadText& read) {
  std::vector<std::string> files;
  for (const std::string& path : paths) {
    if (!path.ends_with('/')) {
      const auto text = read(path);
      if (!text) return std::unexpected(text.error());
      if (*text) files.push_back(path);
      continue;
    }
    auto listed = mirror.files_in(sha, path.substr(0, path.size() - 1));
    if (!listed) return std::unexpected(std::move(listed.error()));
    for (std::string& file : *listed)
      if (file.ends_with(".yml") || file.ends_with(".yaml")) files.push_back(std::move(file));
  }
  return files;
}

Result<FileWithTemplates> read_with_templates(std::string path, std::string text, const ReadText& read,
                                              workflows::ReadForeign read_foreign) {
  std::optional<Error> trouble;  // of git
  workflows::Source source{.path = std::move(path), .text = std::move(text), .read_foreign = std::move(read_foreign)};
  if (read)
    source.read_file = [&](const std::string& named) {
      auto found = read(named);
      if (!found) trouble = found.error();
      return found ? *found : std::nullopt;
    };
  workflows::ReadWorkflow workflow = workflows::read_workflow(source);
  if (trouble && trouble->kind() == ErrorKind::unavailable) return std::unexpected(std::move(*trouble));
  source.read_file = nullptr;  // it leads to what is gone when this returns
  return FileWithTemplates{.source = std::move(source), .read = std::move(workflow)};
}

}  // namespace open_cicd::repositories
