// One open event stream: a position in the job's log, and what its client has been told.
#pragma once

#include "http/message.h"
#include "logs/channel.h"
#include "logs/position.h"
#include "logs/store.h"

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace open_cicd::logs {

// What all viewers share and never changes.
struct ViewerContext {
  Store& store;
  std::atomic<bool>& closing;             // close_streams() was called
  std::atomic<std::size_t>& catching_up;  // viewers that read the store at this moment
  std::function<void()> lagged;           // counts
  std::int64_t opened_at_ms;              // of this process' log store: what it has taken since, it has
};

// Runs on one serial executor. Holds a place and, while its client is slow, one piece of bounded size.
//
// Steps follow each other in the stream, each whole before the next. Those in the background do not: what they print is
// sent as it comes, between the others. Only when the attempt is over already they come in their order, too.
class Viewer {
 public:
  Viewer(ViewerContext context, JobId job, std::optional<std::string> last_event_id, std::shared_ptr<Channel> channel,
         asio::any_io_executor executor, http::BodyWriter& writer, std::function<bool()> shutting_down);

  Task<void> run();

 private:
  enum class Turn : unsigned char { sent, idle, over };  // over: the peer is gone, or the stream is complete

  Task<Turn> turn();
  Task<Turn> send_attempt();
  Task<Turn> send_state();
  Task<Turn> send_log();
  Task<Turn> send_foreground(std::shared_ptr<const Source> source, bool grows);
  Task<Turn> send_beside(std::shared_ptr<const Source> source, int before);  // of the steps in the background below it
  Task<Turn> send_live(const Channel::Next& next);
  Task<Turn> send_stored(std::shared_ptr<const Source> source, std::int64_t size,
                         std::optional<std::int64_t> read_until, bool flush);
  Task<std::optional<std::string>> read_piece(std::shared_ptr<const Source> source, Position from, std::int64_t end,
                                              bool flush);
  Task<Turn> send_end();
  Task<Turn> send(std::string text);

  bool attempt_over() const { return state_->job.terminal || state_->job.attempt > at_->attempt; }
  bool step_over(int step, bool later_has_bytes);
  bool steps_over(int first, int later);  // first … later - 1
  bool is_beside(int step) const { return beside_.contains(step); }
  Sizes::const_iterator next_step(const Sizes& sizes, int after) const;  // that is not in the background
  std::string ends_before(int later) const;
  bool resume_is_valid() const;
  Task<std::optional<Place>> resume_point() const;
  AttemptId attempt_id() const { return {job_, at_->attempt}; }

  const ViewerContext context_;
  const JobId job_;
  std::optional<Place> resume_;  // until the first state is known
  const std::shared_ptr<Channel> channel_;
  Channel::Seat seat_;
  http::BodyWriter& writer_;
  const std::function<bool()> shutting_down_;

  std::shared_ptr<const JobReading> state_;
  std::uint64_t told_version_ = 0;      // of the state the client knows
  std::optional<Position> at_;          // what comes next; nothing before the first attempt
  std::map<int, std::int64_t> beside_;  // what comes next of each step in the background
  bool beside_turn_ = false;
  std::optional<int> generation_;             // of the attempt, once it was seen growing
  bool live_ = false;                         // the last log event came from the ring
  Channel::Time look_again_;                  // the latest time of the next turn
  std::optional<Channel::Time> later_since_;  // when a later step was first seen to have bytes
  Channel::Time ping_due_;
};

}  // namespace open_cicd::logs
