// Prints files that a step may have put anything in place of, to standard output: for each path "- 0" and a line break
// when it is not there, "? 0" when it is no file that can be read, else "+ SIZE" and then its first SIZE bytes, at most
// `bytes_max` + 1. Links are not followed, and pipes not waited for.
#pragma once

#include <stdint.h>

namespace open_cicd::supervisor {

int print_files(uint32_t bytes_max, char** paths);  // to the NULL behind the last; the exit code

}  // namespace open_cicd::supervisor
