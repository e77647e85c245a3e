#include "logs/logs.h"

#include "base/cancellation.h"
#include "base/clock.h"
#include "base/counted.h"
#include "base/places.h"
#include "logs/channel.h"
#include "logs/lines.h"
#include "logs/store.h"
#include "logs/viewer.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>

#include <atomic>

namespace open_cicd::logs {

using namespace asio::experimental::awaitable_operators;

namespace {

constexpr std::size_t download_piece_bytes = 256 * 1024;
constexpr std::chrono::seconds stream_retry_after{10};

struct Metrics {
  explicit Metrics(prometheus::Registry& registry)
      : received(prometheus::BuildCounter()
                     .Name("open_cicd_log_received_bytes_total")
                     .Help("Bytes of logs that agents sent.")
                     .Register(registry)
                     .Add({})),
        lagged(prometheus::BuildCounter()
                   .Name("open_cicd_log_lagged_total")
                   .Help("Times a viewer was too slow for the live log and went on from the store.")
                   .Register(registry)
                   .Add({})),
        streams(prometheus::BuildGauge()
                    .Name("open_cicd_log_streams")
                    .Help("Open streams of logs.")
                    .Register(registry)
                    .Add({})) {}
  prometheus::Counter& received;
  prometheus::Counter& lagged;
  prometheus::Gauge& streams;
};

// `a || b` waits for b when a throws: so it does not throw.
Task<void> run_to_end(Viewer& viewer, std::exception_ptr& failure) {
  try {
    co_await viewer.run();
  } catch (...) {
    failure = std::current_exception();
  }
}

}  // namespace

struct Logs::Parts {
  Parts(LogSettings settings, db::Session& session, WorkerPool& pool, events::Bus& b, SnapshotSource snapshots,
        std::shared_ptr<prometheus::Registry> r)
      : bus(b),
        registry(std::move(r)),
        metrics(*registry),
        store(std::move(settings), session, pool, [this](JobId job) { grown(job); }),
        lines(store),
        channels(store.settings(), std::move(snapshots)) {}

  void grown(JobId job) {
    if (const auto channel = channels.find(job)) channel->grown();
  }
  void heard(const events::Event& event) {
    const auto* changed = std::get_if<events::JobChanged>(&event);
    if (changed == nullptr) return;
    if (const auto channel = channels.find(changed->job)) channel->state_changed();
  }

  events::Bus& bus;
  std::optional<int> subscription;
  const std::shared_ptr<prometheus::Registry> registry;
  Metrics metrics;
  Store store;
  Lines lines;
  Channels channels;
  Places places;
  const std::int64_t opened_at_ms = SystemClock().unix_ms();
  std::atomic<bool> closing = false;
  std::atomic<std::size_t> catching_up = 0;
};

Logs::Logs(LogSettings settings, db::Session& session, WorkerPool& pool, events::Bus& bus, SnapshotSource snapshots,
           std::shared_ptr<prometheus::Registry> metrics)
    : parts_(
          std::make_unique<Parts>(std::move(settings), session, pool, bus, std::move(snapshots), std::move(metrics))) {}

Logs::~Logs() {
  if (parts_->subscription) parts_->bus.unsubscribe(*parts_->subscription);
}

void Logs::start() {
  parts_->subscription =
      parts_->bus.subscribe([parts = parts_.get()](const events::Event& event) { parts->heard(event); });
}

void Logs::close_streams() {
  parts_->closing = true;
  parts_->channels.wake_all();
}

Task<void> Logs::stop() {
  close_streams();
  co_await parts_->store.seal_all();
}

Task<Result<std::int64_t>> Logs::append(JobId job, int attempt, int step, std::int64_t offset, std::string_view bytes,
                                        std::optional<std::uint32_t> crc32c, std::vector<protocol::LogTime> times) {
  parts_->metrics.received.Increment(static_cast<double>(bytes.size()));
  return parts_->store.append({job, attempt}, step, offset, bytes, crc32c, std::move(times));
}

Task<Result<std::int64_t>> Logs::append_lines(JobId job, int attempt, int step, std::int64_t seq,
                                              std::vector<std::string> lines) {
  for (const std::string& line : lines) parts_->metrics.received.Increment(static_cast<double>(line.size() + 1));
  return parts_->store.append_lines({job, attempt}, step, seq, std::move(lines));
}

Task<std::map<int, std::int64_t>> Logs::next_offsets(JobId job, int attempt) {
  return parts_->store.next_offsets({job, attempt});
}

Task<Result<jobs::LogVerdict>> Logs::verify(JobId job, int attempt, jobs::LogClaim claim) {
  return parts_->store.verify({job, attempt}, std::move(claim));
}

Task<void> Logs::persist(db::Transaction& tx, JobId job, int attempt, const jobs::LogVerdict& verdict) {
  return Store::persist(tx, {job, attempt}, verdict);
}

void Logs::close(JobId job, int attempt, bool committed) {
  parts_->store.close({job, attempt}, committed);
}

Task<void> Logs::remove(std::vector<JobId> jobs) {
  co_await parts_->store.remove(jobs);
  for (const JobId job : jobs) {
    if (const auto channel = parts_->channels.find(job)) channel->state_changed();
  }
}

Task<std::vector<JobFolder>> Logs::folders(int shard) {
  return parts_->store.folders(shard);
}

Task<std::int64_t> Logs::size(JobId job, int attempt, std::optional<int> step) {
  const auto source = co_await parts_->store.source({job, attempt});
  std::int64_t total = 0;
  for (const auto& [number, size] : source->sizes()) {
    if (!step || *step == number) total += size;
  }
  co_return total;
}

Task<Result<std::string>> Logs::read(JobId job, int attempt, int step, std::int64_t offset, std::size_t max) {
  const AttemptId id{job, attempt};
  const auto source = co_await parts_->store.source(id);
  const Sizes sizes = source->sizes();
  const auto found = sizes.find(step);
  const std::int64_t size = found == sizes.end() ? 0 : found->second;
  if (offset < 0 || offset > size) {
    co_return std::unexpected(
        Error(ErrorKind::range, "log_offset", fmt::format("The log has {} bytes.", size)).with_fact("size", size));
  }
  std::string bytes;
  const std::size_t wanted = std::min(max, static_cast<std::size_t>(size - offset));
  while (bytes.size() < wanted) {
    const auto at = offset + static_cast<std::int64_t>(bytes.size());
    std::string piece = co_await parts_->store.read(source, id, step, at, wanted - bytes.size());
    if (piece.empty()) break;
    if (bytes.empty())
      bytes = std::move(piece);
    else
      bytes += piece;
  }
  co_return bytes;
}

Task<void> Logs::stream_raw(JobId job, int attempt, std::optional<int> step, std::int64_t begin, std::int64_t end,
                            http::BodyWriter& writer) {
  const AttemptId id{job, attempt};
  const auto source = co_await parts_->store.source(id);
  std::int64_t step_begin = 0;  // where this step's bytes begin in the whole that begin and end count in
  for (const auto& [number, size] : source->sizes()) {
    if (step && *step != number) continue;
    while (begin < std::min(end, step_begin + size)) {
      const auto wanted = static_cast<std::size_t>(std::min(end, step_begin + size) - begin);
      const std::string piece =
          co_await parts_->store.read(source, id, number, begin - step_begin, std::min(wanted, download_piece_bytes));
      if (piece.empty() || !co_await writer.write(piece)) co_return;
      begin += static_cast<std::int64_t>(piece.size());
    }
    step_begin += size;
  }
}

Task<LogIndex> Logs::index(JobId job, int attempt, AttemptStanding standing) {
  return parts_->lines.index({job, attempt}, std::move(standing));
}

Task<LinePage> Logs::lines(JobId job, int attempt, int step, AttemptStanding standing, std::int64_t from,
                           std::int64_t count) {
  return parts_->lines.read({job, attempt}, step, std::move(standing), from, count);
}

Task<Result<SearchPage>> Logs::search(JobId job, int attempt, AttemptStanding standing, SearchFor what, LinePlace from,
                                      std::size_t matches_max, Searcher searcher) {
  return parts_->lines.search({job, attempt}, std::move(standing), std::move(what), from, matches_max,
                              std::move(searcher));
}

Result<StreamTicket> Logs::admit_stream(std::string viewer) {
  const LogSettings& settings = parts_->store.settings();
  auto place = parts_->places.take(std::move(viewer), settings.streams_max, settings.streams_per_viewer_max);
  if (!place)
    return std::unexpected(
        Error(ErrorKind::unavailable, "too_many_streams", "Too many logs are being watched: close one, or try later.")
            .with_retry_after(stream_retry_after));
  return StreamTicket(std::move(place));
}

Task<void> Logs::stream_events(JobId job, std::optional<std::string> last_event_id, http::BodyWriter& writer,
                               std::function<bool()> shutting_down) {
  Parts& parts = *parts_;
  ViewerContext context{.store = parts.store,
                        .closing = parts.closing,
                        .catching_up = parts.catching_up,
                        .lagged = [&parts] { parts.metrics.lagged.Increment(); },
                        .opened_at_ms = parts.opened_at_ms};
  Viewer viewer(std::move(context), job, std::move(last_event_id), parts.channels.open(job),
                co_await asio::this_coro::executor, writer, std::move(shutting_down));
  const Counted counted(parts.metrics.streams);
  std::exception_ptr failure;
  co_await (run_to_end(viewer, failure) || writer.peer_closed());
  // A viewer that hangs up is nobody's failure.
  if (failure && !is_cancellation(failure)) std::rethrow_exception(failure);
}

}  // namespace open_cicd::logs
