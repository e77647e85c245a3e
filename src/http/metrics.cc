#include "http/metrics.h"

#include <fmt/format.h>

#include <algorithm>

namespace open_cicd::http {

RequestMetrics::RequestMetrics(prometheus::Registry& registry)
    : requests(prometheus::BuildCounter()
                   .Name("http_requests_total")
                   .Help("Requests answered, by route.")
                   .Register(registry)),
      durations(prometheus::BuildHistogram()
                    .Name("http_request_duration_seconds")
                    .Help("From a request's header section to its answer, or to the first byte of a streamed one.")
                    .Register(registry)),
      connections(
          prometheus::BuildGauge().Name("http_connections").Help("Open connections.").Register(registry).Add({})) {}

CoreMetrics::CoreMetrics(RequestMetrics& shared, std::shared_ptr<const Router> router)
    : shared_(shared), router_(std::move(router)), rows_(router_->routes().size() + 1) {}

void CoreMetrics::count(const Route* route, int status, std::chrono::nanoseconds duration) {
  Row& row = route == nullptr ? rows_.back() : rows_[static_cast<std::size_t>(route - router_->routes().data())];
  const double seconds = std::chrono::duration<double>(duration).count();
  const auto bucket = std::ranges::find_if(bounds_s, [seconds](double bound) { return seconds <= bound; });
  ++row.requests[std::min<std::size_t>(static_cast<std::size_t>(status) / 100, classes - 1)];
  ++row.buckets[static_cast<std::size_t>(bucket - bounds_s.begin())];
  row.sum += duration;
  row.touched = true;
}

void CoreMetrics::flush() {
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    if (rows_[i].touched) flush(i);
  }
}

void CoreMetrics::flush(std::size_t index) {
  Row& row = rows_[index];
  const bool matched = index + 1 < rows_.size();
  const prometheus::Labels labels{{"route", matched ? router_->routes()[index].pattern : "none"},
                                  {"method", matched ? std::string(name_of(router_->routes()[index].method)) : "any"}};
  for (std::size_t i = 0; i < classes; ++i) {
    if (row.requests[i] == 0) continue;
    if (row.counters[i] == nullptr) {
      prometheus::Labels with_code = labels;
      with_code.emplace("code", fmt::format("{}xx", i));
      row.counters[i] = &shared_.requests.Add(with_code);
    }
    row.counters[i]->Increment(row.requests[i]);
  }
  if (row.histogram == nullptr) {
    row.histogram =
        &shared_.durations.Add(labels, prometheus::Histogram::BucketBoundaries(bounds_s.begin(), bounds_s.end()));
  }
  row.histogram->ObserveMultiple(std::vector<double>(row.buckets.begin(), row.buckets.end()),
                                 std::chrono::duration<double>(row.sum).count());
  row.requests = {};
  row.buckets = {};
  row.sum = {};
  row.touched = false;
}

}  // namespace open_cicd::http
