// What a plan is made for. Pure data: whoever makes it has asked git or a forge before.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace open_cicd::workflows {

struct Change {  // a pull or merge request
  std::int64_t number = 0;
  std::string title, source_branch, target_branch;
  bool is_fork = false, draft = false;
  std::vector<std::string> labels;
};

struct Event {
  std::string name;  // push, pull_request, tag, schedule, manual, api
  // Someone asked for a run and named no event: `on` need not list it, and filters do not apply.
  bool own_trigger = false;
  std::optional<std::string> action;
  std::string actor;
  std::optional<std::string> branch;  // that was pushed; never of a pull request or a tag
  std::optional<std::string> tag;
  std::string ref, sha;
  std::optional<std::string> base_sha;
  std::string message, author, default_branch;
  std::optional<std::vector<std::string>> changed;  // files; none: not known, so no filter looks at them
  std::optional<Change> change;
  std::string repository;  // full name
};

// An event as someone claims it, for a plan that nothing runs: what was not said has a value that shows it, the same
// everywhere ("main", "v1.0.0", a sha of zeros).
struct Claim {
  std::string event;  // empty: none was named, so someone asks for a run by the API
  std::optional<std::string> branch, tag;
  std::optional<std::vector<std::string>> changed;
};
Event claimed_event(const Claim& claim);

using InputTexts = std::map<std::string, std::string>;  // as given on a command line, in a query or a form

}  // namespace open_cicd::workflows
