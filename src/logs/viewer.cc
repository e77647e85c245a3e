#include "logs/viewer.h"

#include "base/text.h"
#include "http/sse.h"
#include "jobs/state.h"
#include "logs/stream_events.h"

#include <algorithm>
#include <limits>

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
      resume_(last_event_id ? Place::parse(*last_event_id) : std::nullopt),
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
    if (resume_is_valid()) {
      if (auto resumed = co_await resume_point()) {
        at_ = resumed->at;
        beside_ = std::move(resumed->beside);
      }
    }
    if (!at_) co_return co_await send_attempt();
  }
  if (at_ && state_->job.attempt == at_->attempt)
    for (const jobs::StepSnapshot& step : state_->job.steps)
      if (step.background) beside_.try_emplace(step.step, 0);
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
  if (!resume_ || resume_->at.attempt != state_->job.attempt) return false;
  const auto& steps = state_->job.steps;
  const auto step = std::ranges::find(steps, resume_->at.step, &jobs::StepSnapshot::step);
  return step == steps.end() ? resume_->at.step == -1 : !step->background;
}

// Where the log goes on for a client that says it is at `resume_`. A client may know bytes that a crashed server lost:
// the agent sends them again, and they are passed over. Anything else behind the end is made up and becomes the end, so
// that nothing is skipped. Nothing: the client's bytes mean nothing any more, the log begins anew.
Task<std::optional<Place>> Viewer::resume_point() const {
  const Position resume = resume_->at;
  const std::shared_ptr<const Source> source = co_await context_.store.source({job_, resume.attempt});
  const Sizes sizes = source->sizes();
  const auto step = sizes.find(resume.step);
  const std::int64_t size = step == sizes.end() ? 0 : step->second;
  Position end{resume.attempt, -1, 0};
  Place place{.at = resume};
  for (const auto& [number, bytes] : sizes) {
    const auto known = std::ranges::find(state_->job.steps, number, &jobs::StepSnapshot::step);
    const bool in_background = known != state_->job.steps.end() && known->background;
    if (!in_background)
      end = {resume.attempt, number, bytes};
    else if (const auto told = resume_->beside.find(number); told != resume_->beside.end())
      place.beside[number] = std::min(told->second, bytes);
  }
  if (resume.offset <= size && resume <= end) co_return place;
  if (state_->job.terminal || source->generation() > 0) co_return std::nullopt;
  // What a crash can take of one step: its tail, and the segment that was being sealed.
  const auto lost_max = static_cast<std::int64_t>(2 * context_.store.settings().segment_bytes);
  if (state_->job.claimed_at_ms < context_.opened_at_ms && resume.offset > 0 && resume.offset - size <= lost_max)
    co_return place;
  place.at = std::min(Position{resume.attempt, resume.step, std::min(resume.offset, size)}, end);
  co_return place;
}

Task<Viewer::Turn> Viewer::send_attempt() {
  at_ = Position{state_->job.attempt, -1, 0};
  beside_.clear();
  generation_.reset();
  live_ = false;
  later_since_.reset();
  told_version_ = 0;
  // What became of the steps of one that is over is told behind their logs.
  co_return co_await send(attempt_event(state_->job, *at_) + (attempt_over() ? step_names(state_->job) : ""));
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
    if (!is_beside(step) && !step_over(step, true)) return false;
  return true;
}

Sizes::const_iterator Viewer::next_step(const Sizes& sizes, int after) const {
  auto step = sizes.upper_bound(after);
  while (step != sizes.end() && is_beside(step->first)) ++step;
  return step;
}

// Neither those in the background nor the others keep the rest waiting.
Task<Viewer::Turn> Viewer::send_log() {
  std::shared_ptr<const Source> source = co_await context_.store.source(attempt_id());
  const bool grows = context_.store.growing(attempt_id()) == source;
  if (grows) {
    if (generation_ && *generation_ != source->generation()) co_return co_await send_attempt();
    generation_ = source->generation();
  }
  constexpr int all = std::numeric_limits<int>::max();
  beside_turn_ = !beside_turn_ && !attempt_over();
  if (beside_turn_) {
    const Turn did = co_await send_beside(source, all);
    if (did != Turn::idle) co_return did;
  }
  const Turn did = co_await send_foreground(source, grows);
  if (did != Turn::idle) co_return did;
  co_return co_await send_beside(source, all);
}

Task<Viewer::Turn> Viewer::send_beside(std::shared_ptr<const Source> source, int before) {
  const Sizes sizes = source->sizes();
  for (auto& [step, offset] : beside_) {
    const auto found = sizes.find(step);
    if (step >= before || found == sizes.end() || offset >= found->second) continue;
    const Position from{at_->attempt, step, offset};
    const std::optional<std::string> bytes = co_await read_piece(source, from, found->second, step_over(step, false));
    if (!bytes) co_return Turn::over;
    if (bytes->empty()) continue;
    offset += static_cast<std::int64_t>(bytes->size());
    const Place place{*at_, beside_};
    std::string text = log_event(from, *bytes, place.str());
    co_return co_await send(std::move(text));
  }
  co_return Turn::idle;
}

Task<Viewer::Turn> Viewer::send_foreground(std::shared_ptr<const Source> source, bool grows) {
  const Sizes sizes = source->sizes();
  while (true) {
    const auto later = next_step(sizes, at_->step);
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
    if (attempt_over()) {
      const Turn did = co_await send_beside(source, later->first);
      if (did != Turn::idle) co_return did;
    }
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
  if (!co_await writer_.write_shared(text)) co_return Turn::over;
  if (beside_.empty()) co_return Turn::sent;
  const Place place{*at_, beside_};
  std::string mark = place_mark(place);  // the shared text does not have it
  co_return co_await send(std::move(mark));
}

// What fits of the bytes up to `end`, whole characters; also the beginning of one at the end if there comes no more.
// Nothing when the log was deleted.
Task<std::optional<std::string>> Viewer::read_piece(std::shared_ptr<const Source> source, Position from,
                                                    std::int64_t end, bool flush) {
  const Counted counted(context_.catching_up);
  const std::size_t piece_max =
      context_.store.settings().replay_bytes_max / (context_.catching_up > many_catching_up ? 8 : 1);
  const auto room =
      static_cast<std::size_t>(std::min<std::int64_t>(end - from.offset, static_cast<std::int64_t>(piece_max)));
  std::string bytes = co_await context_.store.read(source, attempt_id(), from.step, from.offset, room);
  if (bytes.empty() && context_.store.growing(attempt_id()) == nullptr) co_return std::nullopt;
  std::size_t whole = utf8_complete_prefix(bytes);
  if (whole == 0 && from.offset + static_cast<std::int64_t>(bytes.size()) < end) {
    // A segment ends inside a character.
    bytes += co_await context_.store.read(source, attempt_id(), from.step,
                                          from.offset + static_cast<std::int64_t>(bytes.size()), 4);
    whole = utf8_complete_prefix(bytes);
  }
  const bool at_end = from.offset + static_cast<std::int64_t>(bytes.size()) == end;
  if (!at_end || !flush) bytes.resize(whole);
  co_return bytes;
}

Task<Viewer::Turn> Viewer::send_stored(std::shared_ptr<const Source> source, std::int64_t size,
                                       std::optional<std::int64_t> read_until, bool flush) {
  if (live_) {
    live_ = false;
    context_.lagged();
    co_return co_await send(lagged_event(*at_, read_until.value_or(size)));
  }
  const std::int64_t end = read_until.value_or(size);
  const std::optional<std::string> bytes = co_await read_piece(source, *at_, end, flush || read_until);
  if (!bytes) co_return Turn::over;  // who asks again is told so
  if (bytes->empty()) co_return Turn::idle;
  const Position from = *at_;
  at_->offset += static_cast<std::int64_t>(bytes->size());
  const Place place{*at_, beside_};
  std::string text = log_event(from, *bytes, place.str());
  co_return co_await send(std::move(text));
}

}  // namespace open_cicd::logs
