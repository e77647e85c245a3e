#include "logs/logs.h"

#include "logs/store.h"

#include <prometheus/counter.h>

namespace open_cicd::logs {
namespace {

constexpr std::size_t download_piece_bytes = 256 * 1024;

}  // namespace

struct Logs::Parts {
  Parts(LogSettings settings, db::Session& session, WorkerPool& pool, events::Bus& b, SnapshotSource,
        std::shared_ptr<prometheus::Registry> registry)
      : bus(b),
        metrics(std::move(registry)),
        store(std::move(settings), session, pool, [](JobId) {}),
        received(prometheus::BuildCounter()
                     .Name("open_cicd_log_received_bytes_total")
                     .Help("Bytes of logs that agents sent.")
                     .Register(*metrics)
                     .Add({})) {}

  events::Bus& bus;
  std::optional<int> subscription;
  const std::shared_ptr<prometheus::Registry> metrics;
  Store store;
  prometheus::Counter& received;
};

Logs::Logs(LogSettings settings, db::Session& session, WorkerPool& pool, events::Bus& bus, SnapshotSource snapshots,
           std::shared_ptr<prometheus::Registry> metrics)
    : parts_(
          std::make_unique<Parts>(std::move(settings), session, pool, bus, std::move(snapshots), std::move(metrics))) {}

Logs::~Logs() {
  if (parts_->subscription) parts_->bus.unsubscribe(*parts_->subscription);
}

void Logs::start() {}

void Logs::close_streams() {}

Task<void> Logs::stop() {
  close_streams();
  co_await parts_->store.seal_all();
}

Task<Result<std::int64_t>> Logs::append(JobId job, int attempt, int step, std::int64_t offset, std::string_view bytes,
                                        std::optional<std::uint32_t> crc32c) {
  parts_->received.Increment(static_cast<double>(bytes.size()));
  return parts_->store.append({job, attempt}, step, offset, bytes, crc32c);
}

Task<Result<std::int64_t>> Logs::append_lines(JobId job, int attempt, int step, std::int64_t seq,
                                              std::vector<std::string> lines) {
  for (const std::string& line : lines) parts_->received.Increment(static_cast<double>(line.size() + 1));
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

Result<StreamTicket> Logs::admit_stream(std::string) {
  return StreamTicket(nullptr);
}

Task<void> Logs::stream_events(JobId, std::optional<std::string>, http::BodyWriter&, std::function<bool()>) {
  co_return;
}

}  // namespace open_cicd::logs
