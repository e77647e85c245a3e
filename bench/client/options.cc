#include "client/verbs.h"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <iostream>
#include <stdexcept>

namespace open_cicd::bench {

Options::Options(int count, char** arguments) {
  for (int i = 0; i + 1 < count; i += 2) given_.emplace_back(arguments[i], arguments[i + 1]);
}

const std::string* Options::find(std::string_view name) const {
  const auto found = std::ranges::find_if(given_, [&](const auto& pair) { return pair.first.substr(2) == name; });
  return found == given_.end() ? nullptr : &found->second;
}

std::string_view Options::text(std::string_view name) const {
  if (const std::string* value = find(name)) return *value;
  throw std::runtime_error(fmt::format("no --{}", name));
}

std::int64_t Options::number(std::string_view name) const {
  const std::string_view value = text(name);
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc() || end != value.data() + value.size())
    throw std::runtime_error(fmt::format("--{} {}: not a number", name, value));
  return number;
}

std::int64_t Options::number_or(std::string_view name, std::int64_t otherwise) const {
  return find(name) ? number(name) : otherwise;
}

void print(const boost::json::object& object) {
  fmt::print("{}\n", boost::json::serialize(object));
  std::fflush(stdout);
}

boost::json::object quantiles(std::vector<float>& samples) {
  boost::json::object result{{"count", samples.size()}};
  if (samples.empty()) return result;
  std::ranges::sort(samples);
  const auto at = [&](double part) {
    return samples[static_cast<std::size_t>(part * static_cast<double>(samples.size() - 1))];
  };
  result["p50"] = at(0.5);
  result["p95"] = at(0.95);
  result["p99"] = at(0.99);
  result["max"] = samples.back();
  return result;
}

void wait_for_line() {
  std::string line;
  std::getline(std::cin, line);
}

}  // namespace open_cicd::bench
