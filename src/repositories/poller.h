// Asks remotes now and then where their branches and tags are: for those that send no webhooks, and for webhooks that
// got lost. A remote that does not answer is asked less often.
#pragma once

#include "base/task_group.h"
#include "repositories/deliveries.h"
#include "repositories/repositories.h"

#include <cstdint>
#include <set>
#include <vector>

namespace open_cicd::repositories {

inline constexpr std::int64_t polls_at_once = 4;

// What a poll saw, as a webhook would have told it; deletions too. At most limits::polled_refs_max. Pure.
std::vector<scm::Happening> changes_between(const Repository& repository, const git::Refs& before,
                                            const git::Refs& now);

class Poller {
 public:
  // `pool`: of its own, so that remotes that do not answer hold up no push.
  Poller(db::Session& db, const Clock& clock, Repositories& repositories, Deliveries& deliveries, WorkerPool& pool)
      : db_(db), clock_(clock), repositories_(repositories), deliveries_(deliveries), pool_(pool) {}

  // Works until it is cancelled; then what is under way has ended.
  Task<void> run();

 private:
  Task<void> poll(RepositoryId id);
  Task<Result<std::string>> look(const Repository& repository);  // the refs to remember, as JSON text
  Task<void> save(RepositoryId id, std::optional<std::string> refs, std::optional<std::string> error);

  db::Session& db_;
  const Clock& clock_;
  Repositories& repositories_;
  Deliveries& deliveries_;
  WorkerPool& pool_;
  std::set<RepositoryId> busy_;  // of run()'s thread
};

}  // namespace open_cicd::repositories
