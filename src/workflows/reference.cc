#include "workflows/keys.h"
#include "workflows/limits.h"
#include "workflows/schema.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace open_cicd::workflows {
namespace {

constexpr std::string_view page_head = R"(# The pipeline file

Made by `open-cicd docs pipeline` from the table of keys that reads the files; a test keeps them equal. The [guide](../guides/pipelines.md)
shows how to use them, and [pipeline.schema.json](pipeline.schema.json), also at `GET /api/v1/schema/pipeline.json`, tells editors.

A pipeline is `.open-cicd.yml`, or a file of `.open-cicd/`. It is YAML 1.2: `on` and `yes` are strings, anchors and merge keys are taken, a
key that stands twice or is not known is an error. Where a list is wanted, one value may stand alone. Durations are `30m`, `1h30m`, `10s`,
`500ms`.

A key with *not yet* is read, checked and planned, but nothing can run it: `open-cicd plan` says so with its line.

)";

constexpr std::string_view page_expressions = R"(
## Expressions

`${{ … }}` stands in a value, never in `run`: a script gets values by `env`, so that none can become a command. The last column above says
what an expression may speak of, and so when it is known:

| | contexts | known |
|---|---|---|
| plan | `event git change repository inputs matrix env` | when the plan is made |
| files | the same, and `hash()` | on the agent |
| release | also `needs`, `run`, and status functions | when all needs have ended |
| agent | also `steps` | before each step |

| context | fields |
|---|---|
| `event` | `name`, `action` (of a pull request), `actor` |
| `git` | `ref branch tag sha base_sha message author default_branch changed`; `branch` is null for tags and pull requests, `changed` where it is not known |
| `change` | `number title source_branch target_branch is_fork labels draft`; null outside of pull requests |
| `repository`, `run` | `full_name`; `number id round` |
| `inputs`, `matrix` | as declared, with their types |
| `env` | the variables above this place |
| `needs.JOB` | `result`: `succeeded failed cancelled skipped`, of a matrix the worst; `outputs.NAME`, null when it was not written |
| `steps.ID` | `outcome`, `outputs.NAME` |

An `if` without a status function has `success() &&` before it. Operators, functions and types: [expressions](expressions.md).
)";

std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) out += c == '|' ? std::string("\\|") : std::string(1, c);
  return out;
}

std::string type_of_shape(const Shape& shape) {
  switch (shape.form) {
    case Form::choice:
      return fmt::format("`{}`", fmt::join(shape.words, "` `"));
    case Form::list: {
      const std::string item = type_of_shape(*shape.item);
      return "list of " + item;
    }
    case Form::map:
      return "map of " + type_of_shape(*shape.item);
    case Form::either: {
      std::vector<std::string> forms;
      for (const Shape& form : shape.forms) forms.push_back(type_of_shape(form));
      return fmt::format("{}", fmt::join(forms, " · "));
    }
    case Form::whole:
    case Form::number:
      return fmt::format("{} {} … {}", name_of(shape.form), shape.min, shape.max);
    default:
      return std::string(name_of(shape.form));
  }
}

Allowed allowed_in(const Shape& shape) {
  Allowed most = shape.allowed;
  if (shape.item != nullptr && shape.form != Form::object && shape.item->keys.empty())
    most = std::max(most, allowed_in(*shape.item));
  for (const Shape& form : shape.forms)
    if (form.keys.empty()) most = std::max(most, allowed_in(form));
  return most;
}

std::string_view word_of(Allowed allowed) {
  switch (allowed) {
    case Allowed::nothing:
      return "";
    case Allowed::plan:
      return "plan";
    case Allowed::release:
      return "release";
    case Allowed::agent:
      return "agent";
    case Allowed::files:
      return "files";
  }
  return "";
}

void add_section(std::string& page, const Section& section) {
  page += fmt::format("\n## {}\n\n", section.title);
  if (!section.about.empty()) page += fmt::format("{}\n\n", section.about);
  page += "| key | type [default] | meaning | expressions |\n|---|---|---|---|\n";
  for (const Key& key : section.keys) {
    std::string type = cell(type_of_shape(key.shape));
    if (!key.fallback.empty()) type += fmt::format(" [{}]", cell(key.fallback));
    if (key.required) type += ", required";
    page += fmt::format("| `{}`{} | {} | {} | {} |\n", key.name, key.available ? "" : " *not yet*", type,
                        cell(key.meaning), word_of(allowed_in(key.shape)));
  }
}

}  // namespace

std::string reference_page() {
  std::string page(page_head);
  page.pop_back();  // each section begins with an empty line
  for (const Section& section : sections()) add_section(page, section);
  page += page_expressions;
  page += fmt::format(
      "\n## Limits\n\n{} jobs a plan, matrices counted, and {} MiB of specifications; {} jobs a matrix; {} needs a "
      "job; {} "
      "inputs; {} patterns a\nfilter; {} expressions a plan, and {} operations of theirs.\nOf the text: 1 MiB, 64 "
      "levels, "
      "50,000 values with aliases expanded.\n",
      limits::jobs_max, limits::specs_bytes_max >> 20, limits::matrix_jobs_max, limits::needs_max, limits::inputs_max,
      limits::patterns_max, limits::evaluations_max, limits::plan_operations_max);
  return page;
}

}  // namespace open_cicd::workflows
