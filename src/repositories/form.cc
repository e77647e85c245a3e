#include "repositories/form.h"

#include "repositories/limits.h"
#include "repositories/pipeline_files.h"

#include <fmt/format.h>

#include <algorithm>

namespace open_cicd::repositories {
namespace {

constexpr std::string_view usual_file = ".open-cicd.yml";

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
  const ReadText text_of = [&](const std::string& path) { return mirror.file(request.remote, resolved->sha, path); };
  auto files = pipeline_files(mirror, resolved->sha, request.repository.pipeline_paths, text_of);
  if (!files) return std::unexpected(std::move(files.error()));
  if (files->size() > limits::pipelines_max) files->resize(limits::pipelines_max);
  Form form{.ref = std::move(resolved->ref),
            .sha = resolved->sha,
            .pipelines = std::move(*files),
            .pipeline = {},
            .inputs = {}};
  const std::string wanted = request.pipeline.value_or(std::string(usual_file));
  const bool is_there = std::ranges::find(form.pipelines, wanted) != form.pipelines.end();
  if (!is_there && request.pipeline)
    return invalid_fields({{"pipeline", fmt::format("is no pipeline file of {}: {}", form.ref, wanted)}});
  if (form.pipelines.empty()) return form;
  form.pipeline = is_there ? wanted : form.pipelines.front();

  auto text = text_of(form.pipeline);
  if (!text) return std::unexpected(std::move(text.error()));
  auto file = read_with_templates(form.pipeline, text->value_or(""), text_of, request.read_foreign);
  if (!file) return std::unexpected(std::move(file.error()));
  if (!file->read.workflow) return std::unexpected(workflows::as_error(file->read.errors));
  form.inputs = std::move(file->read.workflow->inputs);
  return form;
}

}  // namespace open_cicd::repositories
