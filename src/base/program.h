// Runs a program to its end, with bounded output and time. For what is short beside a thread: it blocks.
#pragma once

#include "base/clock.h"
#include "base/error.h"

#include <atomic>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace open_cicd {

struct ProgramCall {
  std::vector<std::string> argv;           // the first is looked for in PATH of `env`
  std::map<std::string, std::string> env;  // all of it
  std::filesystem::path directory = {};    // empty: ours
  std::string input = {};                  // its standard input
  std::size_t output_bytes_max = 64 << 10;
  Milliseconds time_max{60'000};
  const std::atomic<bool>* stop = nullptr;  // it is ended when this turns true
};

struct ProgramEnd {
  int exit_code = 0;  // a signal is 128 + n
  std::string output;
  std::string errors;  // the end of what it wrote there, at most program_errors_bytes_max
};

inline constexpr std::size_t program_errors_bytes_max = 16 << 10;

// The whole process group of the program is gone when this returns. Errors: unavailable "program_missing" when it
// cannot be started, "program_timeout", "program_stopped"; too_large "program_output".
Result<ProgramEnd> run_program(const ProgramCall& call);

}  // namespace open_cicd
