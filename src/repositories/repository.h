// A repository that the server knows. A value, as its row.
#pragma once

#include "base/id.h"

#include <boost/describe.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace open_cicd::repositories {

// Whose changes from forks wait for an approval: those of people who contribute for the first time, everybody's, or
// nobody's.
inline constexpr std::array<std::string_view, 3> trust_words{"first_time", "everybody", "nobody"};
// Of the webhook at the forge. off: none is wanted, or the forge has none.
inline constexpr std::array<std::string_view, 3> webhook_words{"registered", "failed", "off"};

struct Repository {
  RepositoryId id;
  std::int64_t seq = 0;
  std::string forge;                     // github, gitlab, gitea, git
  std::string forge_url;                 // of its web pages; empty: plain git
  std::optional<std::int64_t> forge_id;  // the forge's number of it
  std::string full_name;
  std::string clone_url;
  std::string default_branch;  // empty: it has no commits yet
  bool is_public = false;
  bool has_token = false;
  std::vector<std::string> pipeline_paths;  // files, and folders that end with "/"
  std::vector<std::string> protected_refs;  // in full
  std::vector<std::string> templates_for;   // full names of others that may use its templates; "*": all
  std::string trust;
  bool active = true;
  std::string webhook_state;
  std::optional<std::string> webhook_error;
  std::int64_t poll_ms = 0;  // 0: it is not polled
  std::int64_t polled_at = 0;
  std::optional<std::string> poll_error;
  std::int64_t poll_failures = 0;
  std::optional<std::string> status_error;  // why its forge could not be told how a run stands
  std::int64_t version = 1;
  std::string created_by;
  std::int64_t created_at = 0;

  bool is_http() const { return clone_url.starts_with("https://") || clone_url.starts_with("http://"); }
};
BOOST_DESCRIBE_STRUCT(Repository, (),
                      (id, seq, forge, forge_url, forge_id, full_name, clone_url, default_branch, is_public, has_token,
                       pipeline_paths, protected_refs, templates_for, trust, active, webhook_state, webhook_error,
                       poll_ms, polled_at, poll_error, poll_failures, status_error, version, created_by, created_at))

}  // namespace open_cicd::repositories
