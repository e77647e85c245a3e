#include "sim/pipeline.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace open_cicd::sim {
namespace {

struct Draft {
  std::string name;
  std::vector<std::string> needs = {};
  bool is_matrix = false;
  bool cleans_up = false;
  bool has_outputs = false;
};

std::vector<Draft> chain(Random& random) {
  std::vector<Draft> jobs{{.name = "a"}};
  for (std::int64_t more = random.between(1, 3); more > 0; --more) {
    const std::string before = jobs.back().name;
    jobs.push_back({.name = std::string(1, static_cast<char>(before[0] + 1)), .needs = {before}});
  }
  return jobs;
}

std::vector<Draft> diamond(Random&) {
  return {
      {.name = "a"}, {.name = "b", .needs = {"a"}}, {.name = "c", .needs = {"a"}}, {.name = "d", .needs = {"b", "c"}}};
}

std::vector<Draft> fan_in(Random& random) {
  std::vector<Draft> jobs{{.name = "a"}, {.name = "b"}};
  if (random.chance(0.4)) jobs.push_back({.name = "c"});
  Draft last{.name = "d"};
  for (const Draft& job : jobs) last.needs.push_back(job.name);
  jobs.push_back(std::move(last));
  return jobs;
}

std::vector<Draft> fan_out(Random& random) {
  std::vector<Draft> jobs{{.name = "a"}, {.name = "b", .needs = {"a"}}, {.name = "c", .needs = {"a"}}};
  if (random.chance(0.4)) jobs.push_back({.name = "d", .needs = {"a"}});
  return jobs;
}

std::vector<Draft> matrix(Random& random) {
  std::vector<Draft> jobs;
  const bool behind = random.chance(0.4);
  if (behind) jobs.push_back({.name = "a"});
  jobs.push_back({.name = "m", .is_matrix = true});
  if (behind) jobs.back().needs = {"a"};
  if (random.chance(0.6)) jobs.push_back({.name = "z", .needs = {"m"}});
  return jobs;
}

std::vector<Draft> loose(Random&) {
  return {{.name = "a"}, {.name = "b"}};
}

constexpr std::array shapes{chain, diamond, fan_in, fan_out, matrix, matrix, loose};

std::string needs_of(Random& random, const Draft& job) {
  std::string list;
  for (const std::string& need : job.needs) {
    const bool any_result = random.chance(0.08);
    list += list.empty() ? "" : ",";
    list += any_result ? fmt::format(R"({{"job":"{}","result":["succeeded","failed"]}})", need)
                       : fmt::format(R"("{}")", need);
  }
  if (random.chance(0.04)) list += R"(,{"job":"absent","optional":true})";
  return fmt::format(R"(,"needs":[{}])", list);
}

// Values of what it needs: one that is always known, and one that is an error when no output was written.
std::string env_of(Random& random, const Draft& job, const std::vector<Draft>& all) {
  std::string env;
  for (const Draft& need : all) {
    if (!need.has_outputs || std::ranges::count(job.needs, need.name) == 0) continue;
    const auto add = [&](std::string_view kind, std::string_view value) {
      env += fmt::format(R"({}"{}_{}":"${{{{ {} }}}}")", env.empty() ? "" : ",", kind, need.name, value);
    };
    const std::string output = fmt::format("needs.{}.outputs.v", need.name);
    if (random.chance(0.8)) add("GOT", fmt::format("default({}, 'nothing')", output));
    if (random.chance(0.4)) add("MUST", fmt::format("from_json(default({}, 'no JSON'))", output));
  }
  return env.empty() ? "" : fmt::format(R"(,"env":{{{}}})", env);
}

std::string condition_of(Random& random, const Draft& job) {
  static constexpr std::array clean{"always()", "always()", "cancelled()", "success() || cancelled()",
                                    "always() && failure()"};
  static constexpr std::array any{"always()",
                                  "failure()",
                                  "success() || failure()",
                                  "always() && !failure()",
                                  "event.name == 'api'",
                                  "event.name == 'push'"};
  if (job.cleans_up) return fmt::format(R"(,"if":"{}")", random.pick(clean));
  if (!random.chance(0.2)) return {};
  return fmt::format(R"(,"if":"{}")", random.pick(any));
}

std::string group_of(Random& random, std::string_view name, bool conflicts) {
  static constexpr std::array ways{"queue", "queue", "replace_pending", "cancel_running"};
  const std::int64_t limit = random.between(1, 2);  // a group has the same limit everywhere
  const std::string_view way = conflicts ? random.pick(ways) : ways[0];
  return fmt::format(R"(,"concurrency":{{"group":"{}-{}","limit":{},"on_conflict":"{}"}})", name, limit, limit, way);
}

std::string matrix_of(Random& random) {
  std::string more;
  if (random.chance(0.6)) more += fmt::format(R"(,"max_parallel":{})", random.between(1, 2));
  if (random.chance(0.5)) more += R"(,"fail_fast":false)";
  return fmt::format(R"(,"matrix":{{"leg":{}{}}})", random.chance(0.5) ? R"(["x","y"])" : R"(["x","y","z"])", more);
}

std::string job_text(Random& random, const Draft& job, const std::vector<Draft>& all, const PipelineTraits& traits) {
  std::string text = fmt::format(R"("{}":{{"executor":"shell","checkout":false)", job.name);
  if (!job.needs.empty()) text += needs_of(random, job);
  text += condition_of(random, job);
  text += env_of(random, job, all);
  if (job.is_matrix) text += matrix_of(random);
  if (job.has_outputs) text += R"(,"outputs":["v"])";
  if (random.chance(0.15))
    text += random.chance(0.5) ? R"(,"allow_failure":true)" : R"(,"allow_failure":{"exit_codes":[1,2,3,4]})";
  if (random.chance(0.4))
    text += fmt::format(R"(,"retry":{{"max":{},"on":["agent_lost","exit","timeout"],"delay":"{}s"}})",
                        random.between(0, 2), random.between(0, 3));
  if (random.chance(0.15)) text += fmt::format(R"(,"timeout":"{}s")", random.between(5, 40));
  if (random.chance(0.15)) text += fmt::format(R"(,"priority":{})", random.between(-3, 3));
  if (random.chance(0.1)) text += R"(,"runs_on":["gpu"])";
  if (random.chance(traits.exclusive / 2)) text += group_of(random, "slot", true);
  std::string steps = make_step(
      random,
      {.lines_max = 2, .long_steps = traits.long_steps, .writes_output = job.has_outputs && random.chance(0.8)});
  if (random.chance(0.25)) steps += "," + make_step(random, {.lines_max = 1, .long_steps = 0});
  return text + fmt::format(R"(,"steps":[{}]}})", steps);
}

}  // namespace

std::string make_step(Random& random, const StepTraits& traits) {
  std::string lines;
  const auto add = [&](std::string_view command, std::int64_t number) {
    lines += fmt::format(R"({}"{} {}")", lines.empty() ? "" : ",", command, number);
  };
  for (std::int64_t i = random.between(1, traits.lines_max); i > 0; --i) {
    if (random.chance(0.8)) add("print", random.between(1, 400));
    add("sleep", random.chance(traits.long_steps) ? random.between(10'000, 90'000) : random.between(100, 8'000));
  }
  if (traits.writes_output) add("output", random.between(0, 999));
  if (random.chance(0.12)) add("exit", random.between(1, 9));
  if (random.chance(0.12)) add("fail_once", random.between(1, 9));
  return fmt::format(R"({{"run":[{}]}})", lines);
}

Pipeline make_pipeline(Random& random, const std::string& name, const PipelineTraits& traits) {
  std::vector<Draft> jobs = random.pick(shapes)(random);
  for (Draft& job : jobs) job.has_outputs = random.chance(0.5);
  if (random.chance(0.35)) {
    Draft last{.name = "clean", .cleans_up = true};
    const bool after_all = random.chance(0.5);
    for (const Draft& job : jobs)
      if (after_all || &job == &jobs.back()) last.needs.push_back(job.name);
    jobs.push_back(std::move(last));
  }
  Pipeline made{.text = fmt::format(R"({{"name":"{}")", name)};
  if (random.chance(traits.exclusive)) made.text += group_of(random, "line", true);
  std::string texts;
  for (const Draft& job : jobs) {
    made.names.push_back(job.name);
    texts += (texts.empty() ? "" : ",\n ") + job_text(random, job, jobs, traits);
  }
  made.text += fmt::format(",\"jobs\":{{\n {}}}}}", texts);
  return made;
}

}  // namespace open_cicd::sim
