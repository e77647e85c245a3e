// What the load generators of bench/client share: one client connection and the reading of its responses.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <sys/epoll.h>

namespace open_cicd::bench {

std::int64_t now_ns();  // the monotonic clock, which other processes of this machine read alike

// Takes the bytes of one response after the other; whole bodies, or the pieces of an endless one.
class ResponseParser {
 public:
  // Takes bytes up to the end of one response and returns how many it took. Throws on what is no HTTP.
  std::size_t feed(std::string_view bytes);
  bool has_head() const { return status_ != 0; }
  bool done() const { return at_ == At::done; }
  int status() const { return status_; }
  std::string& body() { return body_; }  // what has arrived; a caller who follows a stream empties it
  void reset();

 private:
  enum class At { head, sized, chunk_size, chunk, chunk_end, trailer, done };
  std::size_t feed_head(std::string_view bytes);
  std::size_t feed_line(std::string_view bytes);
  void read_head();
  void read_line();

  std::string line_;  // an unfinished head or chunk line
  std::string body_;
  std::size_t left_ = 0;
  int status_ = 0;
  At at_ = At::head;
};

// A non-blocking connection to 127.0.0.1. `source` spreads many over loopback addresses, so that ports do not run out.
class Connection {
 public:
  explicit Connection(std::uint16_t port, unsigned source = 0);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  int fd() const { return fd_; }
  void send(std::string_view bytes);  // what the socket does not take now is kept for flush()
  void flush();
  bool pending() const { return !out_.empty(); }
  // What has arrived, in `buffer`; empty: nothing now. Sets closed().
  std::string_view receive(std::string& buffer);
  bool closed() const { return closed_; }

 private:
  int fd_;
  bool closed_ = false;
  std::string out_;
};

// Which connections have something to read, by the index given to add(). A connection with bytes to send is polled for
// that too.
class Poller {
 public:
  Poller();
  ~Poller();
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;
  void add(const Connection& connection, std::uint64_t index);
  void remove(const Connection& connection);
  void watch_writes(const Connection& connection, std::uint64_t index, bool on);
  int wait(epoll_event* events, int max, int milliseconds);

 private:
  int fd_;
};

// The bytes of a request; a body makes it JSON unless `type` says otherwise.
std::string make_request(std::string_view method, std::string_view path, std::string_view token,
                         std::string_view body = {}, std::string_view type = "application/json",
                         std::string_view more_headers = {});

// One request on a connection of its own use, answered: for set-up, where nothing is measured. Throws unless the status
// is 2xx.
std::string ask(Connection& connection, std::string_view request);

void pin_this_thread(int cpu);  // below 0: not at all

}  // namespace open_cicd::bench
