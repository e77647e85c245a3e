// What happened at a forge, whichever it was: the same for a webhook and for who asks the forge. Values; everything
// that people wrote is data, and only numeric ids say who somebody is or which repository is meant.
#pragma once

#include "base/error.h"
#include "base/json_rules.h"
#include "pipelines/rules.h"
#include "workflows/event.h"

#include <boost/describe.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace open_cicd::scm {

enum class Kind : std::uint8_t { push, tag, branch_deleted, tag_deleted, change, ping, ignored };
inline constexpr std::array<std::string_view, 7> kind_names{"push",   "tag",  "branch_deleted", "tag_deleted",
                                                            "change", "ping", "ignored"};
constexpr std::string_view name_of(Kind kind) {
  return kind_names[static_cast<std::size_t>(kind)];
}
constexpr bool parse_name(std::string_view name, Kind& kind) {
  const auto found = std::ranges::find(kind_names, name);
  if (found == kind_names.end()) return false;
  kind = static_cast<Kind>(found - kind_names.begin());
  return true;
}

struct Account {
  std::int64_t id = 0;
  std::string login;  // may be given to somebody else tomorrow
  bool operator==(const Account&) const = default;
};
BOOST_DESCRIBE_STRUCT(Account, (), (id, login))

struct Repository {
  std::int64_t id = 0;
  std::string full_name;
  std::string default_branch;  // empty: it has none yet
  bool operator==(const Repository&) const = default;
};
BOOST_DESCRIBE_STRUCT(Repository, (), (id, full_name, default_branch))

struct Change {  // a pull or merge request
  std::int64_t number = 0;
  std::string title, source_branch, target_branch;
  // Its commits come from another repository; also when that one is gone, and nobody can say.
  bool is_fork = true;
  std::optional<std::int64_t> source_repository;  // its id
  bool draft = false;
  std::vector<std::string> labels;
  std::optional<std::int64_t> author_id;   // who opened it
  std::optional<std::string> association;  // of that one with the repository, in GitHub's words
  std::optional<std::string> base_sha;     // of the target branch
  bool retargeted = false;                 // its target branch is another one than before
  bool operator==(const Change&) const = default;
};
BOOST_DESCRIBE_STRUCT(Change, (),
                      (number, title, source_branch, target_branch, is_fork, source_repository, draft, labels,
                       author_id, association, base_sha, retargeted))

struct Happening {
  Kind kind = Kind::ignored;
  std::string why;                    // of what is ignored
  std::optional<std::string> action;  // of a change: one of workflows::change_types
  std::string ref;                    // in full
  std::optional<std::string> before;  // none: the ref was created, or nobody said
  std::optional<std::string> after;   // none: it is gone; of an annotated tag its object
  std::string sha;                    // the commit to run
  std::optional<bool> forced;         // none: the forge does not say, git can
  std::string message;                // of that commit, as far as the forge told it
  std::string author;                 // as the commit claims: for people, never for a decision
  std::optional<Account> sender;
  std::optional<Repository> repository;  // of what is not ignored, only a ping may lack one
  std::optional<Change> change;
  std::string event_key;  // the same for a webhook and for a poll that saw the same
  bool operator==(const Happening&) const = default;
};
BOOST_DESCRIBE_STRUCT(Happening, (),
                      (kind, why, action, ref, before, after, sha, forced, message, author, sender, repository, change,
                       event_key))

Happening ignored(std::string why);
// Which of push, tag and their deletions it is comes from the ref and from hashes of zeros.
void set_push(Happening& to, std::string ref, std::string before, std::string after);
// Cuts what people only read, and refuses what git or a decision could stumble over: ErrorKind::invalid with every
// field. Fills event_key.
Result<Happening> checked(Happening from);

// What a plan is made for; nothing for what starts no run. Files that changed are left for git to say.
std::optional<workflows::Event> event_of(const Happening&);

using pipelines::is_sha;
bool is_zero_sha(std::string_view);  // that means: none

}  // namespace open_cicd::scm

namespace open_cicd::json {

template <>
struct RulesOf<scm::Happening> {
  static constexpr std::array rules{Rule{.member = "kind", .words = scm::kind_names}};
};

}  // namespace open_cicd::json
