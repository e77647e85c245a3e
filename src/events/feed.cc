#include "events/feed.h"

#include "base/cancellation.h"
#include "base/log.h"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace open_cicd::events {
namespace {

constexpr std::chrono::seconds look_pause{1};

std::array<Topic, 2> topics_of(const Entity& entity) {
  const Topic of_run{Topic::Kind::run, entity.run};
  switch (entity.kind) {
    case Entity::Kind::run:
      return {Topic{Topic::Kind::runs}, Topic{Topic::Kind::run, RunId(entity.id)}};
    case Entity::Kind::job:
      return {of_run, of_run};
    case Entity::Kind::agent:
      return {Topic{Topic::Kind::agents}, Topic{Topic::Kind::agents}};
    case Entity::Kind::queue:
      break;
  }
  return {Topic{Topic::Kind::queue}, Topic{Topic::Kind::queue}};
}

// Members that are others, as a whole; null for one that is not there any more.
boost::json::object difference(const boost::json::object& from, const boost::json::object& to) {
  boost::json::object patch;
  for (const auto& [name, value] : to)
    if (const auto* before = from.if_contains(name); before == nullptr || *before != value) patch.emplace(name, value);
  for (const auto& [name, value] : from)
    if (!to.contains(name)) patch.emplace(name, nullptr);
  return patch;
}

// Nothing when it is no id of this epoch.
std::optional<std::uint64_t> number_of(std::string_view id, std::string_view epoch) {
  if (!id.starts_with(epoch) || id.substr(epoch.size()).empty() || id[epoch.size()] != '-') return std::nullopt;
  id.remove_prefix(epoch.size() + 1);
  std::uint64_t number = 0;
  const auto [end, ec] = std::from_chars(id.data(), id.data() + id.size(), number);
  if (ec != std::errc() || end != id.data() + id.size()) return std::nullopt;
  return number;
}

Waiter::Time now() {
  return std::chrono::steady_clock::now();
}

std::string make_epoch() {
  return format_uuid(make_uuid_v4()).substr(0, 8);
}

}  // namespace

Feed::Feed(FeedSettings settings, Bus& bus)
    : settings_(settings),
      bus_(bus),
      subscription_(bus.subscribe([this](const events::Event& event) { hear(event); })),
      epoch_(make_epoch()) {}

Feed::~Feed() {
  bus_.unsubscribe(subscription_);
}

void Feed::hear(const events::Event& event) {
  if (!any_followed_.load(std::memory_order_relaxed)) return;
  const Time time = now();
  const std::lock_guard lock(mutex_);
  if (time >= next_look_) drop_unfollowed(time);
  constexpr Entity queue{.kind = Entity::Kind::queue};
  const auto note_job = [&](JobId job, const std::optional<RunId>& its_run, bool at_once) {
    if (its_run) note({Entity::Kind::job, job.uuid(), *its_run}, at_once, time);
    note(queue, false, time);
  };
  if (const auto* job = std::get_if<JobChanged>(&event)) {
    note_job(job->job, job->run, false);
  } else if (const auto* ended = std::get_if<JobEnded>(&event)) {
    note_job(ended->job, ended->run, true);
  } else if (const auto* of_run = std::get_if<RunChanged>(&event)) {
    note({Entity::Kind::run, of_run->run.uuid()}, of_run->ended, time);
  } else if (const auto* agent = std::get_if<AgentChanged>(&event)) {
    note({Entity::Kind::agent, agent->agent.uuid()}, false, time);
    note(queue, false, time);
  }
}

bool Feed::is_followed(const Entity& entity) const {
  return std::ranges::any_of(topics_of(entity), [this](const Topic& topic) { return topics_.contains(topic); });
}

void Feed::note(const Entity& entity, bool at_once, Time time) {
  if (!is_followed(entity)) return;
  Time due = time;
  if (const auto known = known_.find(entity); known != known_.end() && !at_once) {
    const Milliseconds pause = entity.kind == Entity::Kind::queue ? settings_.queue_pause : settings_.merge;
    due = std::max(due, known->second.told + pause);
  }
  const auto [entry, added] = changed_.try_emplace(entity, due);
  if (!added) entry->second = due = std::min(due, entry->second);
  if (changed_.size() > settings_.changed_max) return begin_anew();
  if (due < reader_sleeps_until_ && reader_) {
    reader_sleeps_until_ = due;
    Waiter::wake(reader_);
  }
}

void Feed::begin_anew() {
  ++number_;
  for (auto& [topic, followed] : topics_) followed.dropped = number_;
  ring_.clear();
  bytes_ = 0;
  queue_.reset();
  changed_.clear();
  known_.clear();
  by_age_.clear();
  for (Subscription* one : subscriptions_)
    if (!std::exchange(one->woken_, true)) Waiter::wake(one->waiter_);
}

void Feed::drop_unfollowed(Time time) {
  next_look_ = time + look_pause;
  std::erase_if(topics_, [&](const auto& item) {
    return item.second.subscribers == 0 && time - item.second.left > settings_.age_max;
  });
  if (topics_.empty() && any_followed_.exchange(false)) begin_anew();
}

void Feed::drop_oldest() {
  const Event& oldest = ring_.front();
  for (const Topic& topic : topics_of(oldest.entity))
    if (const auto followed = topics_.find(topic); followed != topics_.end()) followed->second.dropped = oldest.number;
  bytes_ -= oldest.text.size();
  ring_.pop_front();
}

void Feed::drop_old(Time time) {
  while (!ring_.empty() && (ring_.size() > settings_.events_max || bytes_ > settings_.bytes_max ||
                            time - ring_.front().at > settings_.age_max))
    drop_oldest();
}

Feed::Changed Feed::take_due(Time time) {
  const std::lock_guard lock(mutex_);
  Changed due;
  for (auto one = changed_.begin(); one != changed_.end();) {
    std::vector<Entity>& entities = due[one->first.kind];
    const bool take = one->second <= time && entities.size() < settings_.read_max;
    if (take) entities.push_back(one->first);
    one = take ? changed_.erase(one) : std::next(one);
  }
  std::erase_if(due, [](const auto& kind) { return kind.second.empty(); });
  return due;
}

Feed::Time Feed::next_due() {
  const std::lock_guard lock(mutex_);
  reader_sleeps_until_ = Time::max();
  for (const auto& [entity, due] : changed_) reader_sleeps_until_ = std::min(reader_sleeps_until_, due);
  return reader_sleeps_until_;
}

Task<void> Feed::run(ViewSource& source) {
  asio::steady_timer pause(co_await asio::this_coro::executor);
  const auto waiter = std::make_shared<Waiter>(pause.get_executor());
  struct Reading {  // nobody wakes what is gone
    Feed& feed;
    ~Reading() {
      const std::lock_guard lock(feed.mutex_);
      feed.reader_.reset();
    }
  };
  {
    const std::lock_guard lock(mutex_);
    reader_ = waiter;
  }
  const Reading reading{*this};
  for (;;) {
    Changed due = take_due(now());
    if (due.empty()) {
      co_await waiter->wait_until(next_due());
      continue;
    }
    for (auto& [kind, entities] : due) co_await tell(source, kind, std::move(entities));
    pause.expires_after(settings_.read_pause);
    co_await pause.async_wait(asio::use_awaitable);
  }
}

Task<void> Feed::tell(ViewSource& source, Entity::Kind kind, std::vector<Entity> entities) {
  std::vector<Uuid> ids;
  for (const Entity& entity : entities) ids.push_back(entity.id);
  std::vector<View> views;
  try {
    views = co_await source.read(kind, std::move(ids));
  } catch (const std::exception& e) {
    if (is_cancellation(e)) throw;
    log_warn("what changed cannot be read for those who follow it; trying again", {{"error", e.what()}});
    const std::lock_guard lock(mutex_);
    for (const Entity& entity : entities) changed_.try_emplace(entity, now() + settings_.retry);
    co_return;
  }
  std::map<Uuid, View*> by_id;
  for (View& view : views) by_id[view.id] = &view;
  std::set<Topic> touched;
  for (const Entity& entity : entities) {
    const auto found = by_id.find(entity.id);
    tell_one(entity, found == by_id.end() ? nullptr : found->second, touched);
  }
  wake(touched);
}

// A lock for each, as those who note a change wait for it.
void Feed::tell_one(const Entity& entity, View* view, std::set<Topic>& touched) {
  const Time time = now();
  const std::lock_guard lock(mutex_);
  if (!is_followed(entity)) return;
  const auto known = known_.find(entity);
  const std::int64_t last = known == known_.end() ? 0 : known->second.version;
  if (view == nullptr) {
    if (entity.kind == Entity::Kind::queue) return;
    append(entity, 0, last + 1, nullptr, time);
    if (known != known_.end()) forget(known);
  } else {
    if (entity.kind == Entity::Kind::queue) {
      if (last != 0 && known->second.shown == view->shown) return;
      view->version = static_cast<std::int64_t>(number_ + 1);
    }
    if (view->version <= last) return;
    const bool patched = last != 0 && view->exact;
    append(entity, patched ? last : 0, view->version,
           patched ? difference(known->second.shown, view->shown) : view->shown, time);
    if (view->ended && known != known_.end())
      forget(known);
    else if (!view->ended)
      remember(entity, std::move(*view), time);
  }
  for (const Topic& topic : topics_of(entity)) touched.insert(topic);
}

void Feed::append(const Entity& entity, std::int64_t from, std::int64_t version, const boost::json::value& patch,
                  Time time) {
  const std::string id = entity.kind == Entity::Kind::queue ? "queue" : format_uuid(entity.id);
  Event event{.number = ++number_,
              .entity = entity,
              .text = fmt::format(R"("kind":"{}","id":"{}","from":{},"version":{},"patch":{}}})", name_of(entity.kind),
                                  id, from, version, boost::json::serialize(patch)),
              .at = time};
  if (entity.kind == Entity::Kind::queue) {
    queue_ = std::move(event);
    return;
  }
  bytes_ += event.text.size();
  ring_.push_back(std::move(event));
  drop_old(time);
}

void Feed::remember(const Entity& entity, View view, Time time) {
  const auto [known, added] = known_.try_emplace(entity);
  if (!added) by_age_.erase(known->second.place);
  by_age_.push_front(entity);
  known->second = {.version = view.version, .shown = std::move(view.shown), .told = time, .place = by_age_.begin()};
  if (known_.size() > settings_.views_max) forget(known_.find(by_age_.back()));
}

void Feed::forget(std::map<Entity, Known>::iterator known) {
  by_age_.erase(known->second.place);
  known_.erase(known);
}

void Feed::wake(const std::set<Topic>& touched) {
  const std::lock_guard lock(mutex_);
  for (Subscription* one : subscriptions_)
    if (std::ranges::any_of(one->topics_, [&](const Topic& topic) { return touched.contains(topic); }) &&
        !std::exchange(one->woken_, true))
      Waiter::wake(one->waiter_);
}

void Feed::close() {
  closing_ = true;
  const std::lock_guard lock(mutex_);
  for (Subscription* one : subscriptions_) Waiter::wake(one->waiter_);
}

std::string Feed::id_of(std::uint64_t number) const {
  return fmt::format("{}-{}", epoch_, number);
}

Feed::Subscription::Subscription(Feed& feed, const asio::any_io_executor& executor, std::vector<Topic> topics,
                                 const std::optional<std::string>& last_event_id, std::function<bool(const Topic&)> may)
    : feed_(feed), topics_(std::move(topics)), may_(std::move(may)), waiter_(std::make_shared<Waiter>(executor)) {
  const Time time = now();
  const std::lock_guard lock(feed.mutex_);
  feed.drop_unfollowed(time);
  feed.drop_old(time);
  std::optional<std::uint64_t> resume;
  if (last_event_id) resume = number_of(*last_event_id, feed.epoch_);
  if (resume && *resume > feed.number_) resume.reset();
  for (const Topic& topic : topics_) {
    const auto [followed, fresh] = feed.topics_.try_emplace(topic);
    if (fresh) followed->second.since = ++feed.number_;
    ++followed->second.subscribers;
    if (resume && (*resume < followed->second.since || *resume < followed->second.dropped)) resume.reset();
  }
  feed.any_followed_ = true;
  anew_ = last_event_id && !resume;
  at_ = resume.value_or(feed.number_);
  place_ = feed.subscriptions_.insert(feed.subscriptions_.end(), this);
}

Feed::Subscription::~Subscription() {
  const std::lock_guard lock(feed_.mutex_);
  feed_.subscriptions_.erase(place_);
  for (const Topic& topic : topics_) {
    Followed& followed = feed_.topics_.at(topic);
    --followed.subscribers;
    followed.left = now();
  }
}

std::string Feed::Subscription::position() const {
  return feed_.id_of(at_);
}

std::vector<Feed::Subscription::Told> Feed::Subscription::take() {
  const std::lock_guard lock(feed_.mutex_);
  woken_ = false;
  feed_.drop_old(now());
  const bool missed =
      std::ranges::any_of(topics_, [this](const Topic& topic) { return feed_.topics_.at(topic).dropped > at_; });
  if (missed || std::exchange(anew_, false)) {
    anew_ = false;
    at_ = feed_.number_;
    return {{position(), {}}};
  }
  std::vector<Told> told;
  std::size_t bytes = 0;
  const auto pass = [&](const Event& event) {
    at_ = event.number;
    const auto topic =
        std::ranges::find_if(topics_, [&](const Topic& one) { return tells_of(one, event.entity) && may_(one); });
    if (topic == topics_.end()) return;
    told.push_back({position(), fmt::format(R"({{"topic":"{}",{})", text_of(*topic), event.text)});
    bytes += event.text.size();
  };
  const std::optional<Event>& queue = feed_.queue_;
  auto next = std::ranges::upper_bound(feed_.ring_, at_, {}, &Event::number);
  while (bytes < feed_.settings_.piece_bytes) {
    const bool queue_is_new = queue && queue->number > at_;
    const bool ring_is_new = next != feed_.ring_.end();
    if (!queue_is_new && !ring_is_new) break;
    if (queue_is_new && (!ring_is_new || queue->number < next->number))
      pass(*queue);
    else
      pass(*next++);
  }
  return told;
}

}  // namespace open_cicd::events
