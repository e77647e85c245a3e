// Offers queued jobs to waiting agents: labels, executor, priority, then age. Memory only; the claim's compare-and-set
// in the database is what decides, so a wrong offer costs a refused claim and nothing else.
#pragma once

#include "agents/labels.h"
#include "agents/settings.h"
#include "base/asio.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/stop.h"
#include "jobs/job.h"
#include "protocol/messages.h"

#include <prometheus/histogram.h>

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace open_cicd::agents {

// What matching needs to know of an agent.
struct Candidate {
  AgentId id;
  Labels labels;
  std::vector<std::string> executors;
  bool takes_jobs = true;  // neither busy nor draining
  bool draining = false;
};

// Thread-safe; the lock is held for look-ups only. A waiter resumes on the executor it waited on.
class Dispatcher final : public jobs::QueueListener {
 public:
  Dispatcher(const AgentSettings& settings, const Clock& clock)
      : settings_(settings), clock_(clock), first_rev_(clock.unix_ms()) {}

  // jobs::QueueListener
  void queued(jobs::QueuedJob job) override;
  void unqueued(JobId job, int attempt) override;
  void avoid(JobId job, AgentId agent, jobs::Avoid how) override;
  void lease_changed(AgentId agent) override;
  std::size_t depth() const override;

  // The best job for this agent, reserved for it; or nothing.
  std::optional<protocol::Offer> take_offer(const Candidate& agent);
  void give_back(JobId job);  // an offer that was taken and will not be claimed: it is the next agent's at once
  // Waits until an offer for the agent is reserved, its revision is not `seen` any more, or `wait` is over. A newer
  // wait of the same agent ends an older one. `stop` ends it, too; cancellable.
  Task<std::optional<protocol::Offer>> wait_for_offer(Candidate agent, std::int64_t seen, Milliseconds wait,
                                                      Stop& stop);
  // The jobs that agents may be offered, in the order of offers, after the one of this priority and number.
  std::vector<jobs::QueuedJob> in_order(std::optional<std::pair<int, std::int64_t>> after, std::size_t most) const;
  // Those that wait for the end of a pause, the oldest first.
  std::vector<JobId> paused_after(std::int64_t seq, std::size_t most) const;
  std::int64_t rev(AgentId agent) const;
  void forget(AgentId agent);  // removed

  void tick();       // every 100 ms or so: offers run out, delayed retries come due
  void shut_down();  // ends every wait
  void observe_latency(prometheus::Histogram& histogram) { latency_ = &histogram; }
  std::size_t waiting_agents() const;

 private:
  struct Waiter;
  struct Key {  // order of offers
    int priority;
    std::int64_t seq;
    JobId id;
    bool operator<(const Key& other) const {
      return priority != other.priority ? priority > other.priority
             : seq != other.seq         ? seq < other.seq
                                        : id < other.id;
    }
  };
  struct Bucket {  // jobs that ask for the same thing
    std::string executor;
    std::vector<std::string> runs_on;
    std::set<Key> jobs;
  };
  using Group = std::list<std::shared_ptr<Waiter>>;  // waiters that take jobs and are alike
  struct Entry {
    jobs::QueuedJob job;
    Milliseconds since{};
    bool reserved = false;
  };

  struct Pause {  // of one job for one agent
    Milliseconds until{};
    jobs::Avoid how{};
  };

  std::optional<protocol::Offer> match_agent(const Candidate& agent);  // with the lock held
  void match_job(const jobs::QueuedJob& job);
  void make_available(const jobs::QueuedJob& job);
  void unreserve(Entry& entry);
  void erase(std::unordered_map<JobId, Entry>::iterator entry);
  void remove_from_bucket(const jobs::QueuedJob& job);
  protocol::Offer reserve(JobId id, AgentId agent);
  bool paused(const jobs::QueuedJob& job, AgentId agent) const;
  bool others_there(const jobs::QueuedJob& job, AgentId than) const;
  void look_at_pauses(Milliseconds now);
  bool offer_to_one_of(const Group& group, const jobs::QueuedJob& job);
  bool enter(const std::shared_ptr<Waiter>& waiter, std::int64_t seen);
  bool is_over(const Waiter& waiter) const;
  void attach(const std::shared_ptr<Waiter>& waiter);
  void detach(const std::shared_ptr<Waiter>& waiter);
  void index_labels(const std::string& name, const Group& group, bool present);
  static std::string bucket_name(const jobs::QueuedJob& job);
  static std::string group_name(const Candidate& agent);

  const AgentSettings& settings_;
  const Clock& clock_;
  const std::int64_t first_rev_;
  prometheus::Histogram* latency_ = nullptr;

  mutable std::mutex mutex_;
  bool shut_down_ = false;
  std::unordered_map<JobId, Entry> jobs_;
  std::map<std::string, Bucket> buckets_;
  std::multimap<Milliseconds, JobId> reservations_;  // when each runs out
  std::multimap<Milliseconds, jobs::QueuedJob> delayed_;
  std::map<std::pair<JobId, AgentId>, Pause> pauses_;
  std::unordered_map<AgentId, std::shared_ptr<Waiter>> waiters_;
  std::map<std::string, Group> groups_;
  // The groups that have a label, by "key" and by "key=value", in the order of groups_, whose keys the names are:
  // thousands of agents may each have a label of its own.
  std::unordered_map<std::string, std::map<std::string_view, const Group*>> by_label_;
  std::unordered_map<AgentId, std::int64_t> revs_;
};

}  // namespace open_cicd::agents
