#include "agent/metrics.h"

#include <string>

namespace open_cicd::agent {
namespace {

prometheus::Counter& counter(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry).Add({});
}

}  // namespace

Metrics::Metrics()
    : jobs_(prometheus::BuildCounter()
                .Name("open_cicd_agent_jobs_total")
                .Help("Attempts that ended on this agent, by how.")
                .Register(*registry_)),
      busy_(prometheus::BuildGauge()
                .Name("open_cicd_agent_busy")
                .Help("1 while a job runs.")
                .Register(*registry_)
                .Add({})),
      log_bytes_(counter(*registry_, "open_cicd_agent_log_bytes_total", "Bytes printed by steps and kept.")),
      failures_(counter(*registry_, "open_cicd_agent_request_failures_total",
                        "Requests to the server that are tried again: network errors, 429 and 5xx.")) {}

void Metrics::job_ended(std::string_view state) {
  busy_.Set(0);
  jobs_.Add({{"state", std::string(state)}}).Increment();
}

}  // namespace open_cicd::agent
