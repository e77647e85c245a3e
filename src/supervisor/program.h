// The open-cicd-init program that is embedded in this one, as an executable file descriptor.
#pragma once

#include "base/error.h"

#include <filesystem>
#include <string_view>

namespace open_cicd::supervisor {

// The program's bytes: what the Docker executor copies into a container.
std::string_view init_program();

// A close-on-exec descriptor to execute it from: a sealed memory file, or where the kernel refuses those, a file of
// mode 0700 in `fallback_directory`. Made once; the descriptor stays open as long as the process. Any thread.
Result<int> init_program_descriptor(const std::filesystem::path& fallback_directory);

}  // namespace open_cicd::supervisor
