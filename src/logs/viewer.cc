#include "logs/viewer.h"

#include "base/text.h"
#include "http/sse.h"
#include "jobs/state.h"
#include "logs/stream_events.h"

#include <algorithm>

namespace open_cicd::logs {
namespace {

constexpr int retry_hint_ms = 1000;
constexpr std::size_t many_catching_up =
    32;  // from here on each reads smaller pieces, so that all together stay bounded
constexpr std::chrono::seconds stale_retry{1};

Channel::Time now() {
  return std::chrono::steady_clock::now();
}

// Counts while it lives.
class Counted {
 public:
  explicit Counted(std::atomic<std::size_t>& count) : count_(count) { ++count_; }
  ~Counted() { --count_; }
  Counted(const Counted&) = delete;

 private:
  std::atomic<std::size_t>& count_;
};

}  // namespace

Viewer::Viewer(ViewerContext context, JobId job, std::optional<std::string> last_event_id,
               std::shared_ptr<Channel> channel, asio::any_io_executor executor, http::BodyWriter& writer,
               std::function<bool()> shutting_down)
    : context_(std::move(context)),
      job_(job),
      resume_(last_event_id ? Position::parse(*last_event_id) : std::nullopt),
      channel_(std::move(channel)),
      seat_(channel_, std::move(executor)),
      writer_(writer),
      shutting_down_(std::move(shutting_down)),
      ping_due_(now() + context_.store.settings().ping_interval) {}

Task<void> Viewer::run() {
  while (true) {
    if (context_.closing || shutting_down_()) {
      const std::string hint = http::encode_retry(retry_hint_ms);
      co_await writer_.write(hint);
      co_return;
    }
    const std::uint64_t ticks = channel_->ticks();
    look_again_ = ping_due_;
    const Turn did = co_await turn();
    if (did == Turn::over) co_return;
    if (did == Turn::sent) continue;
    if (now() >= ping_due_) {
      channel_->doubt_old_state();
      if (!co_await writer_.write(http::sse_ping)) co_return;
      ping_due_ = now() + context_.store.settings().ping_interval;
      continue;
    }
    if (channel_->stale()) look_again_ = std::min(look_again_, now() + stale_retry);
    co_await seat_.wait(ticks, look_again_);
  }
}

Task<Viewer::Turn> Viewer::turn() {
  auto state = co_await channel_->state();
  if (!state) co_return Turn::over;
  state_ = *state;
  if (!state_) co_return Turn::idle;

  if (!at_ && state_->job.attempt > 0) {
    if (resume_is_valid()) at_ = co_await resume_point();
    if (!at_) co_return co_await send_attempt();
  }
  // The end, and a new attempt, are told after the last byte of what they end.
  const bool held = at_ ? attempt_over() : state_->job.terminal;
  if (!held && told_version_ != state_->version) co_return co_await send_state();
  if (at_) {
    const Turn did = co_await send_log();
    if (did != Turn::idle) co_return did;
  }
  if (!held) co_return Turn::idle;
  if (at_ && state_->job.attempt > at_->attempt) co_return co_await send_attempt();
  co_return co_await send_end();
}

bool Viewer::resume_is_valid() const {
  if (!resume_ || resume_->attempt != state_->job.attempt) return false;
  const auto& steps = state_->job.steps;
  return resume_->step == -1 || std::ranges::find(steps, resume_->step, &jobs::StepSnapshot::step) != steps.end();
}

// Where the log goes on for a client that says it is at `resume_`. A client may know bytes that a crashed server lost:
// the agent sends them again, and they are passed over. Anything else behind the end is made up and becomes the end, so
// that nothing is skipped. Nothing: the client's bytes mean nothing any more, the log begins anew.
Task<std::optional<Position>> Viewer::resume_point() const {
  const Position resume = *resume_;
  const std::shared_ptr<const Source> source = co_await context_.store.source({job_, resume.attempt});
  const Sizes sizes = source->sizes();
  const auto step = sizes.find(resume.step);
  const std::int64_t size = step == sizes.end() ? 0 : step->second;
  Position end{resume.attempt, -1, 0};
  if (!sizes.empty()) end = {resume.attempt, sizes.rbegin()->first, sizes.rbegin()->second};
  if (resume.offset <= size && resume <= end) co_return resume;
  if (state_->job.terminal || source->generation() > 0) co_return std::nullopt;
  // What a crash can take of one step: its tail, and the segment that was being sealed.
  const auto lost_max = static_cast<std::int64_t>(2 * context_.store.settings().segment_bytes);
  if (state_->job.claimed_at_ms < context_.opened_at_ms && resume.offset > 0 && resume.offset - size <= lost_max)
    co_return resume;
  co_return std::min(Position{resume.attempt, resume.step, std::min(resume.offset, size)}, end);
}

Task<Viewer::Turn> Viewer::send_attempt() {
  at_ = Position{state_->job.attempt, -1, 0};
  generation_.reset();
  live_ = false;
  later_since_.reset();
  told_version_ = 0;
  co_return co_await send(attempt_event(state_->job, *at_));
}

Task<Viewer::Turn> Viewer::send_state() {
  const auto text = told_version_ + 1 == state_->version ? state_->change : state_->whole;
  told_version_ = state_->version;
  if (text->empty()) co_return Turn::sent;
  ping_due_ = now() + context_.store.settings().ping_interval;
  co_return co_await writer_.write_shared(text) ? Turn::sent : Turn::over;
}

Task<Viewer::Turn> Viewer::send_end() {
  if (told_version_ != state_->version) {
    const Turn did = co_await send_state();
    if (did == Turn::over) co_return did;
  }
  co_await send(end_event(state_->job));
  co_return Turn::over;
}

Task<Viewer::Turn> Viewer::send(std::string text) {
  ping_due_ = now() + context_.store.settings().ping_interval;
  co_return co_await writer_.write(text) ? Turn::sent : Turn::over;
}

// Whether `step` will print nothing more. A step that reported its end takes no more bytes; an agent that reports no
// steps moves on when it prints for a later one, and the grace lets bytes that overtook each other arrive.
bool Viewer::step_over(int step, bool later_has_bytes) {
  if (attempt_over()) return true;
  const auto known = std::ranges::find(state_->job.steps, step, &jobs::StepSnapshot::step);
  if (known == state_->job.steps.end()) return later_has_bytes;
  if (jobs::is_terminal(known->state)) return true;
  if (!later_has_bytes) return false;
  if (!later_since_) later_since_ = now();
  const Channel::Time over_at = *later_since_ + context_.store.settings().step_grace;
  look_again_ = std::min(look_again_, over_at);
  return now() >= over_at;
}

// Steps that print nothing may end between two that print: their ends may reach the server after the later one's first
// byte, and people read them before it.
bool Viewer::steps_over(int first, int later) {
  for (int step = first; step < later; ++step)
    if (!step_over(step, true)) return false;
  return true;
}

Task<Viewer::Turn> Viewer::send_log() {
  std::shared_ptr<const Source> source = co_await context_.store.source(attempt_id());
  const bool grows = context_.store.growing(attempt_id()) == source;
  if (grows) {
    if (generation_ && *generation_ != source->generation()) co_return co_await send_attempt();
    generation_ = source->generation();
  }
  const Sizes sizes = source->sizes();
  while (true) {
    const auto later = sizes.upper_bound(at_->step);
    const bool over = step_over(at_->step, later != sizes.end());
    const auto found = sizes.find(at_->step);
    const std::int64_t size = found == sizes.end() ? 0 : found->second;
    // Bytes that a restarted server lost and that the agent never sent again.
    if (at_->offset > size && attempt_over()) co_return co_await send_attempt();
    if (at_->offset < size) {
      Channel::Next next;
      if (grows) next = channel_->next(*source, *generation_, *at_, over);
      if (next.text) co_return co_await send_live(next);
      if (next.wait_until) look_again_ = std::min(look_again_, *next.wait_until);
      if (next.wait_until || next.nothing) co_return Turn::idle;
      co_return co_await send_stored(source, size, next.read_until, over);
    }
    if (!over || later == sizes.end() || !steps_over(at_->step + 1, later->first)) co_return Turn::idle;
    const std::string ends = ends_before(later->first);
    at_ = Position{at_->attempt, later->first, 0};
    later_since_.reset();
    if (!ends.empty()) co_return co_await send(ends);
  }
}

// The states of an attempt that is over are held until its last byte, but a step's end is told before the next step's
// first byte: people read them in this order.
std::string Viewer::ends_before(int later) const {
  const bool held = state_->job.terminal && state_->job.attempt == at_->attempt;
  return held ? step_ends(state_->job, at_->step, later) : std::string();
}

Task<Viewer::Turn> Viewer::send_live(const Channel::Next& next) {
  const auto text = next.text;
  at_ = next.after;
  live_ = true;
  ping_due_ = now() + context_.store.settings().ping_interval;
  co_return co_await writer_.write_shared(text) ? Turn::sent : Turn::over;
}

Task<Viewer::Turn> Viewer::send_stored(std::shared_ptr<const Source> source, std::int64_t size,
                                       std::optional<std::int64_t> read_until, bool flush) {
  if (live_) {
    live_ = false;
    context_.lagged();
    co_return co_await send(lagged_event(*at_, read_until.value_or(size)));
  }
  const Counted counted(context_.catching_up);
  const std::size_t piece_max =
      context_.store.settings().replay_bytes_max / (context_.catching_up > many_catching_up ? 8 : 1);
  const std::int64_t end = read_until.value_or(size);
  const auto room =
      static_cast<std::size_t>(std::min<std::int64_t>(end - at_->offset, static_cast<std::int64_t>(piece_max)));
  std::string bytes = co_await context_.store.read(source, attempt_id(), at_->step, at_->offset, room);
  // The log was deleted: who asks again is told so.
  if (bytes.empty() && context_.store.growing(attempt_id()) == nullptr) co_return Turn::over;
  std::size_t whole = utf8_complete_prefix(bytes);
  if (whole == 0 && at_->offset + static_cast<std::int64_t>(bytes.size()) < end) {
    // A segment ends inside a character.
    bytes += co_await context_.store.read(source, attempt_id(), at_->step,
                                          at_->offset + static_cast<std::int64_t>(bytes.size()), 4);
    whole = utf8_complete_prefix(bytes);
  }
  const bool at_end = at_->offset + static_cast<std::int64_t>(bytes.size()) == end;
  if (at_end && (flush || read_until)) whole = bytes.size();
  if (whole == 0) co_return Turn::idle;
  const Position from = *at_;
  at_->offset += static_cast<std::int64_t>(whole);
  std::string text = log_event(from, std::string_view(bytes).substr(0, whole));
  bytes = {};
  co_return co_await send(std::move(text));
}

}  // namespace open_cicd::logs
