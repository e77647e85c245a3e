#include "analysis/error_line.h"

#include <algorithm>
#include <array>

namespace open_cicd::analysis {
namespace {

constexpr auto begins = std::to_array<std::string_view>({"error:",
                                                         "Error:",
                                                         "ERROR",
                                                         "[ERROR]",
                                                         "error[",
                                                         "error TS",
                                                         "FAILED",
                                                         "FAIL:",
                                                         "FAIL ",
                                                         "--- FAIL",
                                                         "[  FAILED  ]",
                                                         "not ok ",
                                                         "fatal:",
                                                         "Fatal:",
                                                         "FATAL",
                                                         "fatal error:",
                                                         "panic:",
                                                         "Traceback (most recent call last)",
                                                         "npm ERR!",
                                                         "npm error",
                                                         "ninja: build stopped",
                                                         "CMake Error",
                                                         "Exception in thread",
                                                         "Segmentation fault",
                                                         "##[error]",
                                                         "::error::",
                                                         "::error ",
                                                         "E   "});
constexpr auto inside = std::to_array<std::string_view>(
    {": error:", ": fatal error:", ": fatal:", ": undefined reference to", ": command not found", ": *** "});

// "TypeError: …", "java.io.IOException: …"
bool names_exception(std::string_view line) {
  const std::string_view name = line.substr(0, line.find(':'));
  const bool is_name = std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '$';
  });
  return is_name && ((name.ends_with("Error") && name.size() > 5) || (name.ends_with("Exception") && name.size() > 9));
}

}  // namespace

bool is_error_line(std::string_view line) {
  line = line.substr(0, 1024);
  const std::string_view trimmed = line.substr(std::min(line.find_first_not_of(' '), line.size()));
  if (std::ranges::any_of(begins, [&](std::string_view word) { return trimmed.starts_with(word); })) return true;
  if (std::ranges::any_of(inside, [&](std::string_view word) { return line.contains(word); })) return true;
  return names_exception(trimmed);
}

}  // namespace open_cicd::analysis
