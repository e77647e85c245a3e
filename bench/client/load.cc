// Keeps a number of connections busy with requests from a file, and counts the answers.
#include "client/connection.h"
#include "client/verbs.h"

#include <boost/json/parse.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <map>
#include <memory>
#include <stdexcept>

namespace open_cicd::bench {
namespace {

// One line of the file: {"method", "path", "token"?, "body"?, "type"?, "headers"?}. "{offset}" in the path becomes the
// bytes of body that the connection has sent before.
struct Template {
  std::string before, after;  // the request around the offset; `after` is empty without one
  std::size_t body_size;
};

constexpr std::int64_t first_answer_within_ns = 30'000'000'000;
constexpr std::string_view offset_mark = "{offset}";

std::string string_or(const boost::json::object& object, std::string_view name, std::string_view otherwise) {
  const auto* value = object.if_contains(name);
  return std::string(value ? std::string_view(value->as_string()) : otherwise);
}

std::vector<Template> read_templates(std::string_view path) {
  std::ifstream file{std::string(path)};
  std::vector<Template> templates;
  for (std::string line; std::getline(file, line);) {
    const boost::json::value parsed = boost::json::parse(line);
    const boost::json::object& object = parsed.as_object();
    std::string headers;
    if (const auto* more = object.if_contains("headers")) {
      for (const auto& [name, value] : more->as_object())
        headers += fmt::format("{}: {}\r\n", std::string_view(name), std::string_view(value.as_string()));
    }
    const std::string body = string_or(object, "body", "");
    std::string request =
        make_request(string_or(object, "method", "GET"), string_or(object, "path", "/"), string_or(object, "token", ""),
                     body, string_or(object, "type", "application/json"), headers);
    const std::size_t mark = request.find(offset_mark);
    if (mark == request.npos)
      templates.push_back({std::move(request), "", body.size()});
    else
      templates.push_back({request.substr(0, mark), request.substr(mark + offset_mark.size()), body.size()});
  }
  if (templates.empty()) throw std::runtime_error("no requests");
  return templates;
}

class Loader {
 public:
  explicit Loader(const Options& options)
      : templates_(read_templates(options.text("requests"))),
        port_(static_cast<std::uint16_t>(options.number("port"))),
        depth_(options.number_or("depth", 1)),
        total_(options.number_or("total", -1)),
        lanes_(static_cast<std::size_t>(options.number("connections"))) {
    for (std::size_t i = 0; i < lanes_.size(); ++i) {
      lanes_[i].next = i;
      open(i);
    }
  }

  boost::json::object run(std::int64_t warm_up_ms, std::int64_t measured_ms) {
    for (std::size_t i = 0; i < lanes_.size(); ++i) send_batch(i);
    const std::int64_t begin = now_ns() + warm_up_ms * 1'000'000, end = begin + measured_ms * 1'000'000;
    // A short time may be over before a busy machine has answered once: then the first answer ends it.
    const std::int64_t last = end + first_answer_within_ns;
    std::array<epoll_event, 256> events{};
    while ((now_ns() < end || (latencies_ms_.empty() && now_ns() < last)) && !finished()) {
      counting_ = counting_ || now_ns() >= begin;
      const int ready = poller_.wait(events.data(), static_cast<int>(events.size()), 100);
      for (int i = 0; i < ready; ++i) serve(events[static_cast<std::size_t>(i)].data.u64);
    }
    return result(static_cast<double>(now_ns() - begin) / 1e9);
  }

 private:
  struct Lane {
    std::unique_ptr<Connection> connection;
    ResponseParser parser;
    std::size_t next;           // in the templates
    std::size_t body_sent = 0;  // for "{offset}"
    std::int64_t sent_at = 0;
    std::int64_t open_answers = 0;
    bool watching_writes = false;
  };

  bool finished() const {
    return sent_ == total_ && std::ranges::all_of(lanes_, [](const Lane& lane) { return lane.open_answers == 0; });
  }

  void open(std::size_t index) {
    Lane& lane = lanes_[index];
    lane.connection = std::make_unique<Connection>(port_, static_cast<unsigned>(index));
    lane.parser.reset();
    lane.watching_writes = false;
    poller_.add(*lane.connection, index);
  }

  void send_batch(std::size_t index) {
    Lane& lane = lanes_[index];
    std::string batch;
    const std::int64_t count = total_ < 0 ? depth_ : std::min(depth_, total_ - sent_);
    for (std::int64_t i = 0; i < count; ++i) {
      const Template& request = templates_[lane.next % templates_.size()];
      lane.next += lanes_.size();
      batch += request.before;
      if (!request.after.empty()) batch += fmt::format("{}{}", lane.body_sent, request.after);
      lane.body_sent += request.body_size;
    }
    sent_ += count;
    lane.open_answers = count;
    if (count == 0) return;
    lane.sent_at = now_ns();
    lane.connection->send(batch);
    update_writes(index);
  }

  void update_writes(std::size_t index) {
    Lane& lane = lanes_[index];
    if (lane.connection->pending() == lane.watching_writes) return;
    lane.watching_writes = !lane.watching_writes;
    poller_.watch_writes(*lane.connection, index, lane.watching_writes);
  }

  void serve(std::size_t index) {
    Lane& lane = lanes_[index];
    lane.connection->flush();
    update_writes(index);
    std::string_view bytes = lane.connection->receive(buffer_);
    while (!bytes.empty()) {
      bytes.remove_prefix(lane.parser.feed(bytes));
      if (lane.parser.done()) answered(lane);
    }
    if (lane.connection->closed()) {  // a refused request may take its connection with it
      ++reconnects_;
      open(index);
      lane.open_answers = 0;
    }
    if (lane.open_answers == 0) send_batch(index);
  }

  void answered(Lane& lane) {
    --lane.open_answers;
    if (counting_) {
      ++statuses_[lane.parser.status()];
      latencies_ms_.push_back(static_cast<float>(now_ns() - lane.sent_at) / 1e6F);
    }
    if (lane.parser.status() >= 400 && sample_.empty()) sample_ = lane.parser.body().substr(0, 300);
    lane.parser.reset();
  }

  boost::json::object result(double seconds) {
    boost::json::object statuses;
    std::uint64_t good = 0;
    for (const auto& [status, count] : statuses_) {
      statuses[std::to_string(status)] = count;
      if (status < 300) good += count;
    }
    return {{"per_second", static_cast<double>(good) / seconds},
            {"good", good},
            {"statuses", std::move(statuses)},
            {"latency_ms", quantiles(latencies_ms_)},
            {"reconnects", reconnects_},
            {"refusal", sample_}};
  }

  std::vector<Template> templates_;
  const std::uint16_t port_;
  const std::int64_t depth_;
  std::int64_t total_;  // requests to send, -1 for as many as the time allows
  std::vector<Lane> lanes_;
  Poller poller_;
  std::string buffer_ = std::string(256 * 1024, '\0');
  std::int64_t sent_ = 0;
  bool counting_ = false;
  std::map<int, std::uint64_t> statuses_;
  std::vector<float> latencies_ms_;
  std::uint64_t reconnects_ = 0;
  std::string sample_;  // the first refusal, to be read by a person
};

}  // namespace

void load(const Options& options) {
  pin_this_thread(static_cast<int>(options.number_or("cpu", -1)));
  Loader loader(options);
  print(loader.run(options.number_or("warm-up", 0), options.number("milliseconds")));
}

}  // namespace open_cicd::bench
