#include "pipelines/job_decoder.h"

#include "pipelines/limits.h"
#include "pipelines/parse.h"
#include "pipelines/rules.h"

#include <algorithm>
#include <array>

namespace open_cicd::pipelines {
namespace {

constexpr auto job_keys = std::to_array<std::string_view>(
    {"name", "image", "executor", "shell", "env", "steps", "runs_on", "timeout", "retry", "services", "priority",
     "concurrency", "network", "resources", "checkout", "pull", "secrets"});
// Keys of a job in a pipeline file, and of the file itself.
constexpr auto planned_job_keys = std::to_array<std::string_view>(
    {"needs", "if", "user", "matrix", "allow_failure", "cache", "artifacts", "reports", "outputs", "environment",
     "approval", "id_token", "uses", "with", "on", "inputs", "defaults", "jobs", "rerun_of"});
constexpr auto retry_keys = std::to_array<std::string_view>({"max", "on", "exit_codes", "delay"});
constexpr auto concurrency_keys = std::to_array<std::string_view>({"group", "limit", "on_conflict"});
constexpr auto resources_keys = std::to_array<std::string_view>({"memory", "cpu"});
constexpr auto checkout_keys = std::to_array<std::string_view>({"url", "ref", "depth", "submodules", "lfs", "path"});

void read_retry(const Field& field, Retry& to, Problems& problems) {
  if (field.node->kind == Node::Kind::integer || field.node->kind == Node::Kind::number) {
    read_integer(field, to.max, 0, limits::retry_max, problems);
    return;
  }
  const MapReader map(field, {retry_keys}, problems);
  if (const auto max = map.find("max")) read_integer(*max, to.max, 0, limits::retry_max, problems);
  if (const auto delay = map.find("delay")) read_duration(*delay, to.delay_ms, 0, limits::retry_delay_ms_max, problems);
  if (const auto on = map.find("on")) {
    to.on.clear();
    for (const Field& cause : read_items(*on, retry_causes.size(), problems))
      read_choice(cause, to.on.emplace_back(), retry_causes, problems);
  }
  const auto codes = map.find("exit_codes");
  if (!codes) return;
  read_integers(*codes, to.exit_codes, 1, 255, limits::exit_codes_max, problems);
  if (std::ranges::find(to.on, "exit") == to.on.end())
    codes->fail(problems, "is only used with \"exit\" in retry.on: add it");
}

void read_resources(const Field& field, Resources& to, Problems& problems) {
  const MapReader map(field, {resources_keys}, problems);
  if (const auto memory = map.find("memory"))
    read_size(*memory, to.memory_bytes.emplace(), limits::memory_bytes_min, limits::memory_bytes_max, problems);
  if (const auto cpu = map.find("cpu")) read_number(*cpu, to.cpu.emplace(), limits::cpu_min, limits::cpu_max, problems);
}

void read_checkout(const Field& field, std::optional<Checkout>& to, Problems& problems) {
  if (field.node->kind == Node::Kind::boolean) {
    if (field.node->boolean)
      field.fail(problems, "must be a map with the url to check out: this job belongs to no repository");
    return;
  }
  Checkout& checkout = to.emplace();
  const MapReader map(field, {checkout_keys}, problems);
  if (const auto url = map.require("url")) read_string(*url, checkout.url, problems, check_git_url);
  if (const auto ref = map.find("ref")) read_string(*ref, checkout.ref, problems, check_git_ref);
  if (const auto depth = map.find("depth"))
    read_integer(*depth, checkout.depth, 0, limits::depth_of_checkout_max, problems);
  if (const auto submodules = map.find("submodules"))
    read_boolean(*submodules, checkout.submodules.emplace(), problems);
  if (const auto lfs = map.find("lfs")) read_boolean(*lfs, checkout.lfs.emplace(), problems);
  if (const auto path = map.find("path")) read_string(*path, checkout.path.emplace(), problems, check_checkout_path);
}

void read_job(const Field& job, JobSpec& spec, Problems& problems) {
  const MapReader map(job, {job_keys, planned_job_keys}, problems);
  spec.name = "job";
  read_job_keys(map, spec, problems);
  if (const auto checkout = map.find("checkout")) read_checkout(*checkout, spec.checkout, problems);
  if (const auto secrets = map.find("secrets")) read_secrets(*secrets, spec.secrets.emplace(), problems);
  if (const auto steps = map.require("steps")) {
    read_steps(*steps, spec.steps, problems);
    read_conditions(*steps, spec, problems);
  }
  if (map.is_map()) check_together(job, spec, problems);
}

}  // namespace

void read_job_keys(const MapReader& map, JobSpec& spec, Problems& problems) {
  if (const auto name = map.find("name")) read_string(*name, spec.name, problems, check_name);
  if (const auto image = map.find("image")) read_string(*image, spec.image, problems, check_image);
  if (const auto pull = map.find("pull")) read_pull(*pull, spec.pull, problems);
  if (const auto executor = map.find("executor")) read_choice(*executor, spec.executor, executors, problems);
  if (const auto shell = map.find("shell")) read_choice(*shell, spec.shell, shells, problems);
  if (const auto env = map.find("env")) read_env(*env, spec.env, problems);
  if (const auto labels = map.find("runs_on"))
    read_strings(*labels, spec.runs_on, limits::labels_max, problems, check_label);
  if (const auto timeout = map.find("timeout"))
    read_duration(*timeout, spec.timeout_ms, 1, limits::timeout_ms_max, problems);
  if (const auto retry = map.find("retry")) read_retry(*retry, spec.retry, problems);
  if (const auto services = map.find("services")) read_services(*services, spec.services, problems);
  if (const auto priority = map.find("priority"))
    read_integer(*priority, spec.priority, -limits::priority_max, limits::priority_max, problems);
  if (const auto concurrency = map.find("concurrency")) read_concurrency(*concurrency, spec.concurrency, problems);
  if (const auto network = map.find("network")) read_choice(*network, spec.network, networks, problems);
  if (const auto resources = map.find("resources")) read_resources(*resources, spec.resources, problems);
}

void read_concurrency(const Field& field, std::optional<Concurrency>& to, Problems& problems) {
  Concurrency& concurrency = to.emplace();
  if (field.node->kind == Node::Kind::string) {
    read_string(field, concurrency.group, problems, check_name);
    return;
  }
  const MapReader map(field, {concurrency_keys}, problems);
  if (const auto group = map.require("group")) read_string(*group, concurrency.group, problems, check_name);
  if (const auto limit = map.find("limit"))
    read_integer(*limit, concurrency.limit, 1, limits::concurrency_max, problems);
  if (const auto choice = map.find("on_conflict"))
    read_choice(*choice, concurrency.on_conflict, conflict_choices, problems);
}

void read_pull(const Field& field, std::optional<std::string>& to, Problems& problems) {
  read_choice(field, to.emplace(), pulls, problems);
}

Result<JobSpec> decode_job(const Node& document) {
  JobSpec spec;
  Problems problems;
  read_job(Field{&document, ""}, spec, problems);
  if (!problems.empty()) return invalid_fields(problems.take_fields());
  return spec;
}

Result<JobSpec> parse_job(std::string_view text, Format format) {
  const Result<NodePtr> document = format == Format::json ? compose_json(text) : compose_yaml(text);
  if (!document) return std::unexpected(document.error());
  return decode_job(**document);
}

std::vector<std::string_view> known_job_keys() {
  return {job_keys.begin(), job_keys.end()};
}

}  // namespace open_cicd::pipelines
