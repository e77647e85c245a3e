#include "workflows/keys.h"

#include "pipelines/job_decoder.h"
#include "pipelines/limits.h"
#include "workflows/words.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace open_cicd::workflows {

// Its short words would hide others of the folder.
namespace key_table {
namespace {

namespace job_limits = pipelines::limits;
using enum Allowed;

constexpr std::string_view env_names = "^[A-Za-z_][A-Za-z0-9_]*$";
constexpr std::string_view plain_names = "^[A-Za-z_][A-Za-z0-9_-]*$";
constexpr std::string_view host_names = "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$";

consteval Shape text(Allowed allowed = nothing) {
  return {.form = Form::text, .allowed = allowed};
}
consteval Shape boolean(Allowed allowed = nothing) {
  return {.form = Form::boolean, .allowed = allowed};
}
consteval Shape whole(double min, double max, Allowed allowed = nothing) {
  return {.form = Form::whole, .allowed = allowed, .min = min, .max = max};
}
consteval Shape number(double min, double max, Allowed allowed = nothing) {
  return {.form = Form::number, .allowed = allowed, .min = min, .max = max};
}
consteval Shape duration(Allowed allowed = nothing) {
  return {.form = Form::duration, .allowed = allowed};
}
consteval Shape choice(std::span<const std::string_view> words, Allowed allowed = nothing) {
  return {.form = Form::choice, .allowed = allowed, .words = words};
}
consteval Shape condition(Allowed allowed) {
  return {.form = Form::condition, .allowed = allowed};
}
consteval Shape object(std::span<const Key> keys) {
  return {.form = Form::object, .keys = keys};
}
// A list whose `allowed` says that an expression may also stand for the whole of it.
consteval Shape list(const Shape& item, Allowed allowed = nothing) {
  return {.form = Form::list, .allowed = allowed, .item = &item};
}
consteval Shape map(const Shape& item, std::string_view names) {
  return {.form = Form::map, .item = &item, .names = names};
}
consteval Shape either(std::span<const Shape> forms) {
  return {.form = Form::either, .forms = forms};
}

constexpr Shape plain_text = text();
constexpr Shape plan_text = text(plan);
constexpr Shape exit_code = whole(1, 255, plan);
constexpr Shape port = whole(1, 65'535, plan);
constexpr Shape plain_scalar{.form = Form::scalar};
constexpr Shape plan_scalar{.form = Form::scalar, .allowed = plan};
constexpr Shape release_scalar{.form = Form::scalar, .allowed = release};
constexpr Shape agent_scalar{.form = Form::scalar, .allowed = agent};
constexpr Shape no_value{.form = Form::nothing};

constexpr Shape env_of_workflow = map(plan_scalar, env_names);
constexpr Shape env_of_job = map(release_scalar, env_names);
constexpr Shape env_of_step = map(agent_scalar, env_names);

constexpr auto secret_forms = std::to_array<Shape>({list(plain_text), map(plain_text, env_names)});
constexpr Shape secrets = either(secret_forms);

constexpr auto concurrency_keys = std::to_array<Key>({
    {"group", text(plan), "", "jobs or runs with the same group of one repository wait for each other", true},
    {"limit", whole(1, job_limits::concurrency_max), "1", "how many go at once"},
    {"on_conflict", choice(pipelines::conflict_choices), "queue",
     "`queue`: wait in the order of creation; `replace_pending`: the newest that waits takes the place of older ones; "
     "`cancel_running`: it ends what runs"},
});
constexpr auto concurrency_forms = std::to_array<Shape>({text(plan), object(concurrency_keys)});
constexpr Shape concurrency = either(concurrency_forms);

constexpr auto schedule_keys = std::to_array<Key>({
    {"cron", text(), "",
     "minute, hour, day of month, month, day of week; H is a number that a hash chooses; or @hourly, @daily, @weekly, "
     "@monthly, @yearly",
     true},
    {"timezone", text(), "UTC", "a name of the tz database such as `Europe/Berlin`"},
    {"branch", text(), "the default branch", "whose newest commit is run"},
});
constexpr Shape schedule_item = object(schedule_keys);
constexpr Shape pattern_list = list(plain_text);
constexpr Shape type_word = choice(change_types);
constexpr auto push_keys = std::to_array<Key>({
    {"branches", pattern_list, "all", "patterns of branches"},
    {"paths", pattern_list, "all", "patterns of files: at least one changed file must match"},
});
constexpr auto change_keys = std::to_array<Key>({
    {"branches", pattern_list, "all", "patterns of the branch that it wants to go into"},
    {"paths", pattern_list, "all", "patterns of files: at least one changed file must match"},
    {"types", list(type_word), "opened, updated, reopened, ready", "what happened to it"},
});
constexpr auto tag_keys = std::to_array<Key>({
    {"tags", pattern_list, "all", "patterns of tags"},
});
constexpr auto push_forms = std::to_array<Shape>({no_value, object(push_keys)});
constexpr auto change_forms = std::to_array<Shape>({no_value, object(change_keys)});
constexpr auto tag_forms = std::to_array<Shape>({no_value, object(tag_keys)});
constexpr auto bare_forms = std::to_array<Shape>({no_value, object({})});
constexpr auto on_keys = std::to_array<Key>({
    {"push", either(push_forms), "", "commits were pushed to a branch"},
    {"pull_request", either(change_forms), "", "a pull or merge request was opened or changed"},
    {"tag", either(tag_forms), "", "a tag was pushed"},
    {"schedule", list(schedule_item), "", "a time has come"},
    {"manual", either(bare_forms), "", "someone asks for it, in a form with the inputs"},
    {"api", either(bare_forms), "", "a program asks for it"},
});
constexpr Shape event_word = choice(event_words);
constexpr auto on_forms = std::to_array<Shape>({choice(event_words), list(event_word), object(on_keys)});

constexpr Shape option_text = plain_scalar;
constexpr auto input_keys = std::to_array<Key>({
    {"type", choice(input_types), "string", "what may be given; `inputs.NAME` has this type"},
    {"options", list(option_text), "", "of a `choice`: the words that may be given"},
    {"default", plain_scalar, "null", "counts when nothing is given"},
    {"required", boolean(), "false", "whether it must be given by whoever starts a run"},
    {"pattern", text(), "", "of a `string`: a regular expression (RE2) that must be found in it"},
    {"description", text(), "", "shown in the form"},
});
constexpr Shape input_shape = object(input_keys);

constexpr auto result_word = choice(result_words);
constexpr auto need_keys = std::to_array<Key>({
    {"job", text(), "", "the name of a job of this file", true},
    {"optional", boolean(), "false", "a job that is not in the file is no error"},
    {"result", list(result_word), "succeeded, and skipped by its own `if` or a filter",
     "the results that let this job go on"},
});
constexpr auto need_forms = std::to_array<Shape>({text(), object(need_keys)});
constexpr Shape need_shape = either(need_forms);

constexpr auto ready_keys = std::to_array<Key>({
    {"tcp", whole(1, 65'535, plan), "", "a port that accepts"},
    {"http", text(plan), "", "`:8080/health` answers with 2xx or 3xx"},
    {"cmd", list(plan_text), "", "a command that exits 0 inside the container"},
    {"log", text(plan), "", "a text that its output contains"},
    {"timeout", duration(plan), "60s", "after it, the job fails"},
});
constexpr auto service_keys = std::to_array<Key>({
    {"image", text(plan), "", "what runs", true},
    {"env", env_of_workflow, "", "variables of the service"},
    {"command", list(plan_text), "the image's own", "words, not a line for a shell"},
    {"ports", list(port), "", "without `ready`: it is ready when all of them accept"},
    {"ready", object(ready_keys), "", "how to tell that it can be used: exactly one of tcp, http, cmd and log"},
    {"pull", choice(pipelines::pulls, plan), "the job's", "as of a job"},
});
constexpr Shape service_shape = object(service_keys);

constexpr Shape matrix_axis = list(plain_scalar);
constexpr Shape matrix_entry = map(plain_scalar, plain_names);
constexpr auto matrix_keys = std::to_array<Key>({
    {"include", list(matrix_entry), "",
     "an entry that names values of a combination adds its other values to it; one that matches none is one more job"},
    {"exclude", list(matrix_entry), "", "combinations that are left out"},
    {"max_parallel", whole(1, 256), "all", "how many run at once"},
    {"fail_fast", boolean(), "true", "whether one failure cancels the others"},
});
constexpr Shape matrix_shape{.form = Form::object, .keys = matrix_keys, .item = &matrix_axis, .names = plain_names};

constexpr Shape retry_cause = choice(pipelines::retry_causes, plan);
constexpr auto retry_keys = std::to_array<Key>({
    {"max", whole(0, job_limits::retry_max, plan), "2", "attempts beyond the first"},
    {"on", list(retry_cause), "agent_lost, image_pull", "the causes that are tried again"},
    {"exit_codes", list(exit_code), "any", "with `exit`: only these"},
    {"delay", duration(plan), "0s", "time between two attempts"},
});
constexpr auto retry_forms = std::to_array<Shape>({whole(0, job_limits::retry_max, plan), object(retry_keys)});

constexpr auto allow_keys = std::to_array<Key>({
    {"exit_codes", list(exit_code), "", "only these are allowed", true},
});
constexpr auto allow_forms = std::to_array<Shape>({boolean(plan), object(allow_keys)});
constexpr Shape allow_failure = either(allow_forms);

constexpr auto checkout_keys = std::to_array<Key>({
    {"depth", whole(0, job_limits::depth_of_checkout_max, plan), "1", "commits of history; 0: all"},
    {"submodules", boolean(plan), "false", "also check out its submodules, but not theirs"},
    {"lfs", boolean(plan), "false", "also fetch the files of Git LFS"},
    {"path", text(plan), "", "a folder of the workspace to check out into"},
});
constexpr auto checkout_forms = std::to_array<Shape>({boolean(plan), object(checkout_keys)});

constexpr Shape cache_path = plan_text;
constexpr Shape files_text = text(files);
constexpr auto cache_keys = std::to_array<Key>({
    {"key", text(files), "", "what it is kept under", true},
    {"fallback", list(files_text), "", "prefixes of keys that are also good enough, in order"},
    {"paths", list(cache_path), "", "what is kept", true},
    {"policy", choice(cache_policies, plan), "both", "`pull`: read only; `push`: write only"},
});
constexpr Shape cache_shape = object(cache_keys);

constexpr auto artifact_keys = std::to_array<Key>({
    {"name", text(plan), "", "what it is called", true},
    {"paths", list(plan_text), "", "patterns of files", true},
    {"exclude", list(plan_text), "", "patterns of files that are left out"},
    {"when", choice(artifact_whens, plan), "succeeded", "after which ends it is kept"},
    {"expires", duration(plan), "30d", "how long it is kept"},
});
constexpr Shape artifact_shape = object(artifact_keys);

constexpr auto report_keys = std::to_array<Key>({
    {"junit", list(plan_text), "", "patterns of JUnit XML files"},
    {"coverage", list(plan_text), "", "patterns of coverage files"},
});

constexpr auto environment_keys = std::to_array<Key>({
    {"name", text(plan), "", "what is deployed to", true},
    {"url", text(plan), "", "where it can be looked at"},
});
constexpr auto environment_forms = std::to_array<Shape>({text(plan), object(environment_keys)});

constexpr auto approval_keys = std::to_array<Key>({
    {"by", list(plan_text), "whoever may approve", "users and groups that may approve"},
    {"count", whole(1, 10, plan), "1", "how many must approve"},
    {"expires", duration(plan), "7d", "after it, the job is cancelled"},
    {"message", text(plan), "", "what they are asked"},
});

constexpr auto resources_keys = std::to_array<Key>({
    {"cpu", number(job_limits::cpu_min, job_limits::cpu_max, plan), "", "cores"},
    {"memory", {.form = Form::size, .allowed = plan}, "", "such as `512Mi` or `2Gi`"},
});

constexpr Shape with_of_job = map(plan_scalar, plain_names);
constexpr Shape with_of_step = map(agent_scalar, plain_names);
constexpr Shape script_lines{.form = Form::script};
constexpr Shape step_script = list(script_lines);
constexpr Shape words_shape = list(plan_text);

constexpr auto keys_of_step = std::to_array<Key>({
    {"name", text(plan), "the first words of `run`", "shown to people"},
    {"id", text(), "", "what `steps.ID` calls it"},
    {"if", condition(agent), "success()",
     "whether it runs; `always()` is for clean-up. Without a status function, `success() &&` stands before it"},
    {"run", step_script, "",
     "lines of a script; never an expression: values come by `env`, so that none can become a command"},
    {"uses", text(), "", "instead of `run`: an image that is a plugin"},
    {"with", with_of_step, "", "values for the plugin: each becomes `INPUT_NAME` and `PLUGIN_NAME`"},
    {"image", text(plan), "the job's", "docker: what it runs in"},
    {"env", env_of_step, "", "variables, beside the job's"},
    {"secrets", secrets, "", "as of a job, for this step alone"},
    {"user", text(plan), "the job's", "docker: name or number"},
    {"shell", choice(pipelines::shells, plan), "the job's", "`sh`: `sh -e`; `bash`: `bash -e -o pipefail`"},
    {"timeout", duration(plan), "the job's", "after it, the step fails"},
    {"allow_failure", allow_failure, "false", "its failure does not fail the job"},
    {"workdir", text(plan), "the workspace", "a folder of the workspace"},
    {"entrypoint", words_shape, "the shell",
     "the program that gets the script, and its words before the script's path"},
    {"background", boolean(plan), "false", "the next step starts at once; it is ended when all others have ended"},
    {"privileged", boolean(), "false", "docker, a plugin: only for images on the list of the agent's administrator"},
    {"pull", choice(pipelines::pulls, plan), "the job's", "as of a job"},
});
constexpr Shape shape_of_step = object(keys_of_step);

constexpr auto keys_of_job = std::to_array<Key>({
    {"name", text(plan), "its key", "shown to people", false, true, Use::job_only},
    {"needs", list(need_shape), "", "jobs that must end before it starts", false, true, Use::job_only},
    {"if", condition(release), "success()",
     "whether it runs. Without a status function, `success() &&` stands before it", false, true, Use::job_only},
    {"runs_on", list(plan_text, plan), "any agent", "labels that an agent must have, all of them"},
    {"executor", choice(pipelines::executors, plan), "docker when an image is set, else sandbox",
     "`sandbox`: the agent's own tools, read-only, in namespaces of their own; `shell`: as the agent's user, where "
     "the agent allows it"},
    {"image", text(plan), "", "docker: what the steps run in"},
    {"user", text(plan), "the image's own", "docker: name or number"},
    {"shell", choice(pipelines::shells, plan), "sh", "`sh`: `sh -e`; `bash`: `bash -e -o pipefail`"},
    {"pull", choice(pipelines::pulls, plan), "auto",
     "`auto`: asks the registry for tags, and uses what is there when it is away; `missing`, `always`"},
    {"services", map(service_shape, host_names), "", "containers that run beside the steps, by their host name"},
    {"matrix", matrix_shape, "", "one job for each combination of values; every other key is an axis", false, true,
     Use::job_only},
    {"env", env_of_job, "", "variables, beside the workflow's", false, true, Use::job_only},
    {"secrets", secrets, "", "names of secrets, or variables and the secrets that they get; every step has them"},
    {"checkout", either(checkout_forms), "true", "whether and how the repository is checked out"},
    {"timeout", duration(plan), "1h", "after it, the job ends"},
    {"retry", either(retry_forms), "2 for agent_lost, image_pull", "attempts beyond the first, and their causes"},
    {"allow_failure", allow_failure, "false", "its failure is a warning and does not fail the run"},
    {"cache", list(cache_shape), "", "files that are kept from run to run", false, false},
    {"artifacts", list(artifact_shape), "", "files that are kept and handed on", false, false, Use::job_only},
    {"reports", object(report_keys), "", "files that are read, also when the job fails", false, false},
    {"outputs", list(plain_text), "", "names that it writes to `$CI_OUTPUT`, for `needs.JOB.outputs.NAME`", false, true,
     Use::job_only},
    {"environment", either(environment_forms), "", "what it deploys to", false, false, Use::job_only},
    {"approval", object(approval_keys), "", "who must approve before it starts", false, false, Use::job_only},
    {"id_token", map(plan_text, env_names), "", "variables that get a short-lived OIDC token, and its audience", false,
     false},
    {"concurrency", concurrency, "", "as of the workflow", false, true, Use::job_only},
    {"priority", whole(-job_limits::priority_max, job_limits::priority_max, plan), "0", "higher goes first"},
    {"resources", object(resources_keys), "", "limits of the container or control group"},
    {"network", choice(pipelines::networks, plan), "default", "`none`: no network but loopback"},
    {"uses", text(), "", "instead of `steps`: a job template of this repository, `./path/of/file.yml`", false, true,
     Use::job_only},
    {"with", with_of_job, "", "the template's inputs", false, true, Use::job_only},
    {"steps", list(shape_of_step), "", "what it does, in order; required unless `uses`", false, true, Use::job_only},
});
constexpr Shape shape_of_job = object(keys_of_job);
constexpr Shape shape_of_inputs = map(input_shape, plain_names);

constexpr auto keys_of_workflow = std::to_array<Key>({
    {"name", text(), "the file's name", "begins the name of its commit status"},
    {"on", either(on_forms), "push, pull_request", "the events that start a run"},
    {"inputs", shape_of_inputs, "", "values that whoever starts a run can give"},
    {"env", env_of_workflow, "", "variables of all jobs"},
    {"defaults", shape_of_job, "", "keys of all jobs; a job's own key takes its place"},
    {"concurrency", concurrency, "", "runs that must not run at the same time"},
    {"jobs", map(shape_of_job, plain_names), "", "the jobs by their names", true},
});
constexpr Shape shape_of_workflow = object(keys_of_workflow);

// A template: the keys that `defaults` may have, and what makes it a job.
constexpr auto keys_of_template_alone = std::to_array<Key>({
    {"inputs", shape_of_inputs, "", "what `with` may give"},
    {"env", env_of_workflow, "", "variables of the job"},
    {"outputs", list(plain_text), "", "as of a job"},
    {"artifacts", list(artifact_shape), "", "as of a job", false, false},
    {"steps", list(shape_of_step), "", "what the job does, in order", true},
});
constexpr std::size_t keys_of_template_count =
    keys_of_template_alone.size() + static_cast<std::size_t>(std::ranges::count(keys_of_job, Use::anywhere, &Key::use));
constexpr auto keys_of_template = [] {
  std::array<Key, keys_of_template_count> keys{};
  auto to = std::ranges::copy(keys_of_template_alone, keys.begin()).out;
  std::ranges::copy_if(keys_of_job, to, [](const Key& key) { return key.use == Use::anywhere; });
  return keys;
}();
constexpr Shape shape_of_template = object(keys_of_template);

constexpr auto all_sections = std::to_array<Section>({
    {"Workflow", "The file itself.", keys_of_workflow},
    {"Events: `on`", "A name, a list of names, or a map of names to filters.", on_keys},
    {"Filters of `push`", "", push_keys},
    {"Filters of `pull_request`", "", change_keys},
    {"Filters of `tag`", "", tag_keys},
    {"An entry of `schedule`", "", schedule_keys},
    {"An input", "", input_keys},
    {"`concurrency`", "A text is the group.", concurrency_keys},
    {"Job", "", keys_of_job},
    {"An entry of `needs`", "A text is the name of the job.", need_keys},
    {"`matrix`", "Every key but these is an axis: a list of values.", matrix_keys},
    {"A service", "", service_keys},
    {"`ready`", "", ready_keys},
    {"`retry`", "A number is `max`.", retry_keys},
    {"`allow_failure`", "Or true.", allow_keys},
    {"`checkout`", "Or true, or false.", checkout_keys},
    {"An entry of `cache`", "", cache_keys},
    {"An entry of `artifacts`", "", artifact_keys},
    {"`reports`", "", report_keys},
    {"`environment`", "A text is its name.", environment_keys},
    {"`approval`", "", approval_keys},
    {"`resources`", "", resources_keys},
    {"Step", "", keys_of_step},
    {"Job template",
     "A file that `uses` names. Beside these it may hold the keys of a job that say nothing of one job "
     "alone.",
     keys_of_template_alone},
});

}  // namespace
}  // namespace key_table

std::span<const Section> sections() {
  return key_table::all_sections;
}

std::span<const Key> workflow_keys() {
  return key_table::keys_of_workflow;
}
std::span<const Key> job_keys() {
  return key_table::keys_of_job;
}
std::span<const Key> step_keys() {
  return key_table::keys_of_step;
}
std::span<const Key> template_keys() {
  return key_table::keys_of_template;
}
const Shape& workflow_shape() {
  return key_table::shape_of_workflow;
}
const Shape& job_shape() {
  return key_table::shape_of_job;
}
const Shape& step_shape() {
  return key_table::shape_of_step;
}
const Shape& template_shape() {
  return key_table::shape_of_template;
}

const Key* find_key(std::span<const Key> keys, std::string_view name) {
  const auto found = std::ranges::find(keys, name, &Key::name);
  return found == keys.end() ? nullptr : &*found;
}

const Key& key_of(std::span<const Key> keys, std::string_view name) {
  if (const Key* key = find_key(keys, name)) return *key;
  throw std::logic_error(fmt::format("the table of keys has no \"{}\"", name));
}

std::vector<std::string_view> names_of(std::span<const Key> keys) {
  std::vector<std::string_view> names;
  for (const Key& key : keys) names.push_back(key.name);
  return names;
}

const Shape& form_for(const Shape& shape, NodeKinds node) {
  if (shape.form != Form::either) return shape;
  for (const Shape& form : shape.forms) {
    const bool takes_map = form.form == Form::object || form.form == Form::map;
    const bool takes_list = form.form == Form::list;
    if (takes_map == node.is_map && takes_list == node.is_list) return form;
  }
  // A list that takes one value without brackets, or what is wrong in all forms: the reader says so.
  for (const Shape& form : shape.forms)
    if (form.form == Form::list && !node.is_map) return form;
  return shape.forms.front();
}

std::string_view name_of(Form form) {
  switch (form) {
    case Form::text:
      return "string";
    case Form::script:
      return "script";
    case Form::boolean:
      return "true or false";
    case Form::whole:
      return "whole number";
    case Form::number:
      return "number";
    case Form::duration:
      return "duration";
    case Form::size:
      return "size";
    case Form::choice:
      return "word";
    case Form::condition:
      return "expression";
    case Form::object:
    case Form::map:
      return "map";
    case Form::list:
      return "list";
    case Form::either:
      return "one of several";
    case Form::scalar:
      return "string, number or boolean";
    case Form::nothing:
      return "nothing";
  }
  return "";
}

}  // namespace open_cicd::workflows
