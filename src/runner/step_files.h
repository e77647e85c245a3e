// The files that a step may write besides its log: $CI_OUTPUT, $CI_ENV, $CI_PATH and $CI_SUMMARY. What is in them was
// written by the job, so reading them is bounded and follows no link.
#pragma once

#include "base/error.h"

#include <array>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace open_cicd::runner {

enum class StepFile : std::uint8_t { output, env, path, summary };

struct StepFileKind {
  StepFile file;
  std::string_view variable;
  std::string_view suffix;
  std::size_t bytes_max;  // that are read of it
};
inline constexpr std::array step_file_kinds{StepFileKind{StepFile::output, "CI_OUTPUT", "output", 128 << 10},
                                            StepFileKind{StepFile::env, "CI_ENV", "env", 256 << 10},
                                            StepFileKind{StepFile::path, "CI_PATH", "path", 64 << 10},
                                            StepFileKind{StepFile::summary, "CI_SUMMARY", "summary", 1 << 20}};
inline constexpr std::size_t step_file_bytes_max = 1 << 20;  // the largest of them

inline constexpr std::size_t outputs_bytes_max = 64 << 10;  // of a job: names and values
inline constexpr std::size_t outputs_max = 100;             // of a step
inline constexpr std::size_t added_env_bytes_max = 256 << 10;
inline constexpr std::size_t added_env_max = 256;
inline constexpr std::size_t added_path_bytes_max = 32 << 10;  // of a job: one variable takes 128 KiB at most
inline constexpr std::size_t added_paths_max = 100;
inline constexpr std::size_t summary_bytes_max = 1 << 20;  // of a job

struct FileText {
  std::string text;
  bool is_file = true;   // false: something else stands there, such as a link or a pipe
  bool is_long = false;  // there is more; `text` is its beginning
};
using StepFiles = std::map<StepFile, FileText>;  // without those that were not written

std::string step_file_name(int step, StepFile file);  // "step-3.output"

// Those of a step, from the folder that its job wrote to.
Result<StepFiles> read_step_files(const std::filesystem::path& directory, int step);

// The same from what open-cicd-init --print says of a step's files, in the order of step_file_kinds. Nothing when it
// says something else.
std::optional<StepFiles> parse_printed_files(std::string_view printed);

struct Assignment {
  std::string name;
  std::string value;
  int line = 0;  // where it begins
};
// Lines "name=value", and blocks "name<<MARK", lines, "MARK". The error says in which line what is wrong.
std::expected<std::vector<Assignment>, std::string> parse_assignments(std::string_view text);
// Absolute folders, one a line. The error likewise.
std::expected<std::vector<std::string>, std::string> parse_paths(std::string_view text);

// The folders of $CI_PATH, the newest first, before what `env` has.
void prepend_path(const std::vector<std::string>& folders, std::map<std::string, std::string>& env);

}  // namespace open_cicd::runner
