#include "cli/run_document.h"

#include "base/json.h"
#include "workflows/workflow.h"

#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

namespace open_cicd::cli {
namespace {

namespace bj = boost::json;

// Reading the file asks for each template that it uses. What is wrong with it is the server's to say.
bj::object templates_of(const PipelineFile& file) {
  bj::object texts;
  workflows::Source source = file.source;
  source.read_file = [&texts, read = file.source.read_file](const std::string& path) {
    auto text = read ? read(path) : std::nullopt;
    if (text) texts[path] = *text;
    return text;
  };
  workflows::read_workflow(source);
  return texts;
}

void add_text(bj::object& body, std::string_view name, const std::string& text) {
  if (!text.empty()) body[name] = text;
}

bj::array list_of(const std::vector<std::string>& texts) {
  return bj::array(texts.begin(), texts.end());
}

}  // namespace

void add_selection(CLI::App& verb, workflows::Selection& selection) {
  verb.add_option("--executor", selection.executor, "Run every job there, whatever the file says")
      ->check(CLI::IsMember(
          std::vector<std::string>(workflows::selectable_executors.begin(), workflows::selectable_executors.end())));
  verb.add_flag("--keep-going", selection.keep_going, "A job of a matrix that fails does not cancel the others of it");
}

std::string run_document(const PlanRequest& request, const PipelineFile& file, const workflows::Selection& selection,
                         const std::optional<RunCheckout>& checkout) {
  bj::object body{{"pipeline", file.source.text}}, inputs;
  if (request.file != "-") body["file"] = file.source.path;
  add_text(body, "event", request.event);
  add_text(body, "branch", request.branch);
  add_text(body, "tag", request.tag);
  if (!request.changed.empty()) body["changed"] = list_of(request.changed);
  for (const auto& [name, value] : inputs_of(request)) inputs[name] = value;
  if (!inputs.empty()) body["inputs"] = std::move(inputs);
  if (bj::object templates = templates_of(file); !templates.empty()) body["files"] = std::move(templates);
  if (checkout) {
    bj::object from{{"url", checkout->url}};
    add_text(from, "ref", checkout->ref);
    body["checkout"] = std::move(from);
  }
  if (!selection.jobs.empty()) body["jobs"] = list_of(selection.jobs);
  add_text(body, "executor", selection.executor);
  if (selection.keep_going) body["keep_going"] = true;
  return json::write_text(bj::value(std::move(body)));
}

}  // namespace open_cicd::cli
