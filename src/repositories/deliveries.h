// What forges sent, what polling saw and what schedules asked for: a queue for each repository, in the order of
// receipt, and a history that people look at. Thread-safe; each operation is one transaction.
#pragma once

#include "base/asio.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/id.h"
#include "db/db.h"
#include "scm/happening.h"

#include <boost/describe.hpp>

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace open_cicd::repositories {

// pending: it waits for its turn, or for another try. done: it made runs. ignored: none follows. failed: it made a run
// that says why it could not be looked at.
inline constexpr std::array<std::string_view, 4> delivery_words{"pending", "done", "ignored", "failed"};

struct NewDelivery {
  RepositoryId repository;
  std::string source;                         // webhook, poll, schedule, redelivery
  std::optional<std::string> forge_delivery;  // what the forge calls it; nobody signed that
  std::string digest;                         // of the body
  scm::Happening happening;
  std::string headers;  // JSON text, of those that are kept
  std::string body;
  std::optional<std::int64_t> seen_at = {};  // of a poll: when it began to look, in Unix milliseconds
};

struct Received {
  DeliveryId id;
  bool repeated = false;
  bool unsettled = false;  // what a poll saw was overtaken, and is not told yet
};

struct Delivery {
  DeliveryId id;
  std::int64_t seq = 0;
  RepositoryId repository_id;
  std::string source;
  std::optional<std::string> forge_delivery;
  std::string ref, event_key;
  std::string happening;  // JSON text of scm::Happening
  std::string headers;
  std::string state;
  std::int64_t tries = 0, not_before = 0;
  std::optional<std::string> verdict;
  std::int64_t created_at = 0;
  std::optional<std::int64_t> finished_at;
  std::string host;  // of heads() alone: where its repository is fetched from
};
BOOST_DESCRIBE_STRUCT(Delivery, (),
                      (id, seq, repository_id, source, forge_delivery, ref, event_key, happening, headers, state, tries,
                       not_before, verdict, created_at, finished_at, host))

struct DeliveryRun {
  RunId id;
  std::int64_t number = 0;
};
BOOST_DESCRIBE_STRUCT(DeliveryRun, (), (id, number))

struct DeliveryList {
  std::vector<Delivery> deliveries;  // newest first
  std::optional<std::int64_t> next;
};

class Deliveries {
 public:
  Deliveries(db::Session& db, const Clock& clock) : db_(db), clock_(clock) {}

  // `wake` is called after each commit that made work; set once, before the first call.
  void on_work(std::function<void()> wake) { wake_ = std::move(wake); }

  // Committed when this returns. The same delivery again, or the same that polling saw, is told apart and adds nothing,
  // unless that one failed. Error: too_many "too_many_deliveries".
  Task<Result<Received>> receive(NewDelivery delivery);
  // The same in a transaction of the caller's, which calls tell_work() after its commit.
  Task<Result<Received>> receive_in(db::Transaction& tx, NewDelivery delivery, std::int64_t now) const;
  void tell_work() const {
    if (wake_) wake_();
  }

  Task<DeliveryList> list(RepositoryId repository, int limit, std::optional<std::int64_t> before_seq);
  Task<std::vector<DeliveryRun>> runs_of(DeliveryId id);
  // A copy that makes runs of its own, behind what waits already. Errors: not_found; conflict "nothing_to_redeliver".
  Task<Result<DeliveryId>> redeliver(RepositoryId repository, DeliveryId id);

  // For who works on them: the oldest one of each repository that has some, due or not.
  Task<std::vector<Delivery>> heads();
  Task<void> finish(DeliveryId id, std::string state, std::string verdict);
  Task<void> retry(DeliveryId id, Milliseconds after, std::string why);

  Task<void> remove_all(RepositoryId repository);
  Task<std::int64_t> remove_older(std::int64_t finished_before);  // a batch; how many

 private:
  db::Session& db_;
  const Clock& clock_;
  std::function<void()> wake_;
};

}  // namespace open_cicd::repositories
