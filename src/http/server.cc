#include "http/server.h"

#include "base/log.h"
#include "http/acceptor.h"
#include "http/event_loop.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <future>
#include <pthread.h>
#include <thread>

namespace open_cicd::http {
namespace {

using asio::ip::tcp;
constexpr std::chrono::milliseconds cut_grace{2000};  // for connections to notice that they have been cut
constexpr std::chrono::milliseconds end_grace{2000};  // for what is still under way when they are gone

// The event loop of one core, and the thread that runs it.
class LoopThread {
 public:
  LoopThread(std::shared_ptr<ServerShared> shared, std::size_t index, ListenSocket socket)
      : loop_(std::move(shared), index), acceptor_(loop_, std::move(socket)), work_(loop_.context.get_executor()) {}

  EventLoop& loop() { return loop_; }

  void start() {
    acceptor_.start();
    thread_ = std::thread([this] { run(); });
  }

  void begin_shutdown() {
    asio::post(loop_.context, [this] {
      acceptor_.close();
      loop_.begin_shutdown();
    });
  }
  void cut_connections() {
    asio::post(loop_.context, [this] { loop_.cut_connections(); });
  }
  // Then the loop ends by itself, when nothing is under way any more.
  void let_end() { work_.reset(); }
  // What waits for another thread, as for that of the database, is given until the deadline: such a thread touches this
  // loop when it is done.
  void stop(std::chrono::steady_clock::time_point deadline) {
    if (thread_.joinable()) {
      if (ended_.get_future().wait_until(deadline) != std::future_status::ready) loop_.context.stop();
      thread_.join();
    }
    loop_.metrics.flush();
  }

 private:
  void run() {
    ::pthread_setname_np(::pthread_self(), fmt::format("http-{}", loop_.index).c_str());
    while (!loop_.context.stopped()) {
      try {
        loop_.context.run();
      } catch (const std::exception& e) {
        log_error("a callback on a core threw", {{"error", e.what()}});
      }
    }
    ended_.set_value();
  }

  EventLoop loop_;
  Acceptor acceptor_;
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  std::promise<void> ended_;
  std::thread thread_;
};

class PlainServer final : public Server {
 public:
  PlainServer(std::shared_ptr<ServerShared> shared, std::vector<ListenSocket> sockets)
      : shared_(std::move(shared)), port_(sockets.front().endpoint().port()) {
    for (ListenSocket& socket : sockets) {
      threads_.push_back(std::make_unique<LoopThread>(shared_, threads_.size(), std::move(socket)));
    }
  }
  ~PlainServer() override { stop(); }

  std::uint16_t port() const override { return port_; }
  asio::any_io_executor executor(std::size_t core) override { return threads_.at(core)->loop().context.get_executor(); }

  void start() override {
    started_ = true;
    for (const auto& thread : threads_) thread->start();
  }

  void stop() override {
    if (!std::exchange(started_, false)) return;
    const auto deadline = std::chrono::steady_clock::now() + shared_->settings.shutdown_grace;
    for (const auto& thread : threads_) thread->begin_shutdown();
    if (!shared_->limits.wait_until_none(deadline)) {
      log_warn("cutting the connections that did not end in time", {{"connections", shared_->limits.total()}});
      for (const auto& thread : threads_) thread->cut_connections();
      shared_->limits.wait_until_none(std::chrono::steady_clock::now() + cut_grace);
    }
    for (const auto& thread : threads_) thread->let_end();
    for (const auto& thread : threads_) thread->stop(std::chrono::steady_clock::now() + end_grace);
  }

 private:
  std::shared_ptr<ServerShared> shared_;
  std::uint16_t port_;
  std::vector<std::unique_ptr<LoopThread>> threads_;
  bool started_ = false;
};

// Names are looked up once, at start.
Result<tcp::endpoint> endpoint_of(const ServerSettings& settings) {
  error_code problem;
  const auto address = asio::ip::make_address(settings.host, problem);
  if (!problem) return tcp::endpoint(address, settings.port);
  asio::io_context context;
  tcp::resolver resolver(context);
  const auto found = resolver.resolve(settings.host, std::to_string(settings.port), tcp::resolver::passive, problem);
  if (problem || found.empty()) {
    return fail(ErrorKind::invalid, "address_not_available",
                fmt::format("The host {} cannot be found: use an address of this machine, or 0.0.0.0.", settings.host));
  }
  return found.begin()->endpoint();
}

}  // namespace

Result<std::unique_ptr<Server>> Server::bind(ServerSettings settings, std::shared_ptr<const Router> router,
                                             std::shared_ptr<prometheus::Registry> metrics,
                                             ExceptionMapper on_exception) {
  raise_descriptor_limit();
  const std::size_t cores = settings.cores != 0 ? settings.cores : std::max(1U, std::thread::hardware_concurrency());
  const Result<tcp::endpoint> wanted = endpoint_of(settings);
  if (!wanted) return std::unexpected(wanted.error());
  std::vector<ListenSocket> sockets;
  while (sockets.size() < cores) {
    Result<ListenSocket> socket =
        sockets.empty() ? ListenSocket::bind_first(*wanted) : ListenSocket::bind_more(sockets.front().endpoint());
    if (!socket) return std::unexpected(std::move(socket.error()));
    sockets.push_back(std::move(*socket));
  }
  auto shared = std::make_shared<ServerShared>(std::move(settings), std::move(router), std::move(metrics),
                                               std::move(on_exception));
  return std::make_unique<PlainServer>(std::move(shared), std::move(sockets));
}

}  // namespace open_cicd::http
