// The socket to one open-cicd-init: sends commands without blocking, hands events to whoever waits for them.
#pragma once

#include "base/asio.h"
#include "supervisor/codec.h"

#include <boost/asio/local/stream_protocol.hpp>

#include <deque>
#include <functional>
#include <memory>
#include <string>

namespace open_cicd::supervisor {

// Lives as long as a read or write of it is pending. One thread: the executor's.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  // `on_event` is called for every event and with nullptr once, when the stream has ended or is broken.
  using Handler = std::function<void(const Event*)>;

  Connection(asio::any_io_executor executor, int socket);
  ~Connection();
  void start(Handler on_event);
  void send(std::string bytes,
            int descriptor = -1);  // the descriptor is duplicated by the kernel on its way; it stays the caller's
  void close();
  // The socket, which this no longer uses, if all that was sent is on its way and nothing is left to be read; else -1.
  int release();
  bool open() const { return socket_.is_open(); }

 private:
  void wait_readable();
  void on_readable();
  void flush();
  void end();

  asio::local::stream_protocol::socket socket_;
  Handler on_event_;
  EventReader reader_;
  std::string outbox_;
  std::deque<int> descriptors_;  // duplicates that wait for room in the socket
  bool waiting_to_write_ = false;
};

}  // namespace open_cicd::supervisor
