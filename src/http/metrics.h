// What the server counts of its requests.
#pragma once

#include "http/router.h"

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <vector>

namespace open_cicd::http {

// The families, shared by all cores. Thread-safe.
struct RequestMetrics {
  explicit RequestMetrics(prometheus::Registry& registry);
  prometheus::Family<prometheus::Counter>& requests;     // http_requests_total{route, method, code}
  prometheus::Family<prometheus::Histogram>& durations;  // http_request_duration_seconds{route, method}
  prometheus::Gauge& connections;                        // http_connections
};

// One core's counts since its last flush: plain numbers, so that a request pays a few nanoseconds. One thread.
class CoreMetrics {
 public:
  CoreMetrics(RequestMetrics& shared, std::shared_ptr<const Router> router);

  // No route: nothing matched, or the request was refused before.
  void count(const Route* route, int status, std::chrono::nanoseconds duration);
  void flush();  // into the registry

 private:
  static constexpr std::size_t classes = 6;  // by the status's first digit
  static constexpr std::array<double, 15> bounds_s{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                                                   0.25,   0.5,   1,      2.5,   5,    10,    30};
  struct Row {
    std::array<std::uint32_t, classes> requests{};
    std::array<std::uint32_t, bounds_s.size() + 1> buckets{};
    std::chrono::nanoseconds sum{0};
    bool touched = false;
    std::array<prometheus::Counter*, classes> counters{};  // made when first needed
    prometheus::Histogram* histogram = nullptr;
  };
  void flush(std::size_t index);

  RequestMetrics& shared_;
  std::shared_ptr<const Router> router_;
  std::vector<Row> rows_;  // the last one: no route
};

}  // namespace open_cicd::http
