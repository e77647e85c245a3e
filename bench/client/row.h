// How the C++ measurements hand over a result: one JSON object a line, {"id", "values", "baseline"?}. What the id
// means, its unit and its goal stand in bench/catalog.py.
#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <string_view>
#include <vector>

namespace open_cicd::bench {

inline void emit(std::string_view id, const std::vector<double>& values, const std::vector<double>& baseline = {}) {
  const auto list = [](const std::vector<double>& numbers) {
    std::string text;
    for (const double number : numbers) text += fmt::format("{}{:.6g}", text.empty() ? "" : ",", number);
    return text;
  };
  fmt::print("{{\"id\":\"{}\",\"values\":[{}]", id, list(values));
  if (!baseline.empty()) fmt::print(",\"baseline\":[{}]", list(baseline));
  fmt::print("}}\n");
  std::fflush(stdout);
}

}  // namespace open_cicd::bench
