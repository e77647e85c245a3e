// Gives the files of one user to another, for steps of different users that share a workspace.
#pragma once

#include "supervisor/restrict.h"

#include <stdint.h>

namespace open_cicd::supervisor {

// Everything at and below `path`, on its file system, that `from` owns. Links are not followed. Returns 0, or 1 when
// something could not be changed; the rest is changed all the same.
int give(const char* path, uint32_t from, User to);

}  // namespace open_cicd::supervisor
