// The HTTP layer alone: our server's fixed answer beside a hand-written epoll loop that sends the same bytes, under the
// same load.
//   http_bench [--milliseconds 2000] [--rounds 3]
// Prints one JSON object a line. CPU is that of the server's thread (getrusage), so the load generator's share does not
// count.
#include "client/bare_loop.h"
#include "client/connection.h"
#include "client/row.h"
#include "http/server.h"

#include <array>
#include <chrono>
#include <cstdlib>
#include <future>
#include <memory>
#include <poll.h>
#include <stdexcept>
#include <sys/epoll.h>
#include <thread>
#include <vector>

namespace open_cicd {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::string_view request =
    "GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: */*\r\nUser-Agent: bench\r\n\r\n";

using bench::BareLoop;
using bench::pin_this_thread;
using bench::thread_cpu_us;

// One answer of the server, whole: what the bare loop sends, and how many bytes the load generator waits for.
std::string sample_answer(std::uint16_t port) {
  bench::Connection connection(port);
  connection.send(request);
  std::string buffer(4096, '\0');
  pollfd readable{.fd = connection.fd(), .events = POLLIN, .revents = 0};
  ::poll(&readable, 1, 5000);
  return std::string(connection.receive(buffer));
}

struct Load {
  int connections;
  int depth;  // requests sent at once on each
};

// Keeps every connection busy for `duration`; the number of answers.
std::uint64_t generate(std::uint16_t port, Load load, std::size_t answer_size, std::chrono::milliseconds duration) {
  std::string batch;
  for (int i = 0; i < load.depth; ++i) batch += request;
  const std::size_t expected = answer_size * static_cast<std::size_t>(load.depth);
  bench::Poller poller;
  std::vector<std::unique_ptr<bench::Connection>> peers;
  std::vector<std::size_t> received(static_cast<std::size_t>(load.connections));
  for (std::size_t i = 0; i < received.size(); ++i) {
    poller.add(*peers.emplace_back(std::make_unique<bench::Connection>(port)), i);
    peers.back()->send(batch);
  }
  std::uint64_t answers = 0;
  std::string buffer(256 * 1024, '\0');
  epoll_event events[128];
  const auto end = Clock::now() + duration;
  while (Clock::now() < end) {
    const int ready = poller.wait(events, 128, 100);
    for (int i = 0; i < ready; ++i) {
      const std::size_t index = events[i].data.u64;
      received[index] += peers[index]->receive(buffer).size();
      if (peers[index]->closed()) throw std::runtime_error("the server closed a connection");
      if (received[index] < expected) continue;
      received[index] = 0;
      answers += static_cast<std::uint64_t>(load.depth);
      peers[index]->send(batch);
    }
  }
  return answers;
}

Task<Result<std::shared_ptr<const http::Identity>>> anyone(const http::Request&) {
  co_return nullptr;
}
Task<http::Response> healthy(http::Request&) {
  co_return http::Response::json(200, R"({"status":"ok"})");
}

double cpu_us_of(http::Server& server) {
  std::promise<double> promise;
  asio::post(server.executor(0), [&promise] { promise.set_value(thread_cpu_us()); });
  return promise.get_future().get();
}

struct Measure {
  double per_second;
  double cpu_us;
};

template <class Cpu>
Measure measure(std::uint16_t port, Load load, std::size_t answer_size, std::chrono::milliseconds duration,
                Cpu cpu_us) {
  const double before = cpu_us();
  const auto begun = Clock::now();
  const std::uint64_t answers = generate(port, load, answer_size, duration);
  const double seconds = std::chrono::duration<double>(Clock::now() - begun).count();
  std::this_thread::sleep_for(std::chrono::milliseconds(20));  // the bare loop publishes its CPU time when it is idle
  return {static_cast<double>(answers) / seconds, (cpu_us() - before) / static_cast<double>(answers)};
}

int option(int argc, char** argv, std::string_view name, int otherwise) {
  for (int i = 1; i + 1 < argc; ++i) {
    if (argv[i] == name) return std::atoi(argv[i + 1]);
  }
  return otherwise;
}

int run(int argc, char** argv) {
  const std::chrono::milliseconds duration(option(argc, argv, "--milliseconds", 2000));
  const int rounds = option(argc, argv, "--rounds", 3);
  std::vector<http::Route> routes{{http::Method::get, "/healthz", anyone, 0, healthy}};
  auto bound = http::Server::bind({.port = 0, .cores = 1}, std::make_shared<http::Router>(std::move(routes)),
                                  std::make_shared<prometheus::Registry>());
  if (!bound) throw std::runtime_error(bound.error().message());
  http::Server& server = **bound;
  server.start();
  asio::post(server.executor(0), [] { pin_this_thread(0); });
  pin_this_thread(1);
  const std::string answer = sample_answer(server.port());
  BareLoop bare(answer, 0);

  const std::array<std::pair<std::string_view, Load>, 4> cases{
      {{"1", {1, 1}}, {"32", {32, 1}}, {"64", {64, 1}}, {"pipelined", {32, 16}}}};
  for (const auto& [name, load] : cases) {
    std::vector<double> bare_cpu, bare_rate, our_cpu, our_rate;
    for (int i = 0; i < rounds; ++i) {
      const Measure b = measure(bare.port(), load, answer.size(), duration, [&] { return bare.cpu_us(); });
      const Measure s = measure(server.port(), load, answer.size(), duration, [&] { return cpu_us_of(server); });
      bare_cpu.push_back(b.cpu_us);
      bare_rate.push_back(b.per_second);
      our_cpu.push_back(s.cpu_us);
      our_rate.push_back(s.per_second);
    }
    bench::emit(fmt::format("http.cpu_{}", name), our_cpu, bare_cpu);
    if (name == "64") bench::emit("http.rate_64", our_rate, bare_rate);
  }
  server.stop();
  return 0;
}

}  // namespace
}  // namespace open_cicd

int main(int argc, char** argv) {
  return open_cicd::run(argc, argv);
}
