#include "cli/plan_request.h"

#include "cli/working_tree.h"
#include "workflows/words.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace open_cicd::cli {

void add_plan_request(CLI::App& verb, PlanRequest& request) {
  verb.add_option("--event", request.event, "The event; without it, someone asks for a run and no filter applies")
      ->check(CLI::IsMember(std::vector<std::string>(workflows::event_words.begin(), workflows::event_words.end())));
  verb.add_option(
      "--branch", request.branch,
      "The branch [the one that is checked out here: HEAD when none is, main outside of a repository]; of a "
      "pull request, the one that it wants to go into [main]");
  verb.add_option("--tag", request.tag, "The tag");
  verb.add_option("--changed", request.changed,
                  "A file that changed; may be given again. Without it, no path is filtered")
      ->allow_extra_args(false);
  verb.add_option("--input", request.inputs, "NAME=VALUE for an input of the pipeline; may be given again")
      ->check([](const std::string& input) {
        const std::size_t equals = input.find('=');
        return equals != std::string::npos && equals > 0 ? "" : fmt::format("takes NAME=VALUE, not \"{}\"", input);
      })
      ->allow_extra_args(false);
}

// One plan is of one file.
Result<std::string> file_of(const PlanRequest& request) {
  if (!request.file.empty()) return request.file;
  auto found = find_pipeline_files();
  if (!found) return std::unexpected(std::move(found.error()));
  if (found->size() == 1 || found->front() == ".open-cicd.yml") return found->front();
  return fail(ErrorKind::conflict, "several_files",
              fmt::format("There are several pipelines here: name one of {}.", fmt::join(*found, ", ")));
}

workflows::InputTexts inputs_of(const PlanRequest& request) {
  workflows::InputTexts inputs;
  for (const std::string& input : request.inputs) {
    const std::size_t equals = input.find('=');
    inputs[input.substr(0, equals)] = input.substr(equals + 1);
  }
  return inputs;
}

PlanRequest completed(PlanRequest request) {
  if (request.branch.empty() && request.tag.empty() && request.event != "pull_request" && request.event != "tag")
    request.branch = branch_checked_out(".").value_or("");
  return request;
}

workflows::Claim claim_of(const PlanRequest& request) {
  workflows::Claim claim{.event = request.event};
  if (!request.branch.empty()) claim.branch = request.branch;
  if (!request.tag.empty()) claim.tag = request.tag;
  if (!request.changed.empty()) claim.changed = request.changed;
  return claim;
}

}  // namespace open_cicd::cli
