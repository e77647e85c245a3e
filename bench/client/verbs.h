// The verbs of bench_client. Each prints one JSON object a line on standard output.
#pragma once

#include <boost/json/object.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace open_cicd::bench {

// "--name value" pairs; a name that is not there throws.
class Options {
 public:
  Options(int count, char** arguments);
  std::string_view text(std::string_view name) const;
  std::int64_t number(std::string_view name) const;
  std::int64_t number_or(std::string_view name, std::int64_t otherwise) const;

 private:
  const std::string* find(std::string_view name) const;
  std::vector<std::pair<std::string, std::string>> given_;
};

void print(const boost::json::object& object);               // one line, flushed
boost::json::object quantiles(std::vector<float>& samples);  // sorts; {"count", "p50", "p95", "p99", "max"}
void wait_for_line();                                        // until the caller of the program says to go on

void load(const Options& options);
void agents(const Options& options);
void viewers(const Options& options);
void bare(const Options& options);

}  // namespace open_cicd::bench
