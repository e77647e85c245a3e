// Deletes what retention lets go, in the background: rows first, then what lies outside of the database.
#pragma once

#include "jobs/retention.h"
#include "logs/logs.h"
#include "runs/retention.h"

#include <functional>
#include <vector>

namespace open_cicd::server {

struct CleanerSettings {
  jobs::RetentionRule rule;
  Milliseconds interval{600'000};  // between two passes
  Milliseconds pause{100};         // between two small steps of a pass, for everybody else's work
  Milliseconds sweep{86'400'000};  // between two looks for log files that no row knows; one at the first pass
};

// Being killed anywhere loses nothing that has to stay: a batch is one transaction, and the log files of what it
// deleted are found by a later sweep. The sweep takes only files that were last changed longer ago than the rule's age,
// so that a database that was restored, or swapped by mistake, costs no log that the rule would keep. One task's.
class Cleaner {
 public:
  // `forget` drops what else memory holds of deleted jobs. Everything given by reference outlives this.
  Cleaner(CleanerSettings settings, db::Session& db, const Clock& clock, logs::Logs& logs,
          std::function<void(const std::vector<JobId>&)> forget)
      : settings_(settings),
        rule_(settings.rule, db, clock),
        runs_(db),
        clock_(clock),
        logs_(logs),
        forget_(std::move(forget)) {}

  Task<void> pass();
  Milliseconds interval() const { return settings_.interval; }
  const jobs::Retention& rule() const { return rule_; }

 private:
  // Batch by batch, as long as `next` says that there is more.
  Task<void> delete_ended(std::string_view what, std::int64_t cutoff,
                          std::function<Task<jobs::RetentionBatch>(jobs::RetentionMark)> next);
  Task<void> sweep_logs();
  Task<void> pause() const;

  const CleanerSettings settings_;
  const jobs::Retention rule_;
  const runs::Retention runs_;
  const Clock& clock_;
  logs::Logs& logs_;
  const std::function<void(const std::vector<JobId>&)> forget_;
  std::optional<Milliseconds> swept_at_;
};

}  // namespace open_cicd::server
