// The limit of this machine: an epoll loop, recv and send; of a request only its end is looked for.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>

namespace open_cicd::bench {

double thread_cpu_us();  // of the calling thread

class BareLoop {
 public:
  BareLoop(std::string answer, int cpu);
  ~BareLoop();
  BareLoop(const BareLoop&) = delete;
  BareLoop& operator=(const BareLoop&) = delete;
  std::uint16_t port() const { return port_; }
  double cpu_us() const { return cpu_us_; }  // a few milliseconds old at most

 private:
  void run(int cpu);
  void serve(int fd);

  const std::string answer_;
  std::string out_;
  int listener_;
  std::uint16_t port_ = 0;
  std::atomic<bool> stop_ = false;
  std::atomic<double> cpu_us_ = 0;
  std::thread thread_;
};

}  // namespace open_cicd::bench
