// What waits: in which order, why, and until when.
#pragma once

#include "agents/agents.h"
#include "agents/dispatcher.h"
#include "base/asio.h"
#include "base/clock.h"
#include "base/error.h"
#include "db/db.h"
#include "jobs/jobs.h"
#include "queue/forecast.h"

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace open_cicd::queue {

// The limits of what a forecast looks at, so that it takes some milliseconds however long the queue is.
struct QueueSettings {
  Milliseconds fresh_for{200};    // a forecast is used again within it,
  Milliseconds stale_for{2'000};  // and this long by those who ask while another one is made
  int queued_max = 1'000;         // jobs, the first of the queue; later ones have no estimate
  int blocked_max = 1'000;        // the oldest
  int agents_max = 2'000;
  std::size_t usual_max = 10'000;   // kinds of jobs of which it is remembered how long they take
  int usual_asked_max = 50;         // that are looked up for one forecast; the next looks up others
  Milliseconds usual_for{60'000};   // until it is looked up again
  Milliseconds unusual_for{1'000};  // the same, of one that has not succeeded yet
};

// Where a list goes on. Queued jobs that may be offered come first, in the order of offers; then those that wait for
// something else, the oldest first.
struct Cursor {
  bool offered = true;
  int priority = 0;  // of offered ones
  std::int64_t seq = 0;
};
std::string text_of(const Cursor& cursor);
std::optional<Cursor> parse_cursor(std::string_view text);

struct QueueItem {
  jobs::Job job;
  Outlook outlook;
};
struct QueuePage {
  std::vector<QueueItem> jobs;
  std::optional<Cursor> next;
};

// `reason` of a job as it stands in the database, with what is known of agents at the moment.
std::optional<std::string> told_reason(const std::optional<std::string>& reason, const Outlook* outlook);

struct QueueRow;  // of a job, in queue.cc

// Thread-safe.
class Queue {
 public:
  Queue(QueueSettings settings, db::Session& db, const Clock& clock, jobs::Jobs& jobs, agents::Dispatcher& dispatcher,
        agents::Agents& agents)
      : settings_(settings), db_(db), clock_(clock), jobs_(jobs), dispatcher_(dispatcher), agents_(agents) {}

  Task<QueuePage> list(int limit, std::optional<Cursor> after);
  // Of the jobs that wait: those of which nothing is known are not in it.
  Task<std::shared_ptr<const Forecast>> outlooks();

 private:
  using Kind = std::pair<std::string, std::string>;  // pipeline, key
  struct Usual {
    std::optional<std::int64_t> ms;
    Milliseconds asked{};
  };
  Task<Picture> look();
  Task<void> add_usual(std::vector<QueueRow*> rows);
  Task<std::vector<jobs::Job>> offered(std::optional<Cursor> after, std::size_t most, std::optional<Cursor>& next);
  Task<std::vector<jobs::Job>> not_offered(std::int64_t after, std::size_t most, std::optional<Cursor>& next);

  const QueueSettings settings_;
  db::Session& db_;
  const Clock& clock_;
  jobs::Jobs& jobs_;
  agents::Dispatcher& dispatcher_;
  agents::Agents& agents_;

  std::mutex mutex_;
  std::shared_ptr<const Forecast> forecast_;
  Milliseconds forecast_at_{};
  bool looking_ = false;  // somebody makes the next one
  std::map<Kind, Usual> usual_;
};

}  // namespace open_cicd::queue
