// Logs as lines: their index, some of them, and which have a text. What takes time runs on the pool, in pieces of a
// segment, so that many readers share it with those who write.
#pragma once

#include "base/places.h"
#include "logs/line_pages.h"
#include "logs/line_search.h"
#include "logs/store.h"

namespace open_cicd::logs {

// Thread-safe; coroutines run on the caller's serial executor. The contracts are those of Logs.
class Lines {
 public:
  explicit Lines(Store& store) : store_(store) {}

  Task<LogIndex> index(AttemptId id, AttemptStanding standing);
  Task<LinePage> read(AttemptId id, int step, AttemptStanding standing, std::int64_t from, std::int64_t count);
  Task<Result<SearchPage>> search(AttemptId id, AttemptStanding standing, SearchFor what, LinePlace from,
                                  std::size_t matches_max, Searcher searcher);

 private:
  struct Search;

  Task<std::string> read_span(std::shared_ptr<const Source> source, AttemptId id, int step, StepIndex::Span span);
  Task<bool> search_step(Search& search, std::shared_ptr<const Source> source, AttemptId id, int step, bool over,
                         std::int64_t from);

  Store& store_;
  Places searches_;
};

}  // namespace open_cicd::logs
