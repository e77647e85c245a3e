// The folders of a job: workspace, home and tmp. Making and removing them costs more than many a job, so those of a job
// that left them as it found them serve the next one.
#pragma once

#include "base/error.h"

#include <array>
#include <filesystem>
#include <sys/stat.h>

namespace open_cicd::shell {

// One thread. Keeps at most one set, in a folder of its own.
class JobFolders {
 public:
  explicit JobFolders(std::filesystem::path place) : place_(std::move(place)) {}

  // Makes `directory` of what was kept, with them in it; false when nothing was.
  bool reuse(const std::filesystem::path& directory);
  // Makes those that are not yet in `directory`.
  Result<void> make(const std::filesystem::path& directory);
  // After a job of which nothing runs any more: moves them away from `directory`, which is then gone, if nothing was
  // put or changed in them and `directory` has nothing more than the scripts of steps; else leaves them there.
  void keep(const std::filesystem::path& directory);

 private:
  static constexpr std::array names{"workspace", "home", "tmp"};
  // What any change of a folder changes, and of the folder around them what is the job's to change.
  struct Look {
    std::array<struct stat, names.size()> folders;
    struct stat around;
    std::array<ssize_t, names.size() + 1> attributes;  // of each: bytes of the extended ones' names
  };
  static bool look(const std::filesystem::path& directory, Look& look);
  static bool same(const Look& a, const Look& b);

  std::filesystem::path place_;
  Look made_{};
  bool kept_ = false;
};

}  // namespace open_cicd::shell
