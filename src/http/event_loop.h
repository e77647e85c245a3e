// The event loop of one core and what its connections share. Only that core's thread touches it, but for what is said
// to be thread-safe.
#pragma once

#include "http/body_budget.h"
#include "http/connection_limits.h"
#include "http/deadline_wheel.h"
#include "http/metrics.h"
#include "http/request_head.h"
#include "http/server.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/intrusive/list.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace open_cicd::http {

// What every core of a server shares; immutable but for the limits and the metrics, which are thread-safe.
struct ServerShared {
  ServerShared(ServerSettings s, std::shared_ptr<const Router> r, std::shared_ptr<prometheus::Registry> m,
               ExceptionMapper e);

  const ServerSettings settings;
  const HeadLimits head_limits;
  const std::shared_ptr<const Router> router;
  const std::shared_ptr<prometheus::Registry> registry;
  const ExceptionMapper on_exception;
  ConnectionLimits limits;
  BodyBudget bodies;
  RequestMetrics metrics;
  const std::uint32_t boot_id;  // makes request ids of two starts differ
};

// A connection as its event loop sees it at shutdown.
class LoopConnection
    : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  virtual ~LoopConnection() = default;
  virtual void begin_shutdown() = 0;  // idle ones close; parked requests wake up
  virtual void cut() = 0;
};

class EventLoop {
 public:
  EventLoop(std::shared_ptr<ServerShared> shared, std::size_t index);

  void add(LoopConnection& connection);  // it leaves when it is destroyed
  void begin_shutdown();
  void cut_connections();

  bool stopping() const { return stopping_; }
  std::string_view date() const { return date_; }
  // 20 characters, unique among the requests of this start and, by chance, of others: boot, core, number.
  void write_request_id(std::array<char, 20>& id);

  static constexpr std::size_t scratch_bytes = 64 * 1024;

  std::shared_ptr<ServerShared> shared;
  const std::size_t index;
  DeadlineWheel deadlines;
  CoreMetrics metrics;
  // Used between two awaits only: for bytes just received, and for a response that is about to be sent.
  std::unique_ptr<char[]> receive_scratch = std::make_unique_for_overwrite<char[]>(scratch_bytes);
  std::string send_scratch;
  boost::intrusive::list<LoopConnection, boost::intrusive::constant_time_size<false>> connections;
  // Last: its destruction ends what is left of the connections, which use the members above.
  asio::io_context context{1};

 private:
  void tick();

  std::uint64_t requests_ = 0;
  std::uint64_t ticks_ = 0;
  bool stopping_ = false;
  bool ticking_ = false;  // only while there are connections: an idle server sleeps
  std::string date_;
  std::chrono::steady_clock::time_point next_tick_;
  asio::steady_timer timer_{context};
};

}  // namespace open_cicd::http
