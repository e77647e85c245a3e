// The planner alone: a pipeline of 1,000 jobs, and lint of a file of 1,000 lines, each beside libyaml reading the same
// text and doing nothing with it.
//   plan_bench [ROUNDS]
#include "client/row.h"
#include "workflows/planner.h"

#include <fmt/format.h>
#include <yaml.h>

#include <chrono>
#include <cstdlib>
#include <stdexcept>

namespace open_cicd {
namespace {

using Clock = std::chrono::steady_clock;

template <class F>
double milliseconds_of(F work) {
  const auto start = Clock::now();
  work();
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

// A chain of builds, each with an expression, as a generator would write it.
std::string thousand_jobs() {
  std::string text = "defaults: {image: 'gcc:14', timeout: 20m}\nenv: {CI_MODE: full}\njobs:\n";
  for (int i = 0; i < 1000; ++i) {
    text += fmt::format("  job{}:\n", i);
    if (i > 0) text += fmt::format("    needs: [job{}]\n", (i - 1) / 2);
    text += fmt::format(
        "    env: {{PART: '{}', BRANCH: '${{{{ git.branch }}}}'}}\n    steps:\n      - run: make part\n", i);
  }
  return text;
}

std::string thousand_lines() {
  std::string text = "on: {push: {branches: [main]}}\njobs:\n";
  for (int i = 0; i < 100; ++i)
    text += fmt::format(
        "  job{}:\n    image: gcc:14\n    if: git.branch == 'main'\n    env:\n      PART: '{}'\n"
        "      SHA: ${{{{ git.sha }}}}\n    steps:\n      - name: Build\n        run: make\n      - run: make test\n",
        i, i);
  return text;
}

void read_alone(const std::string& text) {
  yaml_parser_t parser;
  yaml_parser_initialize(&parser);
  yaml_parser_set_input_string(&parser, reinterpret_cast<const unsigned char*>(text.data()), text.size());
  for (bool more = true; more;) {
    yaml_event_t event;
    if (yaml_parser_parse(&parser, &event) == 0) throw std::runtime_error("libyaml refuses the text");
    more = event.type != YAML_STREAM_END_EVENT;
    yaml_event_delete(&event);
  }
  yaml_parser_delete(&parser);
}

void plan(const std::string& text, bool print) {
  const auto made = workflows::make_plan(workflows::Source{.text = text}, workflows::claimed_event({}), {});
  if (!made) throw std::runtime_error(made.error().front().message);
  if (print && plan_text(*made).empty()) throw std::runtime_error("the plan is empty");
}

int run(int rounds) {
  const std::string jobs = thousand_jobs(), lines = thousand_lines();
  std::vector<double> bare_jobs, planned, printed, bare_lines, linted;
  for (int i = 0; i < rounds; ++i) {
    bare_jobs.push_back(milliseconds_of([&] { read_alone(jobs); }));
    planned.push_back(milliseconds_of([&] { plan(jobs, false); }));
    printed.push_back(milliseconds_of([&] { plan(jobs, true); }));
    bare_lines.push_back(milliseconds_of([&] { read_alone(lines); }));
    linted.push_back(milliseconds_of([&] {
      if (!workflows::lint(workflows::Source{.text = lines}).valid) throw std::runtime_error("the file is not valid");
    }));
  }
  bench::emit("plan.thousand", planned, bare_jobs);
  bench::emit("plan.printed", printed, bare_jobs);
  bench::emit("plan.lint", linted, bare_lines);
  return 0;
}

}  // namespace
}  // namespace open_cicd

int main(int count, char** arguments) {
  return open_cicd::run(count > 1 ? std::max(1, std::atoi(arguments[1])) : 30);
}
