#include "logs/folders.h"

#include "base/log.h"
#include "logs/attempt_log.h"

#include <algorithm>
#include <sys/stat.h>

namespace open_cicd::logs {
namespace {

constexpr std::int64_t block_bytes = 512;  // what st_blocks counts

std::int64_t milliseconds_of(const timespec& time) {
  return std::int64_t{time.tv_sec} * 1000 + time.tv_nsec / 1'000'000;
}

JobFolder measure(JobId job, const std::filesystem::path& path) {
  JobFolder folder{.job = job};
  const auto add = [&folder](const std::filesystem::path& what) {
    struct stat info{};
    if (::lstat(what.c_str(), &info) != 0) return;  // it was deleted meanwhile
    folder.bytes += info.st_blocks * block_bytes;
    folder.changed_at = std::max(folder.changed_at, milliseconds_of(info.st_mtim));
  };
  add(path);
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator(path, none)) add(entry.path());
  return folder;
}

}  // namespace

std::vector<JobFolder> job_folders(const std::filesystem::path& directory, int shard) {
  std::vector<JobFolder> found;
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator(directory / fmt::format("{:02x}", shard), none)) {
    const auto job = JobId::parse(entry.path().filename().string());
    if (job && entry.path() == job_folder(directory, *job)) found.push_back(measure(*job, entry.path()));
  }
  return found;
}

bool remove_job_folder(const std::filesystem::path& directory, JobId job) {
  std::error_code refused;
  std::filesystem::remove_all(job_folder(directory, job), refused);
  if (refused) log_warn("a log could not be deleted", {{"job", job.str()}, {"error", refused.message()}});
  return !refused;
}

}  // namespace open_cicd::logs
