// Pipeline files: read, checked, planned; and the patterns in them.
#include "base/globs.h"
#include "base/json.h"
#include "fuzz/fuzz.h"
#include "workflows/planner.h"
#include "workflows/words.h"

#include <set>
#include <string>

namespace open_cicd {
namespace {

workflows::Source fuzzed_source(std::string_view text) {
  // A template of itself: what `uses` reads is as hostile as the file.
  return {.text = std::string(text),
          .read_file = [text](const std::string&) -> std::optional<std::string> { return std::string(text); }};
}

// What is wrong says where; what is valid can be planned for the events that its expressions allow.
FUZZ_TARGET(workflow_yaml) {
  const workflows::Verdict verdict = workflows::lint(fuzzed_source(bytes));
  REQUIRE(verdict.valid == verdict.errors.empty());
  for (const workflows::Finding& finding : verdict.errors) REQUIRE(!finding.message.empty());
}

// A plan has each job once and behind its needs, is read back as it is written, and is the same twice.
FUZZ_TARGET(planner) {
  fuzz::Choices choices(bytes);
  workflows::Claim claim;
  const std::size_t event = choices.up_to(workflows::event_words.size());
  if (event < workflows::event_words.size()) claim.event = workflows::event_words[event];
  if (choices.up_to(1) == 1) claim.changed = std::vector<std::string>{"src/a.c", "docs/b.md"};
  const workflows::Source source = fuzzed_source(choices.rest());
  const auto plan = make_plan(source, workflows::claimed_event(claim), {{"target", "prod"}});
  if (!plan) {
    REQUIRE(!plan.error().empty());
    return;
  }
  std::set<std::string> keys, jobs;
  for (const workflows::PlannedJob& job : plan->jobs) {
    REQUIRE(keys.insert(job.key).second);
    for (const workflows::PlannedNeed& need : job.needs) REQUIRE(need.optional || jobs.contains(need.job));
    jobs.insert(job.job);
  }
  const std::string text = plan_text(*plan);
  REQUIRE(plan_text(json::read_own<workflows::Plan>(text)) == text);
  REQUIRE(plan_text(*make_plan(source, workflows::claimed_event(claim), {{"target", "prod"}})) == text);
}

// The same rules, written so that they are seen to be right: it tries everything.
bool tries(std::string_view pattern, std::string_view text, bool at_part) {
  if (pattern.empty()) return text.empty();
  const char c = pattern.front();
  if (c == '*') {
    const std::size_t stars = std::min(pattern.find_first_not_of('*'), pattern.size());
    const std::string_view rest = pattern.substr(stars);
    if (stars > 1 && at_part && rest.starts_with('/')) {
      if (tries(rest.substr(1), text, true)) return true;
      for (std::size_t i = 0; i < text.size(); ++i)
        if (text[i] == '/' && tries(rest.substr(1), text.substr(i + 1), true)) return true;
      return false;
    }
    for (std::size_t i = 0; i <= text.size(); ++i) {
      if (tries(rest, text.substr(i), false)) return true;
      if (i < text.size() && stars == 1 && text[i] == '/') return false;
    }
    return false;
  }
  if (text.empty()) return false;
  if (c == '?' ? text.front() == '/' : c != text.front()) return false;
  return tries(pattern.substr(1), text.substr(1), c == '/');
}

FUZZ_TARGET(globs) {
  wrong_pattern(bytes);
  constexpr std::string_view pattern_letters = "ab/*?", text_letters = "ab/";
  constexpr std::size_t length_max = 10;
  fuzz::Choices choices(bytes);
  const std::size_t pattern_length = choices.up_to(length_max), text_length = choices.up_to(length_max);
  std::string pattern, text;
  while (pattern.size() < pattern_length) pattern += pattern_letters[choices.up_to(pattern_letters.size() - 1)];
  while (text.size() < text_length) text += text_letters[choices.up_to(text_letters.size() - 1)];
  const auto glob = Glob::parse(pattern);
  if (glob) REQUIRE(glob->matches(text) == tries(pattern, text, true));
}

}  // namespace
}  // namespace open_cicd
