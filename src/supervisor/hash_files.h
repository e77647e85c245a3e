// `open-cicd-init --list` and `--digest`: what files a folder of a container has, and what is in some of them, with the
// rights of who runs it. The job has made them, so no link is followed.
#pragma once

#include <stdint.h>

namespace open_cicd::supervisor {

inline constexpr int list_too_long = 2;  // exit code of --list: there are more than entries_max

// Prints the path of each regular file below `root`, relative to it and ended by a NUL. `left_out` of the top is.
int list_files(const char* root, const char* left_out, uint32_t entries_max, uint32_t depth_max);

// Prints a line for each path of the file `list`, each ended by a NUL there: the SHA-256 of the file below `root` in
// hexadecimal; "-" for one that cannot be read; "+" for one whose bytes would be more than `bytes_max` with those
// before.
int digest_files(const char* root, const char* list, uint64_t bytes_max);

}  // namespace open_cicd::supervisor
