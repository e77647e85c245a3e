// Flushing files to the disk, so that they survive a loss of power. Of one process and all of its threads: a program
// whose files nobody needs afterwards says so before it opens one, and a crash of the program alone loses nothing then
// either.
#pragma once

namespace open_cicd {

void set_flushing(bool wanted);
bool is_flushing();

// As fsync(2) and fdatasync(2).
int flush_file(int fd);
int flush_data(int fd);

}  // namespace open_cicd
