// What the database did, by query name, for /metrics.
#pragma once

#include <chrono>
#include <memory>
#include <string_view>

namespace prometheus {
class Registry;
}

namespace open_cicd::db {

// Duration (with its count) and errors of each named query, and the sizes of commit groups. Thread-safe; must outlive
// the sessions that use it.
class Metrics {
 public:
  explicit Metrics(prometheus::Registry& registry);
  ~Metrics();
  Metrics(const Metrics&) = delete;

  enum class Outcome : unsigned char { ok, error };
  // Names are constants of the program; past kNamesMax further ones are counted as "other".
  void query_done(std::string_view name, std::chrono::nanoseconds duration, Outcome outcome);
  void committed(std::size_t transactions);  // how many shared one commit

  static constexpr std::size_t kNamesMax = 500;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Times one query; counts it as an error unless ok() was called. `metrics` may be null.
class QueryTimer {
 public:
  QueryTimer(Metrics* metrics, std::string_view name)
      : metrics_(metrics), name_(name), start_(metrics ? Now::now() : Now::time_point()) {}
  ~QueryTimer() {
    if (metrics_) metrics_->query_done(name_, Now::now() - start_, outcome_);
  }
  QueryTimer(const QueryTimer&) = delete;
  void ok() { outcome_ = Metrics::Outcome::ok; }

 private:
  using Now = std::chrono::steady_clock;
  Metrics* metrics_;
  std::string_view name_;
  Now::time_point start_;
  Metrics::Outcome outcome_ = Metrics::Outcome::error;
};

}  // namespace open_cicd::db
