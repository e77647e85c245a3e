// Makes runs of deliveries: of each repository one after the other, in the order of receipt; of several repositories
// beside each other.
#pragma once

#include "base/task_group.h"
#include "repositories/deliveries.h"
#include "repositories/form.h"
#include "repositories/planning.h"
#include "repositories/repositories.h"
#include "repositories/schedules.h"
#include "runs/runs.h"

#include <map>
#include <memory>
#include <set>
#include <string>

namespace open_cicd::repositories {

struct RunRequest {  // somebody asks for a run now
  RepositoryId repository;
  std::string pipeline;            // empty: .open-cicd.yml
  std::optional<std::string> ref;  // a branch, a tag or a full ref; none: the default branch
  workflows::InputTexts inputs;
  std::string by;
};

struct EditRequest {  // somebody asks for a run once more, with another file or other inputs
  RunId run;
  std::optional<std::string> workflow;          // none: the text of the newest round
  std::optional<workflows::InputTexts> inputs;  // that differ; the others stay as they are
  std::string by;
};

// run() is one task's; the others are thread-safe.
class Intake {
 public:
  Intake(db::Session& db, const Clock& clock, Repositories& repositories, Deliveries& deliveries, Schedules& schedules,
         runs::Runs& runs, WorkerPool& pool);
  ~Intake();

  // Works until it is cancelled; then what is under way has ended.
  Task<void> run();

  // A repository was connected: run() reads what the newest commit of its default branch schedules, so that this does
  // not wait for a push. It is tried again for a while when the repository cannot be fetched.
  void read_schedules(RepositoryId repository);

  // Fetches, plans and makes a run at once. Errors: not_found; invalid, with the fields `ref`, `pipeline` and those of
  // the file and its inputs; those of plan_happening() and runs::Runs::create().
  Task<Result<runs::CreatedRun>> run_now(RunRequest request);

  // What somebody is asked before run_now(). Errors: not_found; those of read_form().
  Task<Result<Form>> form_of(RepositoryId repository, std::optional<std::string> ref,
                             std::optional<std::string> pipeline);

  // Plans all jobs of a run anew, for the event, the ref and the commit that the run is of, and starts them as its next
  // round. Of a change from a fork that waits for an approval, as the plan is another one. Errors: not_found; invalid,
  // with the fields of the file and its inputs; those of runs::Runs::rerun_edited().
  Task<Result<runs::Rerun>> rerun_edited(EditRequest request);

 private:
  struct Waker;
  Task<void> work_on(Delivery delivery);
  struct FirstRead {  // of a repository's schedules
    std::int64_t tries = 0, not_before = 0;
  };
  Task<void> read_first(RepositoryId id);
  Task<Result<void>> try_to_read(RepositoryId id);
  Task<void> process(const Repository& repository, const Delivery& delivery);
  Task<void> give_up(const PlanRequest& request, const Delivery& delivery, const Error& why);
  Task<bool> knows_author(RepositoryId repository, const scm::Happening& happening);
  Task<Result<std::vector<runs::CreatedRun>>> create_all(std::vector<runs::NewRun> runs);
  Milliseconds pause_after(std::int64_t tries) const;

  db::Session& db_;
  const Clock& clock_;
  Repositories& repositories_;
  Deliveries& deliveries_;
  Schedules& schedules_;
  runs::Runs& runs_;
  WorkerPool& pool_;  // for what is no git
  const std::shared_ptr<Waker> waker_;
  std::set<RepositoryId> busy_;               // of run()'s thread
  std::map<RepositoryId, FirstRead> unread_;  // likewise
  std::map<std::string, int> busy_hosts_;     // likewise: how many of them
};

}  // namespace open_cicd::repositories
