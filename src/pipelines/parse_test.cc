#include "pipelines/parse.h"

#include "base/json.h"
#include "pipelines/limits.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <ostream>

namespace open_cicd::pipelines {
namespace {

JobSpec parsed(std::string_view text, Format format = Format::yaml) {
  auto job = parse_job(text, format);
  if (job) return *job;
  for (const FieldError& field : job.error().fields())
    ADD_FAILURE() << field.line << ":" << field.column << " " << field.path << ": " << field.message;
  ADD_FAILURE() << job.error().message();
  return {};
}

std::vector<FieldError> errors_of(std::string_view text, Format format = Format::yaml) {
  const auto job = parse_job(text, format);
  if (job) {
    ADD_FAILURE() << "was accepted: " << text.substr(0, 200);
    return {};
  }
  return job.error().fields();
}

TEST(ParseJob, SmallestJobGetsItsDefaults) {
  const JobSpec job = parsed("steps: [{run: echo hello}]\n");
  EXPECT_EQ(job.name, "job");
  EXPECT_EQ(job.executor, "sandbox");
  EXPECT_EQ(job.timeout_ms, 3'600'000);
  EXPECT_EQ(job.retry.max, 2);
  EXPECT_EQ(job.retry.on, (std::vector<std::string>{"agent_lost", "image_pull"}));
  EXPECT_EQ(job.network, "default");
  ASSERT_EQ(job.steps.size(), 1u);
  EXPECT_EQ(job.steps[0].name, "echo hello");
  EXPECT_EQ(job.steps[0].run, std::vector<std::string>{"echo hello"});
  EXPECT_FALSE(job.checkout);
}

constexpr std::string_view full_job = R"(name: build and test
image: gcc:14
shell: bash
env: &env
  CI_LEVEL: 3
  VERSION: 1.20
  DEBUG: true
  EMPTY: ""
runs_on: [linux, "arch=amd64"]
timeout: 1h30m
retry: {max: 3, on: [agent_lost, exit], exit_codes: [75], delay: 5s}
services:
  db:
    image: postgres:17
    env: {POSTGRES_PASSWORD: x}
    ports: 5432
    ready: {tcp: 5432, timeout: 90s}
priority: -5
concurrency: {group: deploy, limit: 2, on_conflict: cancel_running}
network: default
resources: {memory: 512Mi, cpu: 1.5}
checkout: {url: "https://example.com/a/b.git", ref: main, depth: 0}
steps:
  - name: compile
    run: |
      cmake -B build
      cmake --build build
    timeout: 500ms
    workdir: src
  - run: [make check, "# done"]
    image: ghcr.io/owner/tool:1.2@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
    env: {<<: *env, EXTRA: "1"}
    allow_failure: true
)";

TEST(ParseJob, EveryKey) {
  const JobSpec job = parsed(full_job);
  EXPECT_EQ(
      json::write_text(job),
      R"({"name":"build and test","executor":"docker","image":"gcc:14","shell":"bash",)"
      R"("env":{"CI_LEVEL":"3","DEBUG":"true","EMPTY":"","VERSION":"1.20"},"runs_on":["linux","arch=amd64"],)"
      R"("timeout_ms":5400000,"retry":{"max":3,"on":["agent_lost","exit"],"exit_codes":[75],"delay_ms":5000},)"
      R"("services":[{"name":"db","image":"postgres:17","env":{"POSTGRES_PASSWORD":"x"},"command":[],"ports":[5432],)"
      R"("ready":{"tcp":5432,"cmd":[],"timeout_ms":90000}}],"priority":-5,)"
      R"("concurrency":{"group":"deploy","limit":2,"on_conflict":"cancel_running"},"network":"default",)"
      R"("resources":{"memory_bytes":536870912,"cpu":1.5E0},)"
      R"("checkout":{"url":"https://example.com/a/b.git","ref":"main","depth":0},)"
      R"("steps":[{"name":"compile","run":["cmake -B build\ncmake --build build"],"shell":"","image":"","env":{},"workdir":"src",)"
      R"("timeout_ms":500,"allow_failure":false},{"name":"make check","run":["make check","# done"],"shell":"",)"
      R"("image":"ghcr.io/owner/tool:1.2@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",)"
      R"("env":{"CI_LEVEL":"3","DEBUG":"true","EMPTY":"","EXTRA":"1","VERSION":"1.20"},"workdir":"","allow_failure":true}]})");
}

TEST(ParseJob, PullIsOfTheJobOfAStepAndOfAService) {
  const JobSpec job = parsed(
      "image: a\npull: missing\nsteps: [{run: a}, {run: b, pull: always}]\n"
      "services: {db: {image: b, pull: auto}, web: {image: c}}\n");
  EXPECT_EQ(job.pull, "missing");
  EXPECT_EQ(job.steps[0].pull, std::nullopt);
  EXPECT_EQ(job.steps[1].pull, "always");
  EXPECT_EQ(job.services[0].pull, "auto");
  EXPECT_EQ(job.services[1].pull, std::nullopt);
}

TEST(ParseJob, JsonSaysTheSameAsYaml) {
  const std::string_view text = R"({"name": "x", "image": "debian:12", "env": {"A": 1, "B": false, "C": 1.5},
                                    "steps": [{"run": ["a", "b"]}, {"run": "c"}]})";
  EXPECT_EQ(json::write_text(parsed(text, Format::json)), json::write_text(parsed(text, Format::yaml)));
}

TEST(ParseJob, ResolvedSpecReadsBackFromItsJson) {
  const JobSpec job = parsed(full_job);
  const auto again = json::read_text<JobSpec>(json::write_text(job), json::Unknown::reject);
  ASSERT_TRUE(again) << again.error().message();
  EXPECT_EQ(json::write_text(*again), json::write_text(job));
}

TEST(ParseJob, ASizeIsWholeHoweverItIsWritten) {
  for (const std::string size : {"8388608", "8388608.0", "8Mi"})
    EXPECT_EQ(parsed(fmt::format("resources: {{memory: {}}}\nsteps: [{{run: a}}]", size)).resources.memory_bytes,
              8388608)
        << size;
}

TEST(ParseJob, ExecutorFollowsFromImages) {
  EXPECT_EQ(parsed("steps: [{run: a}]").executor, "sandbox");
  EXPECT_EQ(parsed("image: debian\nsteps: [{run: a}]").executor, "docker");
  EXPECT_EQ(parsed("steps: [{run: a, image: debian}]").executor, "docker");
  EXPECT_EQ(parsed("executor: shell\nsteps: [{run: a}]").executor, "shell");
}

TEST(ParseJob, StepsAreNamedAfterTheirFirstCommand) {
  const JobSpec job = parsed(R"(steps:
  - run: |
      # a comment

        make -j2
      true
  - run: "# nothing to do"
  - run: "printf '\x1b[31m'"
  - run: ")" + std::string(100, 'x') +
                             "\"\n");
  EXPECT_EQ(job.steps[0].name, "make -j2");
  EXPECT_EQ(job.steps[1].name, "step 2");
  EXPECT_EQ(job.steps[2].name, "step 3");
  EXPECT_EQ(job.steps[3].name, std::string(60, 'x'));
}

TEST(ParseJob, AScalarMayStandForAList) {
  const JobSpec job = parsed("runs_on: linux\nretry: {on: exit, exit_codes: 3}\nsteps: {run: a}\n");
  EXPECT_EQ(job.runs_on, std::vector<std::string>{"linux"});
  EXPECT_EQ(job.retry.exit_codes, std::vector<int>{3});
  EXPECT_EQ(job.steps.size(), 1u);
}

TEST(ParseJob, RetryZeroMeansNever) {
  EXPECT_EQ(parsed("retry: 0\nsteps: [{run: a}]").retry.max, 0);
}

struct Refusal {
  std::string text;
  std::string path;
  int line;
  int column;
  std::string message;  // a part of it
};
void PrintTo(const Refusal& refusal, std::ostream* out) {
  *out << refusal.text.substr(0, 80);
}

class ParseJobRefuses : public testing::TestWithParam<Refusal> {};

TEST_P(ParseJobRefuses, WithPathLineAndColumn) {
  const auto errors = errors_of(GetParam().text);
  ASSERT_EQ(errors.size(), 1u) << (errors.size() > 1 ? errors[1].path + ": " + errors[1].message : "");
  EXPECT_EQ(errors[0].path, GetParam().path);
  EXPECT_EQ(errors[0].line, GetParam().line);
  EXPECT_EQ(errors[0].column, GetParam().column);
  EXPECT_TRUE(errors[0].message.contains(GetParam().message)) << errors[0].message;
}

std::string with(std::string_view line) {
  return "steps: [{run: a}]\n" + std::string(line) + "\n";
}
std::string step(std::string_view more) {
  return "steps:\n  - run: a\n    " + std::string(more) + "\n";
}

INSTANTIATE_TEST_SUITE_P(Shapes, ParseJobRefuses,
                         testing::ValuesIn(std::vector<Refusal>{
                             {"", "", 0, 0, "must be a map with name,"},
                             {"- a\n", "", 1, 1, "must be a map"},
                             {"name: x\n", "steps", 1, 1, "is required"},
                             {"steps: []\n", "steps", 1, 8, "at least one step"},
                             {"steps:\n", "steps", 1, 7, "must be a list, not nothing"},
                             {"steps: [{}]\n", "steps[0].run", 1, 9, "is required"},
                             {"steps: [a]\n", "steps[0]", 1, 9, "must be a map with name, id, if, run, shell, image"},
                             {with("tiemout: 3m"), "tiemout", 2, 1, "is not a known key. Did you mean \"timeout\"?"},
                             {with("zzz: 1"), "zzz", 2, 1, "is not a known key"},
                             {with("needs: [a]"), "needs", 2, 1, "is not supported here yet"},
                             {with("matrix: {a: [1]}"), "matrix", 2, 1, "is not supported here yet"},
                             {with("on: push"), "on", 2, 1, "is not supported here yet"},
                             {step("uses: x"), "steps[0].uses", 3, 5, "is not supported here yet"},
                             {step("if: {a: b}"), "steps[0].if", 3, 9, "must be an expression, not a map"},
                             {step("if: allways()"), "steps[0].if", 3, 9, "Did you mean \"always\"?"},
                             {step("if: git.branch == 'main'"), "steps[0].if", 3, 9, "belongs to no run"},
                             {step("if: steps.later.outcome == 'failed'"), "steps[0].if", 3, 9, "later"},
                             {step("env: {A: \"${{ steps.a.outputs.b }}\"}"), "steps[0].env.A", 3, 14, "a"},
                             {step("env: {A: \"${{ 1 + }}\"}"), "steps[0].env.A", 3, 14, ""},
                             {step("env: {A: [\"${{ 1 }}\"]}"), "steps[0].env.A", 3, 14, "must be a string"},
                             {step("id: a b"), "steps[0].id", 3, 9, "is not a name"},
                             {"steps: [{run: a, id: x}, {run: b, id: x}]", "steps[1].id", 1, 39, "stands twice: \"x\""},
                             {step("Image: x"), "steps[0].Image", 3, 5, "Did you mean \"image\"?"}}));

INSTANTIATE_TEST_SUITE_P(
    Values, ParseJobRefuses,
    testing::ValuesIn(std::vector<Refusal>{
        {with("name: 12"), "name", 2, 7, "must be a string: write \"12\", with quotes"},
        {with("name:"), "name", 2, 6, "must be a string"},
        {with("name: \"\""), "name", 2, 7, "must not be empty"},
        {with("name: \"a\\eb\""), "name", 2, 7, "control characters"},
        {with("name: \"a\\u202eb\""), "name", 2, 7, "control characters"},
        {with("name: " + std::string(201, 'x')), "name", 2, 7, "at most 200 characters"},
        {with("timeout: 30"), "timeout", 2, 10, "needs a unit: write a duration such as 30m"},
        {with("timeout: soon"), "timeout", 2, 10, "must be a duration such as 30m"},
        {with("timeout: 0s"), "timeout", 2, 10, "must be from 1ms to 7d"},
        {with("timeout: 8d"), "timeout", 2, 10, "must be from 1ms to 7d"},
        {with("executor: dokcer"), "executor", 2, 11,
         "must be one of docker, sandbox, shell, dummy. Did you mean \"docker\"?"},
        {with("executor: true"), "executor", 2, 11, "must be one of docker"},
        {with("priority: 101"), "priority", 2, 11, "from -100 to 100"},
        {with("priority: high"), "priority", 2, 11, "from -100 to 100"},
        {with("shell: bahs"), "shell", 2, 8, "must be one of sh, bash. Did you mean \"bash\"?"},
        {"image: a\npull: sometimes\nsteps: [{run: a}]", "pull", 2, 7, "must be one of auto, missing, always"},
        {"image: a\npull: true\nsteps: [{run: a}]", "pull", 2, 7, "must be one of auto, missing, always"},
        {"image: a\nsteps: [{run: a, pull: alway}]", "steps[0].pull", 2, 24, "Did you mean \"always\"?"},
        {"pull: always\nsteps: [{run: a}]", "pull", 1, 7, "needs the docker executor, not sandbox"},
        {"steps: [{run: a, pull: auto}]", "steps[0].pull", 1, 24, "needs the docker executor, not sandbox"},
        {with("network: host"), "network", 2, 10, "must be one of default, none"},
        {with("retry: 11"), "retry", 2, 8, "from 0 to 10"},
        {with("retry: often"), "retry", 2, 8, "must be a map with max"},
        {with("retry: {on: [always]}"), "retry.on[0]", 2, 14, "must be one of agent_lost"},
        {with("retry: {exit_codes: [1]}"), "retry.exit_codes", 2, 21, "is only used with \"exit\""},
        {with("retry: {on: exit, exit_codes: [0]}"), "retry.exit_codes[0]", 2, 32, "from 1 to 255"},
        {with("runs_on: [\"a b\"]"), "runs_on[0]", 2, 11, "must be a label"},
        {with("runs_on: [-x]"), "runs_on[0]", 2, 11, "must be a label"},
        {with("concurrency: {limit: 1}"), "concurrency.group", 2, 14, "is required"},
        {with("resources: {memory: 8388608.5}"), "resources.memory", 2, 21, "must be a size such as 512Mi"},
        {with("resources: {memory: lots}"), "resources.memory", 2, 21, "must be a size such as 512Mi"},
        {with("resources: {memory: 1k}"), "resources.memory", 2, 21, "from 8Mi"},
        {with("resources: {cpu: .nan}"), "resources.cpu", 2, 18, "from 0.01 to 1024"},
        {with("resources: {gpu: 1}"), "resources.gpu", 2, 13, "is not a known key"},
        {with("timeout-minutes: 3"), "timeout-minutes", 2, 1, "is not a known key. Here it is \"timeout\"."},
        {step("working-directory: a"), "steps[0].working-directory", 3, 5,
         "is not a known key. Here it is \"workdir\"."},
        {with("image: \"-v\""), "image", 2, 8, "is not an image reference"},
        {with("image: \"a b\""), "image", 2, 8, "is not an image reference"},
        {with("env: [a]"), "env", 2, 6, "must be a map of names to values"},
        {with("env: {1A: x}"), "env.1A", 2, 7, "is not a name for a variable"},
        {with("env: {A-B: x}"), "env.A-B", 2, 7, "is not a name for a variable"},
        {with("env: {A: }"), "env.A", 2, 10, "must have a value"},
        {with("env: {A: [1]}"), "env.A", 2, 10, "must be a string, not a list"},
        {with("env: {A: \"a\\0b\"}"), "env.A", 2, 10, "NUL"},
        {with("env: {A: " + std::string(65'537, 'x') + "}"), "env.A", 2, 10, "at most 65536 bytes"},
        {with("env: {A: \"${{ b }}\"}"), "env.A", 2, 10, "must not hold ${{ }}: write the value itself"}}));

INSTANTIATE_TEST_SUITE_P(
    Steps, ParseJobRefuses,
    testing::ValuesIn(std::vector<Refusal>{
        {"steps: [{run: ''}]", "steps[0].run", 1, 15, "must not be empty"},
        {"steps: [{run: []}]", "steps[0].run", 1, 15, "at least one command"},
        {"steps: [{run: [a, 1]}]", "steps[0].run[1]", 1, 19, "must be a string: write \"1\""},
        {"steps: [{run: \"echo ${{ x }}\"}]", "steps[0].run", 1, 15, "put the value under \"env\""},
        {"steps: [{run: \"a\\0\"}]", "steps[0].run", 1, 15, "NUL"},
        {step("allow_failure: yes"), "steps[0].allow_failure", 3, 20, "must be true or false, not a string"},
        {step("allow_failure: {exit_codes: [1]}"), "steps[0].allow_failure", 3, 20, "must be true or false"},
        {step("shell: zsh"), "steps[0].shell", 3, 12, "must be one of sh, bash"},
        {step("timeout: 5"), "steps[0].timeout", 3, 14, "needs a unit"}}));

INSTANTIATE_TEST_SUITE_P(B13_WorkdirStaysInTheWorkspace, ParseJobRefuses,
                         testing::ValuesIn(std::vector<Refusal>{
                             {step("workdir: /"), "steps[0].workdir", 3, 14, "relative"},
                             {step("workdir: /proc/self/fd/7"), "steps[0].workdir", 3, 14, "relative"},
                             {step("workdir: ../.."), "steps[0].workdir", 3, 14, "must not leave"},
                             {step("workdir: a/../../b"), "steps[0].workdir", 3, 14, "must not leave"},
                             {step("workdir: a/.."), "steps[0].workdir", 3, 14, "must not leave"},
                             {step("workdir: \"a\\nb\""), "steps[0].workdir", 3, 14, "control"}}));

TEST(ParseJob, StepsSpeakOfThoseBeforeThem) {
  const JobSpec job = parsed(R"(
steps:
  - {id: build, run: make}
  - run: echo
    if: ${{ steps.build.outcome == 'failed' || failure() }}
    env: {V: "v${{ steps.build.outputs.version }}", FIXED: "1"}
  - {run: rm, if: true}
)");
  ASSERT_EQ(job.steps.size(), 3U);
  EXPECT_EQ(job.steps[0].id, "build");
  EXPECT_EQ(job.steps[0].condition, std::nullopt);
  EXPECT_EQ(job.steps[1].condition, "steps.build.outcome == 'failed' || failure()");
  EXPECT_EQ(job.steps[1].env, (std::map<std::string, std::string>{{"FIXED", "1"}}));
  ASSERT_TRUE(job.steps[1].late);
  EXPECT_EQ(job.steps[1].late->at(0).path, "env.V");
  EXPECT_EQ(job.steps[1].late->at(0).text, "v${{ steps.build.outputs.version }}");
  EXPECT_EQ(job.steps[2].condition, "true");
}

TEST(ParseJob, B14_NoKeyGivesAStepMoreRights) {
  for (const char* key :
       {"privileged", "cap_add",     "devices",       "security_opt", "pid",     "ipc",        "uts",  "userns",
        "volumes",    "mounts",      "cgroup_parent", "sysctls",      "runtime", "tmpfs",      "user", "options",
        "ulimits",    "extra_hosts", "network_mode",  "group_add",    "init",    "docker_args"}) {
    for (const std::string& text : {with(std::string(key) + ": true"), step(std::string(key) + ": host"),
                                    with("services: {db: {image: a, " + std::string(key) + ": [\"/:/host\"]}}")}) {
      const auto errors = errors_of(text);
      EXPECT_TRUE(std::ranges::any_of(errors, [&](const auto& error) { return error.path.ends_with(key); })) << text;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Together, ParseJobRefuses,
    testing::ValuesIn(std::vector<Refusal>{
        {"executor: docker\nsteps: [{run: a}]", "steps[0].image", 2, 9, "is required: with docker"},
        {"executor: docker\nsteps: {run: a}", "steps.image", 2, 8, "is required: with docker"},
        {"steps: [{run: a, image: b}, {run: c}]", "steps[1].image", 1, 29, "is required: with docker"},
        {"executor: shell\nimage: a\nsteps: [{run: a}]", "image", 2, 8, "needs the docker executor, not shell"},
        {"executor: sandbox\nsteps: [{run: a, image: b}]", "steps[0].image", 2, 25, "needs the docker executor"},
        {"executor: sandbox\nservices: {db: {image: a}}\nsteps: [{run: a}]", "services", 2, 11,
         "needs the docker executor"},
        {"executor: shell\nnetwork: none\nsteps: [{run: a}]", "network", 2, 10, "needs docker or sandbox"},
        {"image: a\nnetwork: none\nservices: {db: {image: a}}\nsteps: [{run: a}]", "network", 2, 10,
         "must be default"}}));

// `count` variables of 64 KiB, by an alias: the text itself is small.
std::string large_env(std::string_view prefix, int count, std::string_view indent) {
  std::string text;
  for (int i = 0; i < count; ++i) text += fmt::format("{}{}{}: *large\n", indent, prefix, i);
  return text;
}

TEST(ParseJob, WhatAProgramIsStartedWithHasALimitInAll) {
  const std::string head =
      "env:\n  A: &large \"" + std::string(limits::value_bytes_max - 100, 'x') + "\"\n" + large_env("J", 7, "  ");
  const auto job = [&](const std::string& rest) { return head + rest; };
  parsed(job("steps: [{run: a}]"));
  parsed(job("steps:\n  - run: a\n    env:\n" + large_env("J", 7, "      ") + large_env("S", 8, "      ")));
  const auto refused = [&](const std::string& text, std::string_view path) {
    const auto errors = errors_of(text);
    ASSERT_EQ(errors.size(), 1u) << path;
    EXPECT_EQ(errors[0].path, path);
    EXPECT_TRUE(errors[0].message.contains("a program can be started with at most 1048576")) << errors[0].message;
  };
  refused(job(large_env("K", 9, "  ") + "steps: [{run: a}]"), "env");
  refused(job("steps:\n  - run: a\n  - run: b\n    env:\n" + large_env("S", 9, "      ")), "steps[1].env");
  const std::string docker = job("image: a\nsteps: [{run: a}]\nservices:\n  db:\n    image: b\n");
  refused(docker + "    env:\n" + large_env("D", 17, "      "), "services.db.env");
  std::string words;
  for (int i = 0; i < 17; ++i) words += ", *large";
  refused(docker + "    command: [sh" + words + "]\n", "services.db.command");
  refused(docker + "    ready: {cmd: [sh" + words + "]}\n", "services.db.ready.cmd");
}

TEST(ParseJob, ShellIsOfTheJobUnlessTheStepHasItsOwn) {
  const JobSpec plain = parsed("steps: [{run: a}]");
  EXPECT_EQ(plain.shell, "sh");
  EXPECT_EQ(plain.steps[0].shell, "");
  const JobSpec job = parsed("shell: bash\nsteps: [{run: a}, {run: b, shell: sh}]");
  EXPECT_EQ(job.shell, "bash");
  EXPECT_EQ(job.steps[1].shell, "sh");
}

TEST(ParseJob, AJobThatWasStoredWithoutAShellIsRead) {
  boost::json::value stored = json::write(parsed("steps: [{run: a}]"));
  stored.as_object().erase("shell");
  stored.as_object().at("steps").as_array()[0].as_object().erase("shell");
  const auto job = json::read<JobSpec>(stored, json::Unknown::ignore);
  ASSERT_TRUE(job) << job.error().message();
  EXPECT_EQ(job->shell, "sh");
}

std::string service(std::string_view text) {
  return "image: a\nsteps: [{run: a}]\nservices:\n  " + std::string(text) + "\n";
}

INSTANTIATE_TEST_SUITE_P(
    Services, ParseJobRefuses,
    testing::ValuesIn(std::vector<Refusal>{
        {service("Db: {image: a}"), "services.Db", 4, 3, "is not a host name"},
        {service("localhost: {image: a}"), "services.localhost", 4, 3, "is not a host name"},
        {service("db: postgres"), "services.db", 4, 7, "must be a map with image"},
        {service("db: {}"), "services.db.image", 4, 7, "is required"},
        {service("db: {image: a, ports: [0]}"), "services.db.ports[0]", 4, 26, "from 1 to 65535"},
        {service("db: {image: a, command: a b}"), "services.db.command", 4, 27, "must be a list of words"},
        {service("db: {image: a, pull: [auto]}"), "services.db.pull", 4, 24, "must be one of auto, missing, always"},
        {service("db: {image: a, ready: {}}"), "services.db.ready", 4, 25, "exactly one of"},
        {service("db: {image: a, ready: {tcp: 1, log: x}}"), "services.db.ready", 4, 25, "exactly one of"},
        {service("db: {image: a, ready: {http: /x}}"), "services.db.ready.http", 4, 32, "a port and a path"}}));

INSTANTIATE_TEST_SUITE_P(
    Checkout, ParseJobRefuses,
    testing::ValuesIn(std::vector<Refusal>{
        {with("checkout: true"), "checkout", 2, 11, "must be a map with the url"},
        {with("checkout: {}"), "checkout.url", 2, 11, "is required"},
        {with("checkout: {url: \"ext::sh -c id\"}"), "checkout.url", 2, 17, "must be a git remote"},
        {with("checkout: {url: \"https://a/b\", submodules: all}"), "checkout.submodules", 2, 44, "true or false"},
        {with("checkout: {url: \"https://a/b\", path: /usr/bin}"), "checkout.path", 2, 38, "must be relative"},
        {with("checkout: {url: \"https://a/b\", path: a/../../b}"), "checkout.path", 2, 38, "must not leave"},
        {with("checkout: {url: \"https://a/b\", path: a/.GIT/hooks}"), "checkout.path", 2, 38, "git's own"},
        {with("checkout: {url: \"https://a/b\", ref: \"--upload-pack=x\"}"), "checkout.ref", 2, 37, "must be a branch"},
        {with("checkout: {url: \"https://a/b\", ref: 1234567}"), "checkout.ref", 2, 37,
         "write \"1234567\", with quotes"},
        {with("checkout: {url: \"https://a/b\", depth: -1}"), "checkout.depth", 2, 39, "from 0"}}));

TEST(ParseJob, SecretsAreNamesOrVariablesAndNames) {
  const auto spec = parse_job(with("secrets: [TOKEN, KEY]"), Format::yaml);
  ASSERT_TRUE(spec);
  EXPECT_EQ(spec->secrets, (std::map<std::string, std::string>{{"KEY", "KEY"}, {"TOKEN", "TOKEN"}}));
  const auto step = parse_job("steps: [{run: a, secrets: {DEPLOY: KEY}}]", Format::yaml);
  ASSERT_TRUE(step);
  EXPECT_FALSE(step->secrets);
  EXPECT_EQ(step->steps[0].secrets, (std::map<std::string, std::string>{{"DEPLOY", "KEY"}}));
}

INSTANTIATE_TEST_SUITE_P(Secrets, ParseJobRefuses,
                         testing::ValuesIn(std::vector<Refusal>{
                             {with("secrets: [a-b]"), "secrets[0]", 2, 11, "is not a name for a variable"},
                             {with("secrets: {A: \"b c\"}"), "secrets.A", 2, 14, "is not a name for a variable"},
                             {with("secrets: {1A: B}"), "secrets.1A", 2, 11, "is not a name for a variable"}}));

TEST(ParseJob, ReportsAllErrorsInTheOrderOfTheText) {
  const auto errors =
      errors_of("timeout: 5\nimage: b\nsteps:\n  - run: a\n    imgae: x\n  - image: 3\npriority: a\nfoo: 1\n");
  ASSERT_EQ(errors.size(), 6u);
  EXPECT_EQ(errors[0].path, "timeout");
  EXPECT_EQ(errors[1].path, "steps[0].imgae");
  EXPECT_EQ(errors[2].path, "steps[1].run");
  EXPECT_EQ(errors[3].path, "steps[1].image");
  EXPECT_EQ(errors[4].path, "priority");
  EXPECT_EQ(errors[5].path, "foo");
  EXPECT_EQ(errors[3].line, 6);
}

TEST(ParseJob, CountsTheErrorsThatItLeavesOut) {
  std::string text = "steps: [{run: a}]\n";
  for (int i = 0; i < 250; ++i) text += "zzzzzz" + std::to_string(i) + ": 1\n";
  const auto errors = errors_of(text);
  ASSERT_EQ(errors.size(), 101u);
  EXPECT_EQ(errors.back().message, "150 more errors are not shown");
}

TEST(ParseJob, JsonErrorsHaveAPathAndNoLine) {
  const auto errors = errors_of(R"({"steps": [{"run": 5}], "foo": null})", Format::json);
  ASSERT_EQ(errors.size(), 2u);
  EXPECT_EQ(errors[0].path, "foo");
  EXPECT_EQ(errors[1].path, "steps[0].run");
  EXPECT_EQ(errors[1].line, 0);
}

TEST(ParseJob, LimitsOfCounts) {
  std::string steps = "steps:\n";
  for (int i = 0; i < 200; ++i) steps += "  - run: a\n";
  EXPECT_EQ(parsed(steps).steps.size(), 200u);
  EXPECT_TRUE(errors_of(steps + "  - run: a\n")[0].message.contains("at most 200 entries, not 201"));

  std::string env = "steps: [{run: a}]\nenv:\n";
  for (int i = 0; i < 256; ++i) env += "  A" + std::to_string(i) + ": x\n";
  EXPECT_EQ(parsed(env).env.size(), 256u);
  EXPECT_TRUE(errors_of(env + "  B: x\n")[0].message.contains("at most 256"));
}

TEST(ParseJob, KnownKeysAreThoseOfTheContract) {
  const auto keys = known_job_keys();
  for (const std::string_view key :
       {"name", "image", "executor", "env", "steps", "runs_on", "timeout", "retry", "services", "priority",
        "concurrency", "network", "resources", "checkout", "shell", "pull", "secrets"})
    EXPECT_NE(std::ranges::find(keys, key), keys.end()) << key;
  EXPECT_EQ(keys.size(), 17u);
}

}  // namespace
}  // namespace open_cicd::pipelines
