// Whether what is told of a ref was told already: webhooks come late, twice and in any order, and a poll sees where a
// ref is, but not what led it there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace open_cicd::repositories {

// A ref went from one commit to another; nothing stands for a ref that is not there.
struct Move {
  std::string source;                   // webhook, poll, schedule, redelivery
  std::optional<std::string> from, to;  // commits
  std::string digest;                   // of the body
  std::optional<std::string> webhook;   // of a poll: the digest of the webhook that told the same later
  std::int64_t received_at = 0;         // Unix milliseconds
  std::optional<std::int64_t> seen_at;  // of a new poll: when it began to look, Unix milliseconds
};

enum class Verdict {
  known,      // it is `earlier[of]`
  claims,     // it is the poll `earlier[of]`, which is this webhook's from now on
  unsettled,  // a poll that something overtook: the next one sees better
};

struct Repeat {
  Verdict verdict;
  std::size_t of = 0;
};

// `earlier` of the same ref, the newest first; they were received in any order. Nothing when `move` is new. In doubt it
// is new: a run too many is better than a push without one.
std::optional<Repeat> repeat_of(const Move& move, std::span<const Move> earlier);

}  // namespace open_cicd::repositories
