// The agent's own numbers, for its /metrics page.
#pragma once

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include <memory>
#include <string_view>

namespace open_cicd::agent {

// Thread-safe.
class Metrics {
 public:
  Metrics();

  void job_started() { busy_.Set(1); }
  void job_ended(std::string_view state);  // succeeded, …, or "lost" when another attempt took over
  void log_bytes(std::size_t bytes) { log_bytes_.Increment(static_cast<double>(bytes)); }
  void request_failed() { failures_.Increment(); }
  std::shared_ptr<prometheus::Registry> registry() const { return registry_; }

 private:
  std::shared_ptr<prometheus::Registry> registry_ = std::make_shared<prometheus::Registry>();
  prometheus::Family<prometheus::Counter>& jobs_;
  prometheus::Gauge& busy_;
  prometheus::Counter& log_bytes_;
  prometheus::Counter& failures_;
};

}  // namespace open_cicd::agent
