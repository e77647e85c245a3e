// What the viewers of one job share: its state, and the latest log events, encoded once.
#pragma once

#include "base/waiter.h"
#include "jobs/snapshot.h"
#include "logs/logs.h"
#include "logs/position.h"
#include "logs/source.h"

#include <atomic>
#include <chrono>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

namespace open_cicd::logs {

// The job's state as of one reading, and its events' text.
struct JobReading {
  std::uint64_t version = 0;
  jobs::JobSnapshot job;
  std::shared_ptr<const std::string> change;  // since version − 1
  std::shared_ptr<const std::string> whole;
};

// Thread-safe. Nobody pushes: appends and the bus only wake the viewers, and the first viewer that wants the next event
// encodes it for all. So an agent's append costs one posted handler, whatever the number of viewers.
class Channel : public std::enable_shared_from_this<Channel> {
 public:
  using Time = Waiter::Time;

  // A viewer's place among those that wait. Lives as long as its viewer, on the viewer's executor.
  class Seat {
   public:
    Seat(std::shared_ptr<Channel> channel, asio::any_io_executor executor);
    ~Seat();
    Seat(const Seat&) = delete;
    // Sleeps until something happened after `ticks` was read, or until `time`.
    Task<void> wait(std::uint64_t ticks, Time time);

   private:
    friend Channel;
    std::shared_ptr<Channel> channel_;
    std::shared_ptr<Waiter> waiter_;
    asio::any_io_executor executor_;
    std::list<Seat*>::iterator place_;
    bool idle_ = false;  // in channel_->idle_; guarded by its lock
  };

  Channel(JobId job, const LogSettings& settings, SnapshotSource snapshots)
      : job_(job), settings_(settings), snapshots_(std::move(snapshots)) {}

  void grown();          // the log has more bytes
  void state_changed();  // the state has to be read again
  void wake_all();

  // To be read before looking at anything: a wait() with it returns at once if something happened since.
  std::uint64_t ticks() const;
  // The latest state; reads it anew if it changed and no other viewer does already. Null while the first is being read.
  // Error: the job is gone. A database that is away is not an error: the state stays as it was, and is stale() until a
  // later call succeeds.
  Task<Result<std::shared_ptr<const JobReading>>> state();

  bool stale() const;
  // An event is lost when the answer to a commit is: a state that was read longer than a ping ago is read again.
  void doubt_old_state();

  // The next live event at `at`, of which the source has bytes. `text` is null when there is none: then the viewer
  // waits until `wait_until` if it is set, or reads the store, up to `read_until` if that is set, so that it meets the
  // ring at an event's beginning.
  struct Next {
    std::shared_ptr<const std::string> text;
    Position after;
    std::optional<Time> wait_until;
    std::optional<std::int64_t> read_until;
    bool nothing = false;  // the bytes are a part of a character: nothing to do until more come
  };
  // `flush`: the step will not grow, so that the beginning of a character at its end is sent too.
  Next next(const Source& source, int generation, Position at, bool flush);

  std::size_t viewers() const { return viewers_; }

 private:
  struct Chunk {
    Position begin;
    Position end;
    std::shared_ptr<const std::string> text;
  };
  struct Reading;

  void encode(const Source& source, Position at, bool flush);  // with the lock held
  const Chunk* find(Position at) const;
  void wake_soon();  // with the lock held

  const JobId job_;
  const LogSettings& settings_;
  const SnapshotSource snapshots_;
  std::atomic<std::size_t> viewers_ = 0;

  mutable std::mutex mutex_;
  std::uint64_t ticks_ = 1;
  std::list<Seat*> idle_;
  bool wake_posted_ = false;

  std::shared_ptr<const JobReading> state_;
  bool state_dirty_ = true;
  bool state_reading_ = false;
  Time state_not_before_{};  // after a failure
  Time state_read_at_{};

  std::deque<Chunk> ring_;  // ascending, maybe with gaps
  std::size_t ring_bytes_ = 0;
  Position head_;  // where the next encoded event begins, or later
  int generation_ = 0;
  Time encode_not_before_{};
};

// The channels of all jobs that are watched. Thread-safe; channels may outlive it for as long as a posted wake-up holds
// them.
class Channels {
 public:
  Channels(const LogSettings& settings, SnapshotSource snapshots)
      : settings_(settings), snapshots_(std::move(snapshots)) {}

  std::shared_ptr<Channel> open(JobId job);  // shared by all who ask for this job; gone with the last of them
  std::shared_ptr<Channel> find(JobId job);  // null if nobody watches
  void wake_all();

 private:
  struct Table {
    std::mutex mutex;
    std::unordered_map<JobId, std::weak_ptr<Channel>> channels;
    std::atomic<std::size_t> count = 0;  // spares appends of unwatched jobs the lock
  };
  const LogSettings& settings_;
  const SnapshotSource snapshots_;
  const std::shared_ptr<Table> table_ = std::make_shared<Table>();
};

}  // namespace open_cicd::logs
