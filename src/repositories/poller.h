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

// What a poll saw, as a webhook would have told it; deletions too. At most limits::polled_refs_max. Pure.
std::vector<scm::Happening> changes_between(const Repository& repository, const git::Refs& before,
                                            const git::Refs& now);

class Poller {
 public:
  Poller(db::Session& db, const Clock& clock, Repositories& repositories, Deliveries& deliveries)
      : db_(db), clock_(clock), repositories_(repositories), deliveries_(deliveries) {}

  // Works until it is cancelled; then what is under way has ended.
  Task<void> run();

 private:
  Task<void> poll(RepositoryId id);
  Task<void> save(RepositoryId id, std::optional<std::string> refs, std::optional<std::string> error);

  db::Session& db_;
  const Clock& clock_;
  Repositories& repositories_;
  Deliveries& deliveries_;
  std::set<RepositoryId> busy_;  // of run()'s thread
};

}  // namespace open_cicd::repositories
