#include "agents/dispatcher.h"

#include <boost/asio/cancellation_state.hpp>

#include <algorithm>
#include <tuple>

namespace open_cicd::agents {

struct Dispatcher::Waiter {
  Waiter(const asio::any_io_executor& executor, Candidate candidate)
      : timer(executor), agent(std::move(candidate)), group(group_name(agent)) {}
  asio::steady_timer timer;
  Candidate agent;
  std::string group;
  std::list<std::shared_ptr<Waiter>>::iterator position;
  bool in_group = false;
  bool done = false;  // guarded by the dispatcher's lock, like `offer`
  std::optional<protocol::Offer> offer;
};

namespace {

// Wakes a waiter on its own executor. A wait that begins after its wake ends at once.
void wake(asio::steady_timer& timer, std::shared_ptr<void> keep) {
  asio::post(timer.get_executor(),
             [&timer, keep = std::move(keep)] { timer.expires_at(asio::steady_timer::time_point::min()); });
}

std::string join(std::string text, const std::vector<std::string>& parts) {
  for (const std::string& part : parts) (text += '\n') += part;
  return text;
}

}  // namespace

std::string Dispatcher::bucket_name(const jobs::QueuedJob& job) {
  return join(job.executor, job.runs_on);
}

std::string Dispatcher::group_name(const Candidate& agent) {
  std::string name = join({}, agent.executors) + "\n";
  for (const auto& [key, value] : agent.labels) ((name += '\n') += key + "=") += value;
  return name;
}

void Dispatcher::queued(jobs::QueuedJob job) {
  const std::lock_guard lock(mutex_);
  if (std::ranges::any_of(delayed_, [&](const auto& item) { return item.second.id == job.id; })) return;
  if (const auto known = jobs_.find(job.id); known != jobs_.end()) {
    if (known->second.job.next_attempt >= job.next_attempt) return;
    erase(known);
  }
  if (job.delay_ms > 0) {
    const Milliseconds due = clock_.monotonic() + Milliseconds(job.delay_ms);
    delayed_.emplace(due, std::move(job));
    return;
  }
  const auto [entry, added] = jobs_.try_emplace(job.id, Entry{.job = job, .since = clock_.monotonic()});
  if (!added) return;
  make_available(entry->second.job);
  match_job(entry->second.job);
}

void Dispatcher::make_available(const jobs::QueuedJob& job) {
  Bucket& bucket = buckets_[bucket_name(job)];
  if (bucket.executor.empty()) {
    bucket.executor = job.executor;
    bucket.runs_on = job.runs_on;
  }
  bucket.jobs.insert({job.priority, job.seq, job.id});
}

void Dispatcher::remove_from_bucket(const jobs::QueuedJob& job) {
  const auto bucket = buckets_.find(bucket_name(job));
  if (bucket == buckets_.end()) return;
  bucket->second.jobs.erase({job.priority, job.seq, job.id});
  if (bucket->second.jobs.empty()) buckets_.erase(bucket);
}

void Dispatcher::unqueued(JobId id, int attempt) {
  const std::lock_guard lock(mutex_);
  std::erase_if(delayed_,
                [&](const auto& item) { return item.second.id == id && item.second.next_attempt <= attempt; });
  const auto entry = jobs_.find(id);
  if (entry != jobs_.end() && entry->second.job.next_attempt <= attempt) erase(entry);
}

void Dispatcher::erase(std::unordered_map<JobId, Entry>::iterator entry) {
  const JobId id = entry->first;
  if (entry->second.reserved) {
    if (latency_ != nullptr)
      latency_->Observe(static_cast<double>((clock_.monotonic() - entry->second.since).count()) / 1000.0);
    std::erase_if(reservations_, [&](const auto& item) { return item.second == id; });
  } else {
    remove_from_bucket(entry->second.job);
  }
  jobs_.erase(entry);
}

void Dispatcher::avoid(JobId job, AgentId agent, jobs::Avoid how) {
  const std::lock_guard lock(mutex_);
  pauses_[{job, agent}] = {.until = clock_.monotonic() + settings_.release_pause, .how = how};
}

bool Dispatcher::paused(const jobs::QueuedJob& job, AgentId agent) const {
  if (pauses_.empty()) return false;
  const auto found = pauses_.find({job.id, agent});
  if (found == pauses_.end() || found->second.until <= clock_.monotonic()) return false;
  return found->second.how == jobs::Avoid::always || others_there(job, agent);
}

// Whether an agent that could run it, and had no trouble with it, is connected: idle, or at work and to be free again.
bool Dispatcher::others_there(const jobs::QueuedJob& job, AgentId than) const {
  return std::ranges::any_of(waiters_, [&](const auto& item) {
    const Candidate& other = item.second->agent;
    return other.id != than && !other.draining && !pauses_.contains({job.id, other.id}) &&
           fits(other.labels, other.executors, job.runs_on, job.executor);
  });
}

// A pause that is over, or whose agent is now the only one, may be what a waiting job waited for.
void Dispatcher::look_at_pauses(Milliseconds now) {
  for (auto pause = pauses_.begin(); pause != pauses_.end();) {
    const bool over = pause->second.until <= now;
    const auto entry = jobs_.find(pause->first.first);
    const bool waits = entry != jobs_.end() && !entry->second.reserved;
    const bool retry = waits && (over || pause->second.how == jobs::Avoid::while_others_are_there);
    pause = over ? pauses_.erase(pause) : std::next(pause);
    if (retry) match_job(entry->second.job);
  }
}

protocol::Offer Dispatcher::reserve(JobId id, AgentId) {
  Entry& entry = jobs_.at(id);
  remove_from_bucket(entry.job);
  entry.reserved = true;
  reservations_.emplace(clock_.monotonic() + settings_.offer_time, id);
  return {.job_id = id.str(),
          .attempt = entry.job.next_attempt,
          .name = entry.job.name,
          .executor = entry.job.executor,
          .runs_on = entry.job.runs_on,
          .start = true};
}

std::optional<protocol::Offer> Dispatcher::match_agent(const Candidate& agent) {
  const Key* best = nullptr;
  for (const auto& [name, bucket] : buckets_) {
    if (!fits(agent.labels, agent.executors, bucket.runs_on, bucket.executor)) continue;
    for (const Key& key : bucket.jobs) {
      if (!pauses_.empty() && paused(jobs_.at(key.id).job, agent.id)) continue;
      if (best == nullptr || key < *best) best = &key;
      break;
    }
  }
  if (best == nullptr) return std::nullopt;
  return reserve(best->id, agent.id);
}

void Dispatcher::match_job(const jobs::QueuedJob& job) {
  if (job.runs_on.empty()) {
    std::ignore = std::ranges::any_of(groups_, [&](const auto& item) { return offer_to_one_of(item.second, job); });
    return;
  }
  // Of the groups that have one of the labels, those with the rarest.
  const std::map<std::string_view, const Group*>* fewest = nullptr;
  for (const std::string& wanted : job.runs_on) {
    const auto having = by_label_.find(wanted);
    if (having == by_label_.end()) return;
    if (fewest == nullptr || having->second.size() < fewest->size()) fewest = &having->second;
  }
  std::ignore = std::ranges::any_of(*fewest, [&](const auto& item) { return offer_to_one_of(*item.second, job); });
}

bool Dispatcher::offer_to_one_of(const Group& group, const jobs::QueuedJob& job) {
  if (!fits(group.front()->agent.labels, group.front()->agent.executors, job.runs_on, job.executor)) return false;
  const auto free = std::ranges::find_if(group, [&](const auto& waiter) { return !paused(job, waiter->agent.id); });
  if (free == group.end()) return false;
  std::shared_ptr<Waiter> chosen = *free;  // detach() changes the group
  chosen->offer = reserve(job.id, chosen->agent.id);
  chosen->done = true;
  detach(chosen);
  wake(chosen->timer, std::move(chosen));
  return true;
}

void Dispatcher::index_labels(const std::string& name, const Group& group, bool present) {
  const auto update = [&](std::string label) {
    if (present) {
      by_label_[std::move(label)].emplace(name, &group);
      return;
    }
    const auto having = by_label_.find(label);
    having->second.erase(name);
    if (having->second.empty()) by_label_.erase(having);
  };
  for (const auto& [key, value] : group.front()->agent.labels) {
    update(key);
    update(key + "=" + value);
  }
}

void Dispatcher::attach(const std::shared_ptr<Waiter>& waiter) {
  auto& [name, group] = *groups_.try_emplace(waiter->group).first;
  waiter->position = group.insert(group.end(), waiter);
  waiter->in_group = true;
  if (group.size() == 1) index_labels(name, group, true);
}

void Dispatcher::detach(const std::shared_ptr<Waiter>& waiter) {
  if (std::exchange(waiter->in_group, false)) {
    const auto group = groups_.find(waiter->group);
    const bool last = group->second.size() == 1;
    if (last) index_labels(group->first, group->second, false);
    group->second.erase(waiter->position);
    if (last) groups_.erase(group);
  }
  const auto current = waiters_.find(waiter->agent.id);
  if (current != waiters_.end() && current->second == waiter) waiters_.erase(current);
}

void Dispatcher::lease_changed(AgentId agent) {
  const std::lock_guard lock(mutex_);
  ++revs_.try_emplace(agent, first_rev_).first->second;
  const auto found = waiters_.find(agent);
  if (found == waiters_.end()) return;
  const std::shared_ptr<Waiter> waiter = found->second;
  waiter->done = true;
  detach(waiter);
  wake(waiter->timer, waiter);
}

void Dispatcher::forget(AgentId agent) {
  const std::lock_guard lock(mutex_);
  revs_.erase(agent);
}

std::int64_t Dispatcher::rev(AgentId agent) const {
  const std::lock_guard lock(mutex_);
  const auto found = revs_.find(agent);
  return found == revs_.end() ? first_rev_ : found->second;
}

std::size_t Dispatcher::depth() const {
  const std::lock_guard lock(mutex_);
  return jobs_.size() + delayed_.size();
}

// The buckets are in order, so only their heads are compared.
std::vector<jobs::QueuedJob> Dispatcher::in_order(std::optional<std::pair<int, std::int64_t>> after,
                                                  std::size_t most) const {
  using Place = std::set<Key>::const_iterator;
  const auto later = [](const std::pair<Place, Place>& one, const std::pair<Place, Place>& other) {
    return *other.first < *one.first;
  };
  const auto follows = [&](const Key& key) {
    return !after || key.priority < after->first || (key.priority == after->first && key.seq > after->second);
  };
  const std::lock_guard lock(mutex_);
  std::set<Key> reserved;  // of the jobs that are being offered; they are in no bucket
  for (const auto& [until, id] : reservations_) {
    const jobs::QueuedJob& job = jobs_.at(id).job;
    if (const Key key{job.priority, job.seq, job.id}; follows(key)) reserved.insert(key);
  }
  std::vector<std::pair<Place, Place>> heads;
  if (!reserved.empty()) heads.emplace_back(reserved.cbegin(), reserved.cend());
  for (const auto& [name, bucket] : buckets_) {
    // The last of the greatest number: all that stand behind it follow.
    const auto first =
        after ? bucket.jobs.lower_bound({after->first, after->second + 1, JobId()}) : bucket.jobs.cbegin();
    if (first != bucket.jobs.cend()) heads.emplace_back(first, bucket.jobs.cend());
  }
  std::ranges::make_heap(heads, later);
  std::vector<jobs::QueuedJob> order;
  while (order.size() < most && !heads.empty()) {
    std::ranges::pop_heap(heads, later);
    auto& [next, end] = heads.back();
    order.push_back(jobs_.at(next->id).job);
    if (++next == end)
      heads.pop_back();
    else
      std::ranges::push_heap(heads, later);
  }
  return order;
}

std::vector<JobId> Dispatcher::paused_after(std::int64_t seq, std::size_t most) const {
  std::map<std::int64_t, JobId> paused;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [due, job] : delayed_)
      if (job.seq > seq) paused.emplace(job.seq, job.id);
  }
  std::vector<JobId> oldest;
  for (const auto& [number, id] : paused)
    if (oldest.size() < most) oldest.push_back(id);
  return oldest;
}

std::size_t Dispatcher::waiting_agents() const {
  const std::lock_guard lock(mutex_);
  return waiters_.size();
}

std::optional<protocol::Offer> Dispatcher::take_offer(const Candidate& agent) {
  const std::lock_guard lock(mutex_);
  return agent.takes_jobs ? match_agent(agent) : std::nullopt;
}

void Dispatcher::unreserve(Entry& entry) {
  entry.reserved = false;
  make_available(entry.job);
  match_job(entry.job);
}

void Dispatcher::give_back(JobId job) {
  const std::lock_guard lock(mutex_);
  const auto entry = jobs_.find(job);
  if (entry == jobs_.end() || !entry->second.reserved) return;
  std::erase_if(reservations_, [&](const auto& item) { return item.second == job; });
  unreserve(entry->second);
}

// True: there is something to wait for. False: the outcome is there.
bool Dispatcher::enter(const std::shared_ptr<Waiter>& waiter, std::int64_t seen) {
  const std::lock_guard lock(mutex_);
  const AgentId id = waiter->agent.id;
  const auto rev = revs_.find(id);
  if (shut_down_ || (rev == revs_.end() ? first_rev_ : rev->second) != seen) return false;
  if (waiter->agent.takes_jobs) {
    waiter->offer = match_agent(waiter->agent);
    if (waiter->offer) return false;
  }
  if (const auto older = waiters_.find(id); older != waiters_.end()) {
    const std::shared_ptr<Waiter> replaced = older->second;
    replaced->done = true;
    detach(replaced);
    wake(replaced->timer, replaced);
  }
  waiters_.emplace(id, waiter);
  if (waiter->agent.takes_jobs) attach(waiter);
  return true;
}

bool Dispatcher::is_over(const Waiter& waiter) const {
  const std::lock_guard lock(mutex_);
  return waiter.done || waiter.timer.expiry() <= asio::steady_timer::clock_type::now();
}

Task<std::optional<protocol::Offer>> Dispatcher::wait_for_offer(Candidate agent, std::int64_t seen, Milliseconds wait,
                                                                Stop& stop) {
  if (wait <= Milliseconds(0)) co_return take_offer(agent);
  auto waiter = std::make_shared<Waiter>(co_await asio::this_coro::executor, std::move(agent));
  waiter->timer.expires_after(wait);
  if (stop.requested() || !enter(waiter, seen)) co_return std::move(waiter->offer);
  // Leaves the groups however the wait ends: an offer, the time, or a connection that is gone.
  struct Leave {
    Dispatcher& dispatcher;
    const std::shared_ptr<Waiter>& waiter;
    Stop& stop;
    ~Leave() {
      stop.ends(nullptr);
      const std::lock_guard lock(dispatcher.mutex_);
      dispatcher.detach(waiter);
    }
  };
  {
    const Leave leave{*this, waiter, stop};
    stop.ends([waiting = waiter.get()] { waiting->timer.expires_at(asio::steady_timer::time_point::min()); });
    do {
      error_code ec;
      co_await waiter->timer.async_wait(asio::redirect_error(asio::use_awaitable, ec));
      if ((co_await asio::this_coro::cancellation_state).cancelled() != asio::cancellation_type::none) break;
    } while (!is_over(*waiter));
  }
  const std::lock_guard lock(mutex_);
  co_return std::move(waiter->offer);
}

void Dispatcher::tick() {
  const std::lock_guard lock(mutex_);
  const Milliseconds now = clock_.monotonic();
  while (!delayed_.empty() && delayed_.begin()->first <= now) {
    const jobs::QueuedJob job = delayed_.extract(delayed_.begin()).mapped();
    const auto [entry, added] = jobs_.try_emplace(job.id, Entry{.job = job, .since = now});
    if (!added) continue;
    make_available(job);
    match_job(job);
  }
  while (!reservations_.empty() && reservations_.begin()->first <= now) {
    const JobId id = reservations_.extract(reservations_.begin()).mapped();
    if (const auto entry = jobs_.find(id); entry != jobs_.end()) unreserve(entry->second);
  }
  look_at_pauses(now);
}

void Dispatcher::shut_down() {
  const std::lock_guard lock(mutex_);
  shut_down_ = true;
  for (const auto& [agent, waiter] : waiters_) {
    waiter->done = true;
    waiter->in_group = false;
    wake(waiter->timer, waiter);
  }
  by_label_.clear();
  groups_.clear();
  waiters_.clear();
}

}  // namespace open_cicd::agents
