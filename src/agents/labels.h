// Labels of an agent and whether a job's `runs_on` matches them.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace open_cicd::agents {

using Labels = std::map<std::string, std::string>;

// `wanted` is "key" (any value) or "key=value".
inline bool has_label(const Labels& labels, std::string_view wanted) {
  const std::size_t equals = wanted.find('=');
  const auto found = labels.find(std::string(wanted.substr(0, equals)));
  if (found == labels.end()) return false;
  return equals == std::string_view::npos || found->second == wanted.substr(equals + 1);
}

inline bool fits(const Labels& labels, const std::vector<std::string>& executors,
                 const std::vector<std::string>& runs_on, std::string_view executor) {
  return std::ranges::find(executors, executor) != executors.end() &&
         std::ranges::all_of(runs_on, [&](const std::string& wanted) { return has_label(labels, wanted); });
}

}  // namespace open_cicd::agents
