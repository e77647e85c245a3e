#include "api/run_request.h"

#include "api/input.h"
#include "base/crypto.h"
#include "pipelines/rules.h"
#include "workflows/contexts.h"
#include "workflows/planner.h"
#include "workflows/runnable.h"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

namespace open_cicd::api {
namespace {

pipelines::Checkout checkout_of(const CheckoutFrom& from, std::vector<FieldError>& errors) {
  if (auto wrong = pipelines::check_git_url(from.url)) errors.push_back({"checkout.url", std::move(*wrong)});
  if (auto wrong = from.ref ? pipelines::check_git_ref(*from.ref) : pipelines::Wrong())
    errors.push_back({"checkout.ref", std::move(*wrong)});
  return {.url = from.url, .ref = from.ref.value_or("")};
}

template <class T>
void take(std::string_view name, std::optional<T> from_query, std::optional<T>& to, std::vector<FieldError>& errors) {
  if (from_query && to) errors.push_back({std::string(name), "stands in the body and in the query: leave one out"});
  if (from_query) to = std::move(from_query);
}

workflows::Event event_of(const RunDocument& said) {
  workflows::Event event = workflows::claimed_event(
      {.event = said.event.value_or(""), .branch = said.branch, .tag = said.tag, .changed = said.changed});
  // What a plan shows in their place is nothing that a job may take for true.
  for (std::string* unknown : {&event.sha, &event.message, &event.author, &event.repository}) unknown->clear();
  return event;
}

workflows::Selection selection_of(const RunDocument& said) {
  return {.jobs = said.jobs.value_or(std::vector<std::string>()),
          .executor = said.executor.value_or(""),
          .keep_going = said.keep_going.value_or(false)};
}

}  // namespace

workflows::InputTexts input_texts(const bj::object& inputs, std::vector<FieldError>& errors) {
  workflows::InputTexts texts;
  for (const auto& [name, value] : inputs) {
    if (value.is_string())
      texts[name] = std::string(value.get_string());
    else if (value.is_number() || value.is_bool())
      texts[name] = bj::serialize(value);
    else
      errors.push_back({"inputs." + std::string(name), "must be a text, a number or a boolean"});
  }
  return texts;
}

Result<void> read_body(http::Request& request, RunBody& to) {
  to.sent = request.body;
  if (has_yaml_type(request)) {
    to.document.pipeline = request.body;
    return {};
  }
  Json<RunDocument> json;
  if (Result<void> read = detail::read_body(request, json); !read) return read;
  to.document = std::move(json.document);
  std::vector<FieldError> errors;
  if (to.document.inputs) to.inputs = input_texts(*to.document.inputs, errors);
  if (to.document.checkout) to.checkout = checkout_of(*to.document.checkout, errors);
  if (!errors.empty()) return invalid_fields(std::move(errors));
  return {};
}

void describe_body(SchemaBook& book, bj::object& operation, std::type_identity<RunBody>) {
  describe_body(book, operation, std::type_identity<PipelineBody>());
  describe_body(book, operation, std::type_identity<Json<RunDocument>>());
}

Result<WantedRun> wanted_by(const CreateRun& request) {
  RunDocument said = request.body->document;
  std::vector<FieldError> errors;
  take("file", text_of(*request.file), said.file, errors);
  if (*request.event)
    take("event", std::optional(std::string(workflows::event_words[static_cast<std::size_t>(**request.event)])),
         said.event, errors);
  take("branch", text_of(*request.branch), said.branch, errors);
  take("tag", text_of(*request.tag), said.tag, errors);
  if (!request.changed->values.empty()) take("changed", std::optional(request.changed->values), said.changed, errors);
  workflows::InputTexts inputs = request.body->inputs;
  for (const auto& [name, value] : request.input->by_name)
    if (!inputs.emplace(name, value).second)
      errors.push_back({"inputs." + name, "stands in the body and in the query: leave one out"});
  if (!errors.empty()) return invalid_fields(std::move(errors));

  WantedRun wanted{.source = {.text = said.pipeline},
                   .event = event_of(said),
                   .inputs = std::move(inputs),
                   .selection = selection_of(said),
                   .name = said.name,
                   .checkout = request.body->checkout};
  if (said.file) wanted.source.path = *said.file;
  if (said.files)
    wanted.source.read_file = [files = std::move(*said.files)](const std::string& path) {
      const auto found = files.find(path);
      return found == files.end() ? std::nullopt : std::optional(found->second);
    };
  return wanted;
}

Result<runs::NewRun> plan_run(const WantedRun& wanted) {
  workflows::ReadWorkflow read = workflows::read_workflow(wanted.source);
  if (!read.workflow) return std::unexpected(workflows::as_error(read.errors));
  auto plan = workflows::make_plan(*read.workflow, wanted.event, wanted.inputs);
  if (!plan) return std::unexpected(workflows::as_error(plan.error()));
  if (Result<void> selected = workflows::select(*plan, wanted.selection); !selected)
    return std::unexpected(std::move(selected.error()));
  if (auto errors = workflows::not_runnable(*read.workflow, *plan, wanted.checkout.has_value()); !errors.empty())
    return invalid_fields(std::move(errors));
  if (wanted.name) plan->name = *wanted.name;
  return runs::NewRun{.plan = std::move(*plan),
                      .pipeline = wanted.source.path,
                      .workflow = wanted.source.text,
                      .contexts = workflows::values_of_event(wanted.event),
                      .checkout = wanted.checkout};
}

std::string digest_of(const CreateRun& request, const workflows::Event& event) {
  const std::map<std::string, std::string>& inputs = request.input->by_name;
  bj::array parts{"run", event.name, event.own_trigger};
  for (const auto& part : {text_of(*request.branch), text_of(*request.tag), text_of(*request.file)})
    parts.emplace_back(part ? bj::value(*part) : bj::value(nullptr));
  parts.emplace_back(bj::array(request.changed->values.begin(), request.changed->values.end()));
  for (const auto& [name, value] : inputs) parts.emplace_back(bj::array{name, value});
  parts.emplace_back(request.body->sent);
  return sha256_hex(bj::serialize(parts));
}

}  // namespace open_cicd::api
