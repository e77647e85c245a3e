// The server of a run: the product's core without sockets and threads. One object is one life of the process;
// destroying it is kill -9.
#pragma once

#include "http/router.h"
#include "server/core.h"
#include "sim/mutant.h"
#include "sim/store.h"

#include <prometheus/registry.h>

#include <filesystem>
#include <map>
#include <optional>
#include <string>

namespace open_cicd::sim {

struct Request {
  http::Method method = http::Method::get;
  std::string path;
  std::vector<std::pair<std::string, std::string>> query;
  std::string token, body;
  std::string content_type = "application/json";
  int attempt = 0;  // of a lease holder's write
  std::string lease_token;
  std::string idempotency_key;
  bool direct = false;  // a poll that says that no proxy is on its way
};
struct Reply {
  int status = 0;  // 0: no answer came
  std::string body;
};

// Both ends' view of one connection; the client's end may vanish.
class Peer;

struct ServerSettings : server::CoreSettings {
  Time disk_latency_max{0};
};

class Server final : public Sleeper {
 public:
  using Answer = std::function<void(Reply)>;

  Server(World& world, Store& store, const ServerSettings& settings, const Mutant& mutant, int boot);
  ~Server() override;

  bool ready() const { return ready_; }
  bool failed() const { return failed_; }  // could not start: the database is away
  // Handles one request and answers in a later event; never, if this life ends before. The returned end is closed when
  // the client's is.
  std::shared_ptr<Peer> serve(Request request, Answer answer);
  static void hang_up(const std::shared_ptr<Peer>& peer);
  void stop(std::function<void()> stopped);       // SIGTERM: `stopped` is called when nothing is left to do
  void freeze(bool frozen) { frozen_ = frozen; }  // SIGSTOP and SIGCONT

  std::size_t poll() override;
  void sleep_until(Time end) override;

 private:
  struct Context : asio::io_context {
    using asio::io_context::io_context;
    using execution_context::shutdown;  // ends the coroutines while what they use still lives
  };
  class Exchange;

  void spawn(std::string_view what, Task<void> task);
  Task<void> start(int boot);
  void spawn_duties();
  Task<void> do_duty(server::Duty duty);
  Task<void> exchange(Request asked, std::shared_ptr<Peer> peer, Answer answer);
  Task<http::Response> respond(Exchange& request);
  std::size_t poll_pool();

  World& world_;
  Store& store_;
  const ServerSettings& settings_;
  const Mutant& mutant_;
  SystemClock clock_;
  std::shared_ptr<prometheus::Registry> metrics_ = std::make_shared<prometheus::Registry>();
  Context context_;
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  std::optional<WorkerPool> pool_;
  Time pool_free_at_{0};
  auth::Auth auth_;
  const repositories::Forges forges_{{}};  // it knows no repositories
  std::optional<server::Core> core_;
  std::optional<http::Router> router_;
  bool ready_ = false, failed_ = false, frozen_ = false, stopping_ = false;
};

}  // namespace open_cicd::sim
