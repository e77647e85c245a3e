#include "repositories/repeats.h"

#include "repositories/limits.h"

#include <algorithm>
#include <vector>

namespace open_cicd::repositories {
namespace {

enum class Lead { nowhere, to_start, to_end };

// Follows the moves backwards from where one begins: whether they lead to one of these two commits.
Lead lead_back(std::optional<std::string> at, const std::optional<std::string>& start,
               const std::optional<std::string>& end, std::span<const Move> moves) {
  std::vector<bool> used(moves.size());
  for (;;) {
    std::size_t next = 0;
    while (next < moves.size() && (used[next] || moves[next].to != at)) ++next;
    if (next == moves.size()) return Lead::nowhere;
    used[next] = true;
    at = moves[next].from;
    if (at == start) return Lead::to_start;
    if (at == end) return Lead::to_end;
  }
}

// A webhook happened after the poll `earlier[at]` if what was told since leads from where the poll ended to where the
// webhook begins.
bool is_after(const Move& webhook, std::size_t at, std::span<const Move> earlier) {
  const Move& poll = earlier[at];
  if (std::ranges::find(earlier.first(at), webhook.from, &Move::to) == earlier.first(at).end()) return false;
  std::vector<Move> others(earlier.begin(), earlier.end());
  others.erase(others.begin() + static_cast<std::ptrdiff_t>(at));
  return lead_back(webhook.from, poll.from, poll.to, others) == Lead::to_end;
}

std::optional<Repeat> of_webhook(const Move& webhook, std::span<const Move> earlier) {
  if (earlier.front().source == "webhook" && earlier.front().digest == webhook.digest) return Repeat{Verdict::known, 0};
  for (std::size_t i = 0; i < earlier.size(); ++i) {
    const Move& poll = earlier[i];
    if (poll.source != "poll" || poll.to != webhook.to) continue;
    if (poll.webhook == webhook.digest) return Repeat{Verdict::known, i};
    const bool in_time = webhook.received_at - poll.received_at <= limits::webhook_late_max.count();
    if (!poll.webhook && in_time && !is_after(webhook, i, earlier)) return Repeat{Verdict::claims, i};
  }
  return std::nullopt;
}

std::optional<Repeat> of_poll(const Move& poll, std::span<const Move> earlier) {
  const auto ends_here = [&](const Move& one) { return one.to == poll.to; };
  const auto came = std::ranges::count_if(earlier, ends_here);
  const auto left = std::ranges::count(earlier, poll.to, &Move::from);
  const std::size_t last_poll = std::ranges::find(earlier, poll.from, &Move::to) - earlier.begin();
  // It came there once more than it left, so that it is there is known; if that was after what the poll before this
  // one saw.
  for (std::size_t i = 0; i < earlier.size() && came > left; ++i)
    if (ends_here(earlier[i]) && (i < last_poll || earlier[i].from == poll.from ||
                                  lead_back(earlier[i].from, poll.from, poll.to, earlier) == Lead::to_start))
      return Repeat{Verdict::known, i};
  if (poll.seen_at && earlier.front().received_at >= *poll.seen_at) return Repeat{Verdict::unsettled, 0};
  return std::nullopt;
}

}  // namespace

std::optional<Repeat> repeat_of(const Move& move, std::span<const Move> earlier) {
  if (earlier.empty()) return std::nullopt;
  if (move.source == "webhook") return of_webhook(move, earlier);
  return move.source == "poll" ? of_poll(move, earlier) : std::nullopt;
}

}  // namespace open_cicd::repositories
