// Tells people and programs how runs ended. The end of a round has written a row of `outbox` for each target
// (runs/release.cc); here they are sent, at least once and never merged, until they were taken or are a day old.
#pragma once

#include "base/task_group.h"
#include "notifications/channel.h"
#include "notifications/target.h"
#include "repositories/repositories.h"
#include "runs/runs.h"

#include <optional>
#include <set>
#include <string>
#include <vector>

namespace open_cicd::repositories {

// The ways out; null: that kind cannot be used. They outlive the notifier.
struct Channels {
  notifications::Channel* webhook = nullptr;
  notifications::Channel* email = nullptr;
};

struct AddedTarget {
  notifications::Target target;
  std::optional<Secret> secret;  // a webhook's; told once
};
struct ListedTarget {
  notifications::Target target;
  std::int64_t waiting = 0;  // messages
};
struct Tested {
  bool is_taken = false;
  std::string answer;  // the receiver's words, or why there are none
};

// Thread-safe but for run(). `scope` is a repository's id, or empty for the server.
class Notifier {
 public:
  Notifier(db::Session& db, const Clock& clock, Repositories& repositories, secrets::Vault& vault, runs::Runs& runs,
           Channels channels)
      : db_(db), clock_(clock), repositories_(repositories), vault_(vault), runs_(runs), channels_(channels) {}

  // Errors: those of check_target(); invalid, of e-mail that is not set up; conflict "notification_limit"; not_found.
  Task<Result<AddedTarget>> add(notifications::Target wanted);
  Task<std::vector<ListedTarget>> list(std::string scope);  // the oldest first
  Task<Result<void>> remove(std::string scope, NotificationId id);
  // Sends a message now, which says that it is a test, and waits for what comes. Error: not_found.
  Task<Result<Tested>> test(std::string scope, NotificationId id);

  // Works until it is cancelled; then what is under way has ended.
  Task<void> run();
  void stop();  // what blocks ends soon

 private:
  struct Waiting;
  enum class Sent { done, later };
  Task<void> send_all(std::string target);
  Task<void> send_due(std::string target);
  Task<Sent> send_one(const notifications::Target& target, notifications::Channel* channel, const Secret& secret,
                      Waiting& row, std::int64_t most_tries);
  Task<std::optional<notifications::Target>> target_of(std::string id);
  Task<Secret> secret_of(const notifications::Target& target);
  notifications::Channel* channel_of(const notifications::Target& target) const;
  Task<void> drop(std::string row);
  Task<void> taken(std::string row, std::string target);
  Task<void> given_up(std::string row, std::string target, std::string why);
  Milliseconds pause_after(std::int64_t tries) const;

  db::Session& db_;
  const Clock& clock_;
  Repositories& repositories_;
  secrets::Vault& vault_;
  runs::Runs& runs_;
  const Channels channels_;
  std::set<std::string> busy_;  // targets; of run()'s thread
};

}  // namespace open_cicd::repositories
