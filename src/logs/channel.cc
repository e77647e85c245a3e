#include "logs/channel.h"

#include "base/log.h"
#include "base/text.h"
#include "db/db.h"
#include "logs/stream_events.h"

#include <algorithm>

namespace open_cicd::logs {
namespace {

// Sending costs each viewer about this much, so encoding more often than everybody can send would only make smaller
// events.
constexpr std::chrono::microseconds send_time_per_viewer{4};
constexpr std::chrono::milliseconds encode_interval_max{20};
constexpr std::size_t ring_chunks_max = 256;
constexpr std::chrono::seconds state_retry{1};

}  // namespace

Channel::Seat::Seat(std::shared_ptr<Channel> channel, asio::any_io_executor executor)
    : channel_(std::move(channel)), waiter_(std::make_shared<Waiter>(executor)), executor_(std::move(executor)) {
  ++channel_->viewers_;
}

Channel::Seat::~Seat() {
  --channel_->viewers_;
  const std::lock_guard lock(channel_->mutex_);
  if (idle_) channel_->idle_.erase(place_);
}

Task<void> Channel::Seat::wait(std::uint64_t ticks, Time time) {
  {
    const std::lock_guard lock(channel_->mutex_);
    if (channel_->ticks_ != ticks) co_return;
    if (!idle_) place_ = channel_->idle_.insert(channel_->idle_.end(), this);
    idle_ = true;
  }
  co_await waiter_->wait_until(time);
}

void Channel::grown() {
  const std::lock_guard lock(mutex_);
  ++ticks_;
  wake_soon();
}

void Channel::state_changed() {
  const std::lock_guard lock(mutex_);
  ++ticks_;
  state_dirty_ = true;
  wake_soon();
}

// The caller is often an agent's append: it posts once, and a viewer's core wakes the others.
void Channel::wake_soon() {
  if (idle_.empty() || wake_posted_) return;
  wake_posted_ = true;
  asio::post(idle_.front()->executor_, [self = shared_from_this()] { self->wake_all(); });
}

void Channel::wake_all() {
  const std::lock_guard lock(mutex_);
  wake_posted_ = false;
  for (Seat* seat : idle_) {
    seat->idle_ = false;
    Waiter::wake(seat->waiter_);
  }
  idle_.clear();
}

std::uint64_t Channel::ticks() const {
  const std::lock_guard lock(mutex_);
  return ticks_;
}

// One viewer reads the state for all; if it goes away in the middle, the next one does.
struct Channel::Reading {
  enum class Outcome : unsigned char { abandoned, failed, done };
  explicit Reading(Channel& c) : channel(c) {}
  ~Reading() {
    const std::lock_guard lock(channel.mutex_);
    channel.state_reading_ = false;
    if (outcome != Outcome::done) channel.state_dirty_ = true;
    if (outcome == Outcome::failed) return;
    ++channel.ticks_;
    channel.wake_soon();
  }
  Reading(const Reading&) = delete;
  Channel& channel;
  Outcome outcome = Outcome::abandoned;
};

bool Channel::stale() const {
  const std::lock_guard lock(mutex_);
  return state_dirty_;
}

void Channel::doubt_old_state() {
  const std::lock_guard lock(mutex_);
  if (std::chrono::steady_clock::now() - state_read_at_ >= settings_.ping_interval) state_dirty_ = true;
}

Task<Result<std::shared_ptr<const JobReading>>> Channel::state() {
  {
    const std::lock_guard lock(mutex_);
    if (!state_dirty_ || state_reading_ || std::chrono::steady_clock::now() < state_not_before_) co_return state_;
    state_dirty_ = false;
    state_reading_ = true;
  }
  Reading reading(*this);
  std::optional<Result<jobs::JobSnapshot>> snapshot;
  try {
    snapshot = co_await snapshots_(job_);
  } catch (const db::DatabaseError& e) {
    log_warn("a watched job's state could not be read", {{"job", job_.str()}, {"error", e.what()}});
  }
  const std::lock_guard lock(mutex_);
  if (!snapshot) {
    reading.outcome = Reading::Outcome::failed;
    state_not_before_ = std::chrono::steady_clock::now() + state_retry;
    co_return state_;
  }
  reading.outcome = Reading::Outcome::done;
  state_read_at_ = std::chrono::steady_clock::now();
  if (!*snapshot) co_return std::unexpected(std::move(snapshot->error()));
  auto next = std::make_shared<JobReading>();
  next->change = std::make_shared<const std::string>(state_events(state_ ? &state_->job : nullptr, **snapshot));
  next->version = state_ ? state_->version + 1 : 1;
  if (state_ && next->change->empty()) {  // nothing to tell, also for those who have not been told the last change
    next->version = state_->version;
    next->change = state_->change;
  }
  next->whole = std::make_shared<const std::string>(state_events(nullptr, **snapshot));
  next->job = std::move(**snapshot);
  state_ = std::move(next);
  co_return state_;
}

const Channel::Chunk* Channel::find(Position at) const {
  const auto found = std::ranges::lower_bound(ring_, at, {}, &Chunk::begin);
  return found != ring_.end() && found->begin == at ? &*found : nullptr;
}

Channel::Next Channel::next(const Source& source, int generation, Position at, bool flush) {
  const std::lock_guard lock(mutex_);
  if (generation != generation_) {
    ring_.clear();
    ring_bytes_ = 0;
    head_ = {};
    generation_ = generation;
  }
  const Chunk* chunk = find(at);
  if (chunk == nullptr && at >= head_) {
    const Time now = std::chrono::steady_clock::now();
    if (now < encode_not_before_) return {.wait_until = encode_not_before_};
    Piece piece = source.peek(at.step, at.offset, 4);
    if (std::holds_alternative<Stored>(piece)) return {};
    const std::size_t whole = utf8_complete_prefix(std::get<std::string>(piece));
    if (std::get<std::string>(piece).empty() || (whole == 0 && !flush)) return {.nothing = true};
    encode(source, at, flush);
    encode_not_before_ =
        now + std::min<std::chrono::nanoseconds>(send_time_per_viewer * viewers_.load(), encode_interval_max);
    chunk = find(at);
  }
  if (chunk != nullptr) return {.text = chunk->text, .after = chunk->end};
  // Behind: up to the next event that begins in this step, or, from inside an event, to its end.
  const auto later = std::ranges::upper_bound(ring_, at, {}, &Chunk::begin);
  Next result;
  if (later != ring_.begin() && std::prev(later)->end > at)
    result.read_until = std::prev(later)->end.offset;
  else if (later != ring_.end() && later->begin.step == at.step)
    result.read_until = later->begin.offset;
  return result;
}

void Channel::encode(const Source& source, Position at, bool flush) {
  const std::size_t bytes_before = ring_bytes_;
  while (ring_bytes_ - bytes_before < settings_.ring_bytes_max / 2) {
    const Piece piece = source.peek(at.step, at.offset, settings_.live_event_bytes_max);
    const auto* bytes = std::get_if<std::string>(&piece);
    if (bytes == nullptr || bytes->empty()) break;
    const std::size_t whole = utf8_complete_prefix(*bytes);
    const std::size_t size = whole == 0 && flush ? bytes->size() : whole;
    if (size == 0) break;
    const Position end{at.attempt, at.step, at.offset + static_cast<std::int64_t>(size)};
    auto text = std::make_shared<const std::string>(log_event(at, std::string_view(*bytes).substr(0, size)));
    ring_bytes_ += text->size();
    ring_.push_back({at, end, std::move(text)});
    head_ = at = end;
  }
  while (ring_.size() > 1 && (ring_bytes_ > settings_.ring_bytes_max || ring_.size() > ring_chunks_max)) {
    ring_bytes_ -= ring_.front().text->size();
    ring_.pop_front();
  }
}

std::shared_ptr<Channel> Channels::open(JobId job) {
  const std::lock_guard lock(table_->mutex);
  std::weak_ptr<Channel>& entry = table_->channels[job];
  if (auto channel = entry.lock()) return channel;
  const auto remove = [table = std::weak_ptr(table_), job](const Channel* channel) {
    delete channel;
    const auto held = table.lock();
    if (!held) return;
    const std::lock_guard table_lock(held->mutex);
    const auto found = held->channels.find(job);  // another one may have taken the place
    if (found != held->channels.end() && found->second.expired()) held->channels.erase(found);
    held->count = held->channels.size();
  };
  std::shared_ptr<Channel> channel(new Channel(job, settings_, snapshots_), remove);
  entry = channel;
  table_->count = table_->channels.size();
  return channel;
}

std::shared_ptr<Channel> Channels::find(JobId job) {
  if (table_->count == 0) return nullptr;
  const std::lock_guard lock(table_->mutex);
  const auto found = table_->channels.find(job);
  return found == table_->channels.end() ? nullptr : found->second.lock();
}

void Channels::wake_all() {
  std::vector<std::shared_ptr<Channel>> channels;
  {
    const std::lock_guard lock(table_->mutex);
    for (const auto& [job, entry] : table_->channels) {
      if (auto channel = entry.lock()) channels.push_back(std::move(channel));
    }
  }
  for (const auto& channel : channels) channel->grown();
}

}  // namespace open_cicd::logs
