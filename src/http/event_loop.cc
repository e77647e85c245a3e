#include "http/event_loop.h"

#include "base/crypto.h"
#include "http/response_encoder.h"

#include <span>
#include <utility>

namespace open_cicd::http {
namespace {

constexpr std::uint64_t ticks_per_flush = 5;  // of the metrics and the date
constexpr std::size_t send_scratch_bytes = 16 * 1024;

std::uint32_t random_boot_id() {
  std::array<std::uint8_t, 4> bytes;
  random_bytes(bytes);
  return static_cast<std::uint32_t>(bytes[0]) << 24 | static_cast<std::uint32_t>(bytes[1]) << 16 |
         static_cast<std::uint32_t>(bytes[2]) << 8 | bytes[3];
}

void write_hex(std::span<char> out, std::uint64_t number) {
  for (std::size_t i = out.size(); i-- > 0; number >>= 4) out[i] = "0123456789abcdef"[number & 15];
}

std::string date_now() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return format_http_date(std::chrono::duration_cast<std::chrono::seconds>(now).count());
}

}  // namespace

ServerShared::ServerShared(ServerSettings s, std::shared_ptr<const Router> r, std::shared_ptr<prometheus::Registry> m,
                           ExceptionMapper e)
    : settings(std::move(s)),
      head_limits{settings.header_bytes_max, settings.header_fields_max, settings.target_bytes_max},
      router(std::move(r)),
      registry(std::move(m)),
      on_exception(std::move(e)),
      limits({settings.connections_max, settings.connections_per_address_max,
              settings.connections_per_loopback_address_max}),
      bodies(settings.bodies_bytes_max),
      metrics(*registry),
      boot_id(random_boot_id()) {}

EventLoop::EventLoop(std::shared_ptr<ServerShared> s, std::size_t i)
    : shared(std::move(s)), index(i), metrics(shared->metrics, shared->router), date_(date_now()) {
  send_scratch.reserve(send_scratch_bytes);
}

void EventLoop::write_request_id(std::array<char, 20>& id) {
  const std::span<char> all(id);
  if (id[0] == '\0') {
    write_hex(all.first(8), shared->boot_id);
    write_hex(all.subspan(8, 2), index);
  }
  write_hex(all.last(10), ++requests_);
}

void EventLoop::add(LoopConnection& connection) {
  connections.push_back(connection);
  if (std::exchange(ticking_, true)) return;
  date_ = date_now();
  next_tick_ = std::chrono::steady_clock::now();
  tick();
}

void EventLoop::tick() {
  next_tick_ += DeadlineWheel::tick;
  timer_.expires_at(next_tick_);
  timer_.async_wait([this](error_code stopped) {
    if (stopped) return;
    deadlines.advance();
    const bool idle = connections.empty();
    if (++ticks_ % ticks_per_flush == 0 || idle) {
      metrics.flush();
      date_ = date_now();
    }
    if (idle)
      ticking_ = false;
    else
      tick();
  });
}

void EventLoop::begin_shutdown() {
  stopping_ = true;
  // A connection may end, and leave the list, while it is told.
  for (auto at = connections.begin(); at != connections.end();) (at++)->begin_shutdown();
}

void EventLoop::cut_connections() {
  for (auto at = connections.begin(); at != connections.end();) (at++)->cut();
}

}  // namespace open_cicd::http
