// What happened, for browsers and scripts: changes of what is shown, as patches, in one order, kept for a while so that
// who was away goes on where it was.
//
// Nothing is read and nothing kept of what nobody follows. A topic is followed while somebody has it, and for
// `age_max` after that.
#pragma once

#include "base/asio.h"
#include "base/clock.h"
#include "base/places.h"
#include "base/waiter.h"
#include "events/bus.h"
#include "events/topic.h"

#include <boost/json/object.hpp>

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace open_cicd::events {

// The limits.
struct FeedSettings {
  Milliseconds merge{250};          // changes of one entity within it become one event, unless it ended
  Milliseconds queue_pause{1'000};  // between two snapshots of the queue
  Milliseconds read_pause{10};      // between two readings of what changed
  Milliseconds retry{1'000};        // after a reading that failed
  std::size_t events_max = 10'000;  // that are kept,
  std::size_t bytes_max = 16 << 20;
  Milliseconds age_max{300'000};
  std::size_t views_max = 4'000;       // entities of which it is known how they were told last; of others all is told
  std::size_t changed_max = 20'000;    // entities that wait to be read; with more everybody begins anew
  std::size_t read_max = 500;          // entities of one reading
  std::size_t topics_max = 50;         // of one stream
  std::size_t piece_bytes = 64 << 10;  // of events that are written to a stream at once
  std::size_t streams_max = 5'000;
  std::size_t streams_per_viewer_max = 20;
  Milliseconds ping{15'000};
};

// An entity as it is shown.
struct View {
  Uuid id{};
  std::int64_t version = 0;  // what is `shown` is never older than it
  boost::json::object shown;
  bool exact = true;  // `shown` is that of the version, so that a patch may be made from it; else all is told
  bool ended = false;
};

// PORT of events: how entities are shown. Implemented where the shapes of answers are, by api::EventViews.
class ViewSource {
 public:
  virtual ~ViewSource() = default;
  // Of these, those that are there, in any order.
  virtual Task<std::vector<View>> read(Entity::Kind kind, std::vector<Uuid> ids) = 0;
};

// Thread-safe. What the bus says is only noted; one task, run(), reads and tells.
class Feed {
 public:
  Feed(FeedSettings settings, Bus& bus);
  ~Feed();
  Feed(const Feed&) = delete;

  const FeedSettings& settings() const { return settings_; }
  // Until it is cancelled, on an executor that runs one thing at a time.
  Task<void> run(ViewSource& source);
  // Wakes every stream, so that it looks whether it is to end.
  void close();
  bool closing() const { return closing_; }

  // A place among the streams; null when there is none for `viewer`.
  std::shared_ptr<void> admit(std::string viewer) {
    return places_.take(std::move(viewer), settings_.streams_max, settings_.streams_per_viewer_max);
  }

  // One client's place in the order. Lives on its executor, within the feed's life. It holds a number, not events: one
  // that is slow finds the events after it gone, and begins anew.
  class Subscription {
   public:
    // `may` is asked for each event, whether the client may see its topic now. With `last_event_id` it goes on after
    // that event, or begins anew if that is not possible any more.
    Subscription(Feed& feed, const asio::any_io_executor& executor, std::vector<Topic> topics,
                 const std::optional<std::string>& last_event_id, std::function<bool(const Topic&)> may);
    ~Subscription();
    Subscription(const Subscription&) = delete;

    struct Told {
      std::string id;
      std::string data;  // JSON; empty: events are missing here, the client reads anew what it shows
    };
    // What is new, in order; no more than a piece, and nothing when there is nothing.
    std::vector<Told> take();
    std::string position() const;  // as an id
    // Until there may be something new, or until `time`.
    Task<void> wait(Waiter::Time time) { return waiter_->wait_until(time); }

   private:
    friend Feed;
    Feed& feed_;
    const std::vector<Topic> topics_;
    const std::function<bool(const Topic&)> may_;
    const std::shared_ptr<Waiter> waiter_;
    std::uint64_t at_ = 0;  // of the last event that was taken or passed over
    bool anew_ = false;
    bool woken_ = false;  // guarded by the feed's lock
    std::list<Subscription*>::iterator place_;
  };

 private:
  using Time = Waiter::Time;
  struct Event {
    std::uint64_t number = 0;
    Entity entity;
    std::string text;  // of the data, without its topic
    Time at;
  };
  struct Followed {
    std::size_t subscribers = 0;
    std::uint64_t since = 0;    // the first number that it may have missed nothing from
    std::uint64_t dropped = 0;  // the last number of its events that is not kept any more
    Time left;
  };
  struct Known {
    std::int64_t version = 0;
    boost::json::object shown;
    Time told;
    std::list<Entity>::iterator place;
  };
  using Changed = std::map<Entity::Kind, std::vector<Entity>>;

  void hear(const events::Event& event);
  // All of these with the lock held.
  void note(const Entity& entity, bool at_once, Time now);
  bool is_followed(const Entity& entity) const;
  void begin_anew();  // for everybody
  void drop_unfollowed(Time now);
  void drop_old(Time now);
  void drop_oldest();
  void remember(const Entity& entity, View view, Time now);
  void forget(std::map<Entity, Known>::iterator known);
  void append(const Entity& entity, std::int64_t from, std::int64_t version, const boost::json::value& patch, Time now);

  Changed take_due(Time now);
  Time next_due();
  Task<void> tell(ViewSource& source, Entity::Kind kind, std::vector<Entity> entities);
  void tell_one(const Entity& entity, View* view, std::set<Topic>& touched);
  void wake(const std::set<Topic>& touched);
  std::string id_of(std::uint64_t number) const;

  const FeedSettings settings_;
  Bus& bus_;
  const int subscription_;
  const std::string epoch_;
  Places places_;
  std::atomic<bool> closing_ = false;
  std::atomic<bool> any_followed_ = false;  // spares the hot path the lock

  mutable std::mutex mutex_;
  std::uint64_t number_ = 0;  // the last
  std::deque<Event> ring_;    // ascending; the queue's snapshots left out
  std::size_t bytes_ = 0;
  std::optional<Event> queue_;  // the newest snapshot: no other is needed
  std::map<Topic, Followed> topics_;
  std::map<Entity, Time> changed_;  // when it is to be told
  std::map<Entity, Known> known_;
  std::list<Entity> by_age_;  // of known_, the one told last in front
  std::list<Subscription*> subscriptions_;
  std::shared_ptr<Waiter> reader_;  // run()'s, while it runs
  Time reader_sleeps_until_ = Time::max();
  Time next_look_{};  // for topics that nobody follows any more
};

}  // namespace open_cicd::events
