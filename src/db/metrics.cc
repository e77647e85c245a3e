#include "db/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <mutex>
#include <shared_mutex>

namespace open_cicd::db {
namespace {

const prometheus::Histogram::BucketBoundaries kSeconds{0.00001, 0.0001, 0.0005, 0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10};
const prometheus::Histogram::BucketBoundaries kGroupSizes{1, 2, 5, 10, 20, 50, 100};

struct ByName {
  prometheus::Histogram* seconds;
  prometheus::Counter* errors;
};

struct Hash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};

}  // namespace

struct Metrics::State {
  prometheus::Family<prometheus::Histogram>& seconds;
  prometheus::Family<prometheus::Counter>& errors;
  prometheus::Histogram& group_size;
  std::shared_mutex mutex;
  std::unordered_map<std::string, ByName, Hash, std::equal_to<>> names;

  ByName find(std::string_view name) {
    {
      const std::shared_lock lock(mutex);
      if (const auto found = names.find(name); found != names.end()) return found->second;
      if (names.size() >= kNamesMax) name = "other";
    }
    const std::lock_guard lock(mutex);
    const std::string label(name);
    auto [entry, added] = names.try_emplace(label);
    if (added) entry->second = {&seconds.Add({{"query", label}}, kSeconds), &errors.Add({{"query", label}})};
    return entry->second;
  }
};

Metrics::Metrics(prometheus::Registry& registry)
    : state_(new State{
          .seconds = prometheus::BuildHistogram()
                         .Name("open_cicd_db_query_seconds")
                         .Help("Duration of database statements by query name")
                         .Register(registry),
          .errors = prometheus::BuildCounter()
                        .Name("open_cicd_db_query_errors_total")
                        .Help("Database statements that failed, by query name")
                        .Register(registry),
          .group_size = prometheus::BuildHistogram()
                            .Name("open_cicd_db_commit_group_size")
                            .Help("Transactions that shared one commit")
                            .Register(registry)
                            .Add({}, kGroupSizes),
      }) {}

Metrics::~Metrics() = default;

void Metrics::query_done(std::string_view name, std::chrono::nanoseconds duration, Outcome outcome) {
  const ByName by_name = state_->find(name);
  by_name.seconds->Observe(std::chrono::duration<double>(duration).count());
  if (outcome == Outcome::error) by_name.errors->Increment();
}

void Metrics::committed(std::size_t transactions) {
  state_->group_size.Observe(static_cast<double>(transactions));
}

}  // namespace open_cicd::db
