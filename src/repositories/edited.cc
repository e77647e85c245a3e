#include "repositories/edited.h"

#include "repositories/pipeline_files.h"
#include "workflows/contexts.h"
#include "workflows/planner.h"
#include "workflows/runnable.h"

#include <boost/json/serialize.hpp>

#include <algorithm>

namespace open_cicd::repositories {
namespace {

// Those of the round before that the file still knows, and over them what was given.
workflows::InputTexts inputs_of(const workflows::Workflow& workflow, const boost::json::object& before,
                                const std::optional<workflows::InputTexts>& given) {
  workflows::InputTexts inputs;
  for (const auto& [name, value] : before) {
    const bool is_known = std::ranges::any_of(workflow.inputs, [&](const auto& input) { return input.name == name; });
    if (!is_known || value.is_null()) continue;
    inputs[std::string(name)] = value.is_string() ? std::string(value.get_string()) : boost::json::serialize(value);
  }
  if (!given) return inputs;
  for (const auto& [name, value] : *given) inputs[name] = value;
  return inputs;
}

runs::Origin origin_of(const runs::Run& run) {
  return {.repository = *run.repository_id,
          .made_by = run.made_by,
          .ref = run.ref.value_or(""),
          .sha = run.sha.value_or(""),
          .change = run.change,
          .title = run.title.value_or(""),
          .author = run.author.value_or(""),
          .trust = run.trust,
          .awaits_approval = run.trust == "fork"};
}

}  // namespace

Result<std::optional<std::string>> CommitFiles::read(const std::string& path) {
  if (!mirror_.has_commit(sha_)) {
    if (auto fetched = mirror_.fetch(remote_); !fetched) return std::unexpected(std::move(fetched.error()));
    if (!mirror_.has_commit(sha_)) mirror_.fetch_commit(remote_, sha_);
  }
  return mirror_.file(remote_, sha_, path);
}

Result<runs::NewRun> plan_edited(const runs::RoundBasis& basis, const EditRequest& asked, CommitFiles* files,
                                 const workflows::ReadForeign& read_foreign) {
  ReadText read;
  if (files != nullptr) read = [files](const std::string& path) { return files->read(path); };
  auto file = read_with_templates(basis.run.pipeline, asked.workflow.value_or(basis.workflow), read, read_foreign);
  if (!file) return std::unexpected(std::move(file.error()));
  if (!file->read.workflow) return std::unexpected(workflows::as_error(file->read.errors));
  const workflows::Workflow& workflow = *file->read.workflow;

  const boost::json::value* before = basis.contexts.if_contains("inputs");
  const boost::json::object none;
  const workflows::InputTexts inputs =
      inputs_of(workflow, before != nullptr && before->is_object() ? before->get_object() : none, asked.inputs);
  const workflows::Event event = workflows::event_of_values(basis.contexts);
  auto plan = workflows::make_plan(workflow, event, inputs);
  if (!plan) return std::unexpected(workflows::as_error(plan.error()));
  if (auto errors = workflows::not_runnable(workflow, *plan, basis.checkout.has_value()); !errors.empty())
    return invalid_fields(std::move(errors));

  runs::NewRun edited{.plan = std::move(*plan),
                      .pipeline = basis.run.pipeline,
                      .workflow = std::move(file->source.text),
                      .contexts = workflows::values_of_event(event),
                      .checkout = basis.checkout,
                      .by = asked.by};
  if (basis.run.repository_id) edited.origin = origin_of(basis.run);
  return edited;
}

}  // namespace open_cicd::repositories
