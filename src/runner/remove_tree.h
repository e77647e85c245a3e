// Deletes a job's directory, whatever its steps made of it.
#pragma once

#include <filesystem>
#include <system_error>

namespace open_cicd::runner {

// Removes `root` and all below it, without following links out of it; directories that forbid writing (as Go's module
// cache has them) are opened first. Not there is success. Blocks: run it on a worker. Thread-safe for different trees.
std::error_code remove_tree(const std::filesystem::path& root);

}  // namespace open_cicd::runner
