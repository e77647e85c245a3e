// Deletes a job's directory, whatever its steps made of it.
#pragma once

#include <filesystem>
#include <system_error>

namespace open_cicd::runner {

// Removes `root` and all below it, without following links out of it; directories that forbid writing (as Go's module
// cache has them) are opened first. However deep the tree is, descriptors and stack have a bound. Ends at the first
// error; not there is success. Blocks: run it on a worker. Thread-safe for different trees; nothing else may be at work
// in this one.
std::error_code remove_tree(const std::filesystem::path& root);

}  // namespace open_cicd::runner
