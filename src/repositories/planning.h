// From what happened to the runs that follow: fetches, reads the pipeline files of the commit and plans them. Blocks on
// git, so it belongs on the pool of git; asks no database.
#pragma once

#include "git/mirror.h"
#include "repositories/repository.h"
#include "runs/runs.h"
#include "scm/happening.h"
#include "workflows/event.h"
#include "workflows/triggers.h"
#include "workflows/workflow.h"

#include <boost/json/object.hpp>

#include <optional>
#include <string>
#include <vector>

namespace open_cicd::repositories {

struct PlanRequest {
  Repository repository;
  git::Remote remote;
  scm::Happening happening;
  std::string made_by;                  // push, tag, pull_request, schedule, manual
  std::optional<std::string> delivery;  // its id
  std::optional<std::string> pipeline;  // only this file
  workflows::InputTexts inputs;
  bool own_trigger = false;                  // somebody asked for this run: `on` need not list it
  bool knows_author = false;                 // a change's author and who sent it have contributed before
  workflows::ReadForeign read_foreign = {};  // templates of other repositories
  std::string by;                            // token id, or what is shown of who made it
};

struct ScheduledPipeline {
  std::string pipeline;
  std::vector<workflows::Schedule> schedules;
};

struct Planned {
  std::vector<runs::NewRun> runs;
  std::vector<std::string> verdicts;  // of each file that makes no run, and of all when none does
  // Of the default branch: what all of its files schedule. None: it was not the newest commit of that branch.
  std::optional<std::vector<ScheduledPipeline>> schedules;
};

// What all files of the request's commit schedule; none when that is not the newest commit of the default branch. A
// file with errors schedules nothing. Errors: unavailable; not_found "no_commit".
Result<std::optional<std::vector<ScheduledPipeline>>> schedules_of(git::Mirror& mirror, const PlanRequest& request);

// Errors: unavailable, when the repository cannot be fetched or read now; not_found "no_commit"; invalid with the
// fields of the inputs, or of the file when somebody asked for this run.
Result<Planned> plan_happening(git::Mirror& mirror, const PlanRequest& request);

// A run that says why nothing could be planned. `name` is the pipeline's.
runs::NewRun failed_run(const PlanRequest& request, const std::string& pipeline, std::string name,
                        boost::json::array errors);

// Whether a fork's run has to wait for an approval.
bool needs_approval(const Repository& repository, const scm::Change& change, bool knows_author);

}  // namespace open_cicd::repositories
