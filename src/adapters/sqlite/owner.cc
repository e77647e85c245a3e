#include "adapters/sqlite/owner.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace open_cicd::sqlite {

Owner::~Owner() {
  if (file_ >= 0) ::close(file_);
}

Result<void> Owner::take(const std::string& path) {
  file_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file_ >= 0 && ::flock(file_, LOCK_EX | LOCK_NB) == 0) return {};
  if (file_ >= 0 && errno == EWOULDBLOCK)
    return fail(ErrorKind::conflict, "database_in_use",
                fmt::format("Another open-cicd server uses the database {}, maybe through another data folder. Stop "
                            "it, or choose a data folder of its own with --data.",
                            path));
  return fail(ErrorKind::unavailable, "database",
              fmt::format("The database {} cannot be locked: {}. Choose a local file system with --data.", path,
                          std::strerror(errno)));
}

}  // namespace open_cicd::sqlite
