// Who is told when a run has ended, and of which ends. Pure.
#pragma once

#include "base/error.h"
#include "base/id.h"

#include <boost/describe.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace open_cicd {
using NotificationId = Id<struct NotificationTag>;
}

namespace open_cicd::notifications {

inline constexpr std::array<std::string_view, 2> kind_words{"webhook", "email"};
// always: of each end. failure: when the run failed. change: when it ended otherwise than the one before.
inline constexpr std::array<std::string_view, 3> on_words{"always", "failure", "change"};
inline constexpr std::array<std::string_view, 6> event_words{"api",  "manual",   "pull_request",
                                                             "push", "schedule", "tag"};

// A value, as its row.
struct Target {
  NotificationId id;
  std::string repository_id;           // empty: of the server, which hears of all repositories
  std::string kind;                    // one of kind_words
  std::string url;                     // of a webhook
  std::vector<std::string> addresses;  // of e-mail
  std::vector<std::string> branches;   // patterns, the last one that matches decides; empty: any, and none at all
  std::vector<std::string> events;     // empty: any
  std::string told_on;                 // one of on_words
  std::string created_by;
  std::int64_t created_at = 0;
  std::int64_t version = 1;
  std::optional<std::string> last_error;  // of the last message, if it could not be sent
  std::optional<std::int64_t> last_sent_at;
};
BOOST_DESCRIBE_STRUCT(Target, (),
                      (id, repository_id, kind, url, addresses, branches, events, told_on, created_by, created_at,
                       version, last_error, last_sent_at))

// Error: invalid, with every wrong field of what somebody asks for.
Result<void> check_target(const Target& target);

// How a round of a run ended.
struct End {
  std::string state;
  std::optional<std::string> previous_state;  // none: there was no run before
  std::string event;
  std::optional<std::string> branch;
};

// Where nothing was before, a success is no change and everything else is. A run that was skipped is none.
bool wants(const Target& target, const End& end);

// An address that no header and no SMTP command reads otherwise: "name@host", of printable ASCII without spaces,
// quotes, brackets, commas and the like.
bool is_mail_address(std::string_view text);

}  // namespace open_cicd::notifications
