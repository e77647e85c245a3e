// One job of the pipeline language, resolved: defaults filled in, durations in milliseconds, lists where a scalar was
// allowed. This struct is the `spec` of the agent protocol: what the server stores, the agent runs and anyone may read
// as JSON.
#pragma once

#include <boost/describe.hpp>
#include <boost/json/object.hpp>

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace open_cicd::pipelines {

struct Ready {                      // how to tell that a service can be used; the first one given counts
  std::optional<int> tcp;           // a port that accepts
  std::optional<std::string> http;  // ":8080/health": 2xx or 3xx
  std::vector<std::string> cmd;     // exits 0 inside the service's container
  std::optional<std::string> log;   // a text that its output contains
  std::int64_t timeout_ms = 60'000;
};
BOOST_DESCRIBE_STRUCT(Ready, (), (tcp, http, cmd, log, timeout_ms))

struct Service {
  std::string name;  // its host name on the job's network
  std::string image;
  std::map<std::string, std::string> env;
  std::vector<std::string> command;  // empty: the image's own
  std::vector<int> ports;  // without `ready`: it is ready when all of them accept; reachable by name, never published
  std::optional<Ready> ready;
  std::optional<std::string> pull;  // as in the job; none: the job's
};
BOOST_DESCRIBE_STRUCT(Service, (), (name, image, env, command, ports, ready, pull))

// A value of a step that is known only before the step: the agent evaluates it and puts it where `path` says.
struct LateValue {
  std::string path;  // "env.VERSION", "with.tag"
  std::string text;  // "${{ steps.build.outputs.version }}"
};
BOOST_DESCRIBE_STRUCT(LateValue, (), (path, text))

struct Step {
  std::string name;                        // default: "step N" or the first words of its first command
  std::vector<std::string> run;            // lines of a script for its shell; each is also a line of the script
  std::string shell;                       // sh, bash: the job's unless the step has its own
  std::string image;                       // docker: the job's unless the step has its own
  std::map<std::string, std::string> env;  // the job's env is not merged in; the step's wins
  std::string workdir;                     // relative to the workspace, never outside it; "" is the workspace
  std::optional<std::int64_t> timeout_ms;
  bool allow_failure = false;                              // its failure does not fail the job
  std::optional<std::string> pull;                         // as in the job; none: the job's
  std::optional<std::string> id;                           // what steps.ID calls it
  std::optional<std::string> condition;                    // its `if`, evaluated before it; none: success()
  std::optional<boost::json::object> skipped;              // {"code", "facts"}: the plan knows that its `if` is false
  std::optional<std::vector<LateValue>> late;              // in the order of the file
  std::optional<std::vector<int>> allowed_exit_codes;      // with these its failure does not fail the job either
  std::optional<std::string> uses;                         // instead of `run`: a plugin's image, with its own program
  std::optional<std::map<std::string, std::string>> with;  // for the plugin, by the names that the file has
  std::optional<std::string> user;                         // docker: a name or number; none: the image's own
  std::optional<std::vector<std::string>> entrypoint;      // docker: the program to start instead of a shell
  std::optional<bool> background;  // the next step starts at once; ended when the others have ended
  std::optional<bool> privileged;  // docker: for images on the agent's own list
  std::optional<std::map<std::string, std::string>> secrets;  // names of secrets by the variable that gets its value

  // Jobs of an earlier version are stored without it.
  static constexpr auto json_optional = std::to_array<std::string_view>({"shell"});
};
BOOST_DESCRIBE_STRUCT(Step, (),
                      (name, run, shell, image, env, workdir, timeout_ms, allow_failure, pull, id, condition, skipped,
                       late, allowed_exit_codes, uses, with, user, entrypoint, background, privileged, secrets))

struct Retry {
  int max = 2;                                                 // attempts beyond the first, 0 … 10
  std::vector<std::string> on = {"agent_lost", "image_pull"};  // agent_lost, image_pull, timeout, exit
  std::vector<int> exit_codes;                                 // with `exit`: only these; empty: any
  std::int64_t delay_ms = 0;
};
BOOST_DESCRIBE_STRUCT(Retry, (), (max, on, exit_codes, delay_ms))

struct Concurrency {
  std::string group;
  int limit = 1;
  std::string on_conflict = "queue";  // queue, replace_pending, cancel_running
};
BOOST_DESCRIBE_STRUCT(Concurrency, (), (group, limit, on_conflict))

struct Checkout {
  std::string url;
  std::string ref;                  // branch, tag or commit; "" is the remote's HEAD
  int depth = 1;                    // 0: the whole history
  std::optional<bool> submodules;   // those of the repository itself, not theirs
  std::optional<bool> lfs;          // the files of Git LFS
  std::optional<std::string> path;  // a folder of the workspace to check out into
};
BOOST_DESCRIBE_STRUCT(Checkout, (), (url, ref, depth, submodules, lfs, path))

struct Resources {
  std::optional<std::int64_t> memory_bytes;
  std::optional<double> cpu;  // cores
};
BOOST_DESCRIBE_STRUCT(Resources, (), (memory_bytes, cpu))

struct JobSpec {
  std::string name;
  std::string executor;  // docker, sandbox, shell, dummy; default docker when an image is set, else sandbox
  std::string image;
  std::string shell = "sh";         // sh: `sh -e`; bash: `bash -e -o pipefail`
  std::optional<std::string> pull;  // whether the registry is asked: auto, missing, always; none: auto
  std::map<std::string, std::string> env;
  std::vector<std::string> runs_on;  // "key" or "key=value", all must match
  std::int64_t timeout_ms = 3'600'000;
  Retry retry;
  std::vector<Service> services;
  int priority = 0;  // -100 … 100, higher first
  std::optional<Concurrency> concurrency;
  std::string network = "default";  // default, none
  Resources resources;
  std::optional<Checkout> checkout;
  std::vector<Step> steps;                          // 1 … 200
  std::optional<std::vector<std::string>> outputs;  // names that its steps write to $CI_OUTPUT
  // What the expressions of the steps speak of beside `env` and `steps`, by the context's name: event, git, needs, …
  std::optional<boost::json::object> contexts;
  std::optional<std::map<std::string, std::string>> secrets;  // of every step, as in the step

  // Jobs of an earlier version are stored without it.
  static constexpr auto json_optional = std::to_array<std::string_view>({"shell"});
};
BOOST_DESCRIBE_STRUCT(JobSpec, (),
                      (name, executor, image, pull, shell, env, runs_on, timeout_ms, retry, services, priority,
                       concurrency, network, resources, checkout, steps, outputs, contexts, secrets))

}  // namespace open_cicd::pipelines
