// Many viewers of one log: each prints into the log with the monotonic clock in it, "@<nanoseconds>;", is a delay when
// it arrives.
#include "client/connection.h"
#include "client/verbs.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <memory>
#include <sys/socket.h>

namespace open_cicd::bench {
namespace {

class Audience {
 public:
  Audience(std::uint16_t port, const std::string& request, std::size_t count)
      : port_(port), request_(request), seats_(count) {}

  // Connects all, in turns that leave the listener's backlog room, and returns when each has a response's head.
  void attach(std::int64_t deadline) {
    for (std::size_t i = 0; i < seats_.size(); ++i) {
      seats_[i].connection = std::make_unique<Connection>(port_, static_cast<unsigned>(i));
      poller_.add(*seats_[i].connection, i);
      seats_[i].connection->send(request_);
      if (i % 64 == 63) turn(0);
    }
    while (attached_ + refused_ < seats_.size() && now_ns() < deadline) turn(100);
  }
  void follow(std::int64_t deadline) {
    while (ended_ < attached_ && now_ns() < deadline) turn(100);
  }
  std::size_t attached() const { return attached_; }
  std::size_t refused() const { return refused_; }
  std::size_t ended() const { return ended_; }
  std::vector<float>& delays_ms() { return delays_ms_; }
  std::size_t fewest_lines() const {
    std::size_t fewest = SIZE_MAX;
    for (const Seat& seat : seats_)
      if (seat.parser.status() == 200) fewest = std::min(fewest, seat.lines);
    return fewest == SIZE_MAX ? 0 : fewest;
  }

 private:
  struct Seat {
    std::unique_ptr<Connection> connection;
    ResponseParser parser;
    std::size_t lines = 0;
    bool seen = false, ended = false;
  };

  void turn(int milliseconds) {
    const int ready = poller_.wait(events_.data(), static_cast<int>(events_.size()), milliseconds);
    for (int i = 0; i < ready; ++i) serve(seats_[events_[static_cast<std::size_t>(i)].data.u64]);
  }

  void serve(Seat& seat) {
    if (seat.ended) return;
    const std::string_view bytes = seat.connection->receive(buffer_);
    const std::int64_t now = now_ns();
    seat.parser.feed(bytes);
    if (seat.parser.has_head() && !seat.seen) {
      seat.seen = true;
      ++(seat.parser.status() == 200 ? attached_ : refused_);
    }
    if (seat.parser.status() == 200) read_marks(seat, now);
    if (!seat.parser.done() && !seat.connection->closed()) return;
    seat.ended = true;
    if (seat.parser.status() == 200) ++ended_;
    ::shutdown(seat.connection->fd(), SHUT_RDWR);
    poller_.remove(*seat.connection);
  }

  void read_marks(Seat& seat, std::int64_t now) {
    std::string& text = seat.parser.body();
    std::size_t from = 0;
    for (std::size_t at = text.find('@'); at != text.npos; at = text.find('@', from)) {
      const std::size_t end = text.find(';', at);
      if (end == text.npos) break;
      std::int64_t printed = 0;
      const auto read = std::from_chars(&text[at + 1], &text[end], printed);
      if (read.ptr == &text[end]) {
        delays_ms_.push_back(static_cast<float>(now - printed) / 1e6F);
        ++seat.lines;
      }
      from = end + 1;
    }
    const std::size_t open = text.find('@', from);
    text.erase(0, open == text.npos ? text.size() : open);
    if (text.empty() && text.capacity() > 4096) text.shrink_to_fit();
  }

  const std::uint16_t port_;
  const std::string request_;
  std::vector<Seat> seats_;
  Poller poller_;
  std::array<epoll_event, 256> events_{};
  std::string buffer_ = std::string(256 * 1024, '\0');
  std::size_t attached_ = 0, refused_ = 0, ended_ = 0;
  std::vector<float> delays_ms_;
};

}  // namespace

void viewers(const Options& options) {
  const std::int64_t deadline = now_ns() + options.number("seconds") * 1'000'000'000;
  const std::string path = fmt::format("/api/v1/jobs/{}/logs/stream", options.text("job"));
  Audience audience(static_cast<std::uint16_t>(options.number("port")),
                    make_request("GET", path, options.text("token"), {}, {}, "Accept: text/event-stream\r\n"),
                    static_cast<std::size_t>(options.number("viewers")));
  audience.attach(deadline);
  print({{"attached", audience.attached()}, {"refused", audience.refused()}});
  audience.follow(deadline);
  print({{"ended", audience.ended()},
         {"fewest_lines", audience.fewest_lines()},
         {"delay_ms", quantiles(audience.delays_ms())}});
}

}  // namespace open_cicd::bench
