// The folders of long logs on the disk, for those who look at all of them: clean-up and the count of what is stored.
// Everything blocks; for the pool.
#pragma once

#include "base/id.h"

#include <cstdint>
#include <filesystem>
#include <vector>

namespace open_cicd::logs {

// The folders of jobs lie in as many folders as a byte has values.
constexpr int shard_count = 256;

struct JobFolder {
  JobId job;
  std::int64_t bytes = 0;       // of its files, as they are on the disk
  std::int64_t changed_at = 0;  // Unix milliseconds; the newest change of the folder and of its files
};
std::vector<JobFolder> job_folders(const std::filesystem::path& directory, int shard);

// False, with a line in the log, when the disk refuses. A reader with an open file reads on.
bool remove_job_folder(const std::filesystem::path& directory, JobId job);

}  // namespace open_cicd::logs
