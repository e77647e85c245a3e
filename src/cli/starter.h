// The first pipeline of a repository: which build tools it has, and jobs that build and test with them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

namespace open_cicd::cli {

enum class ToolsFrom : std::uint8_t { images, machine };

struct Starter {
  std::vector<std::string> found;  // "CMake", "npm in web"; empty when nothing is known: then one job says hello
  std::string text;                // a pipeline file without errors
  std::set<std::string> programs;  // that its commands start
};

// Looks at the files of `folder`, or where they tell nothing at those of the folders in it. Reads what it needs to know
// from package.json, go.mod, Makefile and pyproject.toml; runs nothing.
Starter starter_for(const std::filesystem::path& folder, ToolsFrom tools);

}  // namespace open_cicd::cli
