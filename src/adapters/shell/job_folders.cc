#include "adapters/shell/job_folders.h"

#include <fmt/format.h>

#include <algorithm>
#include <sys/xattr.h>

namespace open_cicd::shell {

namespace fs = std::filesystem;

bool JobFolders::reuse(const fs::path& directory) {
  if (!std::exchange(kept_, false)) return false;
  std::error_code error;
  fs::rename(place_, directory, error);
  return !error;
}

Result<void> JobFolders::make(const fs::path& directory) {
  std::error_code error;
  for (const char* name : names) {
    fs::create_directory(directory / name, error);
    if (error)
      return fail(ErrorKind::internal, "agent",
                  fmt::format("{} could not be made: {}.", (directory / name).string(), error.message()));
  }
  if (!look(directory, made_)) made_ = {};
  return {};
}

void JobFolders::keep(const fs::path& directory) {
  Look now;
  if (kept_ || !look(directory, now) || !same(now, made_)) return;
  std::error_code error;
  for (const char* name : names)
    if (!fs::is_empty(directory / name, error) || error) return;  // the clock of change times may be a coarse one
  for (fs::directory_iterator entry(directory, error), end; !error && entry != end; entry.increment(error)) {
    const auto name = entry->path().filename().string();
    if (std::ranges::find(names, name) != names.end()) continue;
    if (!name.starts_with("step-") || !entry->is_regular_file(error) || !fs::remove(entry->path(), error)) return;
  }
  if (error) return;
  fs::rename(directory, place_, error);
  kept_ = !error;
}

bool JobFolders::look(const fs::path& directory, Look& look) {
  for (std::size_t i = 0; i < names.size(); ++i)
    if (::lstat((directory / names[i]).c_str(), &look.folders[i]) != 0) return false;
  // Asked apart from the times of change, as the kernel's clock of those may be a coarse one.
  for (std::size_t i = 0; i < names.size(); ++i)
    look.attributes[i] = ::llistxattr((directory / names[i]).c_str(), nullptr, 0);
  look.attributes.back() = ::llistxattr(directory.c_str(), nullptr, 0);
  return ::lstat(directory.c_str(), &look.around) == 0;
}

bool JobFolders::same(const Look& a, const Look& b) {
  const auto same_owner = [](const struct stat& x, const struct stat& y) {
    return x.st_ino == y.st_ino && x.st_mode == y.st_mode && x.st_uid == y.st_uid && x.st_gid == y.st_gid;
  };
  for (std::size_t i = 0; i < names.size(); ++i) {
    const struct stat &x = a.folders[i], &y = b.folders[i];
    if (!same_owner(x, y) || x.st_ctim.tv_sec != y.st_ctim.tv_sec || x.st_ctim.tv_nsec != y.st_ctim.tv_nsec)
      return false;
  }
  return same_owner(a.around, b.around) && a.attributes == b.attributes;
}

}  // namespace open_cicd::shell
