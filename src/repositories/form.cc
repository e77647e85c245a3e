#include "repositories/form.h"

#include "repositories/limits.h"

#include <fmt/format.h>

#include <algorithm>

namespace open_cicd::repositories {
namespace {

constexpr std::string_view usual_file = ".open-cicd.yml";

Result<std::vector<std::string>> files_at(git::Mirror& mirror, const FormRequest& request, const std::string& sha) {
  std::vector<std::string> files;
  for (const std::string& path : request.repository.pipeline_paths) {
    if (!path.ends_with('/')) {
      const auto text = mirror.file(request.remote, sha, path);
      if (!text) return std::unexpected(text.error());
      if (*text) files.push_back(path);
      continue;
    }
    auto listed = mirror.files_in(sha, path.substr(0, path.size() - 1));
    if (!listed) return std::unexpected(std::move(listed.error()));
    for (std::string& file : *listed)
      if (file.ends_with(".yml") || file.ends_with(".yaml")) files.push_back(std::move(file));
  }
  if (files.size() > limits::pipelines_max) files.resize(limits::pipelines_max);
  return files;
}

}  // namespace

Result<ResolvedRef> resolve_ref(git::Mirror& mirror, const std::string& name) {
  for (const std::string& full : {name, "refs/heads/" + name, "refs/tags/" + name}) {
    if (!full.starts_with("refs/heads/") && !full.starts_with("refs/tags/")) continue;
    Result<std::optional<std::string>> sha = mirror.resolve(full);
    if (!sha) return std::unexpected(std::move(sha.error()));
    if (*sha) return ResolvedRef{.ref = full, .sha = std::move(**sha)};
  }
  return invalid_fields({{"ref", fmt::format("is no branch or tag of the repository: {}", name)}});
}

Result<Form> read_form(git::Mirror& mirror, const FormRequest& request) {
  if (auto fetched = mirror.fetch(request.remote); !fetched) return std::unexpected(std::move(fetched.error()));
  auto resolved = resolve_ref(mirror, request.ref.value_or(request.repository.default_branch));
  if (!resolved) return std::unexpected(std::move(resolved.error()));
  auto files = files_at(mirror, request, resolved->sha);
  if (!files) return std::unexpected(std::move(files.error()));
  Form form{.ref = std::move(resolved->ref),
            .sha = std::move(resolved->sha),
            .pipelines = std::move(*files),
            .pipeline = {},
            .inputs = {}};
  const std::string wanted = request.pipeline.value_or(std::string(usual_file));
  const bool is_there = std::ranges::find(form.pipelines, wanted) != form.pipelines.end();
  if (!is_there && request.pipeline)
    return invalid_fields({{"pipeline", fmt::format("is no pipeline file of {}: {}", form.ref, wanted)}});
  if (form.pipelines.empty()) return form;
  form.pipeline = is_there ? wanted : form.pipelines.front();

  std::optional<Error> trouble;
  const auto text_of = [&](const std::string& path) -> std::optional<std::string> {
    auto text = mirror.file(request.remote, form.sha, path);
    if (!text) trouble = text.error();
    return text ? *text : std::nullopt;
  };
  const workflows::Source source{.path = form.pipeline,
                                 .text = text_of(form.pipeline).value_or(""),
                                 .read_file = text_of,
                                 .read_foreign = request.read_foreign};
  workflows::ReadWorkflow read = workflows::read_workflow(source);
  if (trouble && trouble->kind() == ErrorKind::unavailable) return std::unexpected(std::move(*trouble));
  if (!read.workflow) return std::unexpected(workflows::as_error(read.errors));
  form.inputs = std::move(read.workflow->inputs);
  return form;
}

}  // namespace open_cicd::repositories
