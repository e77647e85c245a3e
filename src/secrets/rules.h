// What a secret may be, and who may have it.
#pragma once

#include "base/error.h"
#include "base/json_rules.h"
#include "base/secret.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace open_cicd::secrets {

inline constexpr std::array<std::string_view, 6> event_names{"api",  "manual",   "pull_request",
                                                             "push", "schedule", "tag"};

// It becomes a variable of the same name.
bool is_secret_name(std::string_view);
inline constexpr json::Form name_form{is_secret_name, "must be letters, digits and _, and must not begin with a digit",
                                      "^[A-Za-z_][A-Za-z0-9_]*$"};

// What a secret is limited to. Each list that is empty allows everything.
struct Limits {
  std::vector<std::string> events;    // "push", …
  std::vector<std::string> branches;  // patterns as in a pipeline's filters, the last one that matches decides
  std::vector<std::string> images;    // the same, of an image's whole name
  bool only_protected = false;        // runs of refs that the repository names as protected

  bool operator==(const Limits&) const = default;
};

// Who asks. What it is for was decided before by whoever asks, from the real trigger: a fork's run asks for nothing.
struct Use {
  std::string scope;                       // of the run's repository; "": it has none
  std::string event;                       // the real one
  std::optional<std::string> branch = {};  // none: a tag, a change
  std::optional<std::string> image = {};   // none: the step runs on the agent itself
  bool is_protected = false;               // the run is of a ref that the repository names as protected
  // What was asked for is not what the repository holds, so nothing that depends on its events or branches is given.
  bool modified = false;
};

// Error: invalid, with every wrong field. A value that no log could hide, as it is too short or stands in all of them,
// is none.
Result<void> check_new_secret(std::string_view name, const Secret& value, const Limits& limits);

// Nothing when `use` may have it; else what it is limited to: "event", "branch", "protected" or "image".
std::optional<std::string_view> refused_by(const Limits& limits, const Use& use);

}  // namespace open_cicd::secrets
