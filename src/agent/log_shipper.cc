#include "agent/log_shipper.h"

#include "agent/decision.h"
#include "base/crypto.h"
#include "base/log.h"

#include <zstd.h>

#include <algorithm>
#include <charconv>

namespace open_cicd::agent {
namespace {

// On a slow line a chunk is made small enough to arrive well within a request's timeout.
constexpr std::size_t chunk_min = 16 << 10;
constexpr std::size_t chunk_start = 256 << 10;
constexpr Milliseconds quick{250};
constexpr Milliseconds slow{1'500};
constexpr std::size_t compress_min = 512;

std::string compress(std::string_view bytes) {
  std::string out(ZSTD_compressBound(bytes.size()), '\0');
  const std::size_t size = ZSTD_compress(out.data(), out.size(), bytes.data(), bytes.size(), 1);
  if (ZSTD_isError(size) != 0) return {};
  out.resize(size);
  return out;
}

std::optional<std::int64_t> next_of(const Error& error) {
  const boost::json::value* next = error.facts().if_contains("next");
  if (next == nullptr || !next->is_int64()) return std::nullopt;
  return next->get_int64();
}

}  // namespace

LogShipper::LogShipper(const asio::any_io_executor& executor, ApiClient& api, Lease lease, LogSpool& spool,
                       WorkerPool& workers, ShipperSettings settings, std::function<void(const Error&)> refused)
    : api_(api),
      lease_(std::move(lease)),
      spool_(spool),
      workers_(workers),
      settings_(settings),
      refused_(std::move(refused)),
      backoff_(settings.backoff),
      work_(executor),
      progress_(executor),
      chunk_(std::min(chunk_start, settings.chunk_max)) {}

void LogShipper::wake() {
  work_.notify();
}

void LogShipper::hurry() {
  hurry_ = true;
  last_step_ = std::numeric_limits<int>::max();
  work_.notify();
}

void LogShipper::hold_after(int step) {
  if (hurry_) return;
  last_step_ = step;
  work_.notify();
}

void LogShipper::retry_now() {
  retry_now_ = true;
  work_.notify();
}

void LogShipper::stop() {
  stopped_ = true;
  work_.notify();
  progress_.notify_all();
}

std::int64_t LogShipper::acknowledged(int step) const {
  const auto found = acknowledged_.find(step);
  return found == acknowledged_.end() ? 0 : found->second;
}

std::optional<int> LogShipper::next_step() const {
  const std::optional<int> foreground = next_step(false);
  if (background_.empty()) return foreground;
  const std::optional<int> beside = next_step(true);
  const bool turn_of_beside = !background_.contains(last_shipped_);
  return beside && (turn_of_beside || !foreground) ? beside : foreground;
}

// In the background the one after the last that was shipped, so that none that prints without end keeps others back.
std::optional<int> LogShipper::next_step(bool in_background) const {
  std::optional<int> first;
  for (const int step : spool_.steps()) {
    if (step > last_step_ || stuck_.contains(step) || acknowledged(step) >= spool_.size(step)) continue;
    if (background_.contains(step) != in_background) continue;
    if (!in_background || step > last_beside_) return step;
    if (!first) first = step;
  }
  return first;
}

bool LogShipper::paced(int step) const {
  const auto pending = static_cast<std::size_t>(spool_.size(step) - acknowledged(step));
  return !hurry_ && pending < settings_.small_chunk && std::chrono::steady_clock::now() < last_start_ + settings_.pace;
}

Task<void> LogShipper::run() {
  while (!stopped_) {
    const std::optional<int> step = next_step();
    if (!step) {
      progress_.notify_all();
      co_await work_.wait();
    } else if (paced(*step)) {
      co_await work_.wait(last_start_ + settings_.pace);
    } else {
      co_await ship(*step);
    }
  }
}

Task<void> LogShipper::ship(int step) {
  const std::int64_t offset = acknowledged(step);
  last_shipped_ = step;
  if (background_.contains(step)) last_beside_ = step;
  if (Result<void> read = spool_.read(step, offset, chunk_, buffer_); !read) {
    log_warn("a part of a log cannot be sent",
             {{"job", lease_.job.str()}, {"step", step}, {"error", read.error().message()}});
    stuck_.insert(step);
    spool_gone_ = true;
    co_return progress_.notify_all();
  }
  times_ = spool_.times(step, offset, offset + std::ssize(buffer_));
  if (times_.size() > protocol::log_times_max) {
    buffer_.resize(static_cast<std::size_t>(times_[protocol::log_times_max].offset - offset));
    times_.resize(protocol::log_times_max);
  }
  last_start_ = std::chrono::steady_clock::now();
  Result<protocol::AppendReply> reply = co_await send(step, offset);
  if (stopped_) co_return;
  if (!reply) co_return co_await handle(step, std::move(reply.error()));
  backoff_.reset();
  fit_chunk(buffer_.size(), std::chrono::duration_cast<Milliseconds>(std::chrono::steady_clock::now() - last_start_));
  acknowledged_[step] = std::min(reply->next, spool_.size(step));
  progress_.notify_all();
}

Task<Result<protocol::AppendReply>> LogShipper::send(int step, std::int64_t offset) {
  LogChunk chunk{.step = step,
                 .offset = offset,
                 .bytes = buffer_,
                 .encoding = {},
                 .crc32c = crc32c(buffer_),
                 .times = protocol::format_log_times(times_, offset)};
  if (settings_.compress && buffer_.size() >= compress_min) {
    compressed_ = co_await offload(workers_, [this] { return compress(buffer_); });
    if (!compressed_.empty() && compressed_.size() < buffer_.size()) {
      chunk.bytes = compressed_;
      chunk.encoding = "zstd";
    }
  }
  co_return co_await api_.append(lease_, chunk);
}

void LogShipper::fit_chunk(std::size_t sent, Milliseconds took) {
  if (took > slow) {
    chunk_ = std::max(chunk_min, chunk_ / 2);
  } else if (took < quick && sent == chunk_) {
    chunk_ = std::min(settings_.chunk_max, chunk_ * 2);
  }
}

Task<void> LogShipper::handle(int step, Error error) {
  const std::optional<std::int64_t> next = next_of(error);
  if (error.kind() == ErrorKind::range && next) {
    acknowledged_[step] = std::min(*next, spool_.size(step));
    co_return progress_.notify_all();
  }
  if (error.code() == "log_limit") co_return log_limit(step, error);
  if (error.kind() == ErrorKind::too_large && chunk_ > chunk_min) {
    chunk_ = std::max(chunk_min, chunk_ / 2);
    settings_.chunk_max = chunk_;
    co_return;
  }
  if (error.code() == "timeout") chunk_ = std::max(chunk_min, chunk_ / 4);
  const Decision decision = decide(error);
  if (decision == Decision::retry || error.code() == "crc") {
    co_return co_await back_off(backoff_.next(error.retry_after()));
  }
  // What is left: this log is refused (log_conflict, a step that has ended), or the whole attempt is. The finish sorts
  // the first one out.
  stuck_.insert(step);
  progress_.notify_all();
  refused_(error);
}

// New bytes end a wait of work_ too, but they are no reason to try sooner.
Task<void> LogShipper::back_off(Milliseconds wait) {
  const auto until = std::chrono::steady_clock::now() + wait;
  retry_now_ = false;
  while (!stopped_ && !retry_now_ && std::chrono::steady_clock::now() < until) co_await work_.wait(until);
}

// The server takes no more of this log: the finish will vouch for what it has.
void LogShipper::log_limit(int step, const Error& error) {
  const std::int64_t kept = next_of(error).value_or(acknowledged(step));
  if (Result<void> cut = spool_.cut(step, kept); !cut) stuck_.insert(step);
  acknowledged_[step] = kept;
  log_warn("a job's log is longer than the server stores; the rest is dropped", {{"job", lease_.job.str()}});
  progress_.notify_all();
}

void LogShipper::assume_delivered() {
  for (const int step : spool_.steps()) acknowledged_[step] = spool_.size(step);
}

void LogShipper::rewind(const std::map<std::string, std::int64_t>& next) {
  // The server has the whole log of each step that it does not name, whatever became of the last request about it.
  for (const int step : stuck_) acknowledged_[step] = spool_.size(step);
  stuck_.clear();
  for (const auto& [name, offset] : next) {
    int step = 0;
    std::from_chars(name.data(), name.data() + name.size(), step);
    acknowledged_[step] = std::clamp<std::int64_t>(offset, 0, spool_.size(step));
  }
  work_.notify();
}

Task<void> LogShipper::drained(int step) {
  while (!stopped_ && !stuck_.contains(step) && acknowledged(step) < spool_.size(step)) co_await progress_.wait();
}

Task<void> LogShipper::all_drained() {
  while (!stopped_ && next_step()) co_await progress_.wait();
}

}  // namespace open_cicd::agent
