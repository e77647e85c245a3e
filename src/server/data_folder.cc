#include "server/data_folder.h"

#include "base/flush.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace open_cicd::server {
namespace {

std::unexpected<Error> folder_error(const std::filesystem::path& path, std::string_view what, int error) {
  return fail(ErrorKind::unavailable, "data_folder",
              fmt::format("{} {}: {}. Choose another folder with --data, or give this user the right to write there.",
                          what, path.string(), std::strerror(error)));
}

}  // namespace

Result<DataFolder> DataFolder::open(std::filesystem::path path) {
  std::error_code ec;
  const bool existed = std::filesystem::exists(path, ec);
  std::filesystem::create_directories(path, ec);
  if (ec) return folder_error(path, "Cannot make the data folder", ec.value());
  if (!existed) ::chmod(path.c_str(), 0700);
  const std::filesystem::path lock_file = path / "lock";
  const int fd = ::open(lock_file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return folder_error(lock_file, "Cannot open", errno);
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    ::close(fd);
    return fail(
        ErrorKind::conflict, "data_folder_locked",
        fmt::format("Another open-cicd server uses {}. Stop it, or choose another folder with --data.", path.string()));
  }
  return DataFolder(std::move(path), fd);
}

DataFolder::~DataFolder() {
  if (lock_ >= 0) ::close(lock_);
}

Result<std::filesystem::path> write_token(const std::filesystem::path& folder, std::string_view kind,
                                          const Secret& token) {
  std::filesystem::path file = folder / fmt::format("{}.token", kind);
  const std::filesystem::path fresh = folder / fmt::format(".{}.token.new", kind);
  ::unlink(fresh.c_str());
  const int fd = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return folder_error(fresh, "Cannot write", errno);
  const std::string line = token.reveal() + "\n";
  const bool written =
      ::write(fd, line.data(), line.size()) == static_cast<ssize_t>(line.size()) && flush_file(fd) == 0;
  const int error = errno;
  ::close(fd);
  if (!written) return folder_error(fresh, "Cannot write", error);
  if (::rename(fresh.c_str(), file.c_str()) != 0) return folder_error(file, "Cannot write", errno);
  return file;
}

}  // namespace open_cicd::server
