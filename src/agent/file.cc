#include "agent/file.h"

#include "base/flush.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace open_cicd::agent {

Result<File> File::open(const std::filesystem::path& path, int flags) {
  File file;
  file.path_ = path;
  file.fd_ = ::open(path.c_str(), flags | O_CLOEXEC, 0600);
  if (file.fd_ < 0) return file.failure("open");
  return file;
}

File& File::operator=(File&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(fd_, other.fd_);
  return *this;
}

File::~File() {
  if (fd_ >= 0) ::close(fd_);
}

std::unexpected<Error> File::failure(std::string_view what) const {
  return fail(ErrorKind::internal, "agent",
              fmt::format("cannot {} {}: {}", what, path_.string(), std::system_category().message(errno)));
}

Result<void> File::write_at(std::int64_t offset, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::pwrite(fd_, bytes.data(), bytes.size(), offset);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return failure("write");
    bytes.remove_prefix(static_cast<std::size_t>(n));
    offset += n;
  }
  return {};
}

Result<void> File::read_at(std::int64_t offset, std::size_t max, std::string& out) const {
  const std::size_t before = out.size();
  out.resize(before + max);
  std::size_t got = 0;
  while (got < max) {
    const ssize_t n = ::pread(fd_, out.data() + before + got, max - got, offset + static_cast<std::int64_t>(got));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return failure("read");
    if (n == 0) break;
    got += static_cast<std::size_t>(n);
  }
  out.resize(before + got);
  return {};
}

Result<void> File::truncate(std::int64_t size) {
  if (::ftruncate(fd_, size) != 0) return failure("truncate");
  return {};
}

Result<void> File::sync() const {
  if (flush_file(fd_) != 0) return failure("flush");
  return {};
}

Result<std::int64_t> File::size() const {
  struct stat status{};
  if (::fstat(fd_, &status) != 0) return failure("examine");
  return status.st_size;
}

Result<std::string> read_file(const std::filesystem::path& path) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return std::string();
  Result<File> file = File::open(path, O_RDONLY);
  if (!file) return std::unexpected(std::move(file.error()));
  const Result<std::int64_t> size = file->size();
  if (!size) return std::unexpected(size.error());
  std::string bytes;
  if (Result<void> read = file->read_at(0, static_cast<std::size_t>(*size), bytes); !read)
    return std::unexpected(std::move(read.error()));
  return bytes;
}

Result<void> replace_file(const std::filesystem::path& path, std::string_view bytes) {
  std::filesystem::path temporary = path;
  temporary += ".new";
  Result<File> file = File::open(temporary, O_WRONLY | O_CREAT | O_TRUNC);
  if (!file) return std::unexpected(std::move(file.error()));
  if (Result<void> done = file->write_at(0, bytes); !done) return done;
  if (Result<void> done = file->sync(); !done) return done;
  std::error_code ec;
  std::filesystem::rename(temporary, path, ec);
  if (ec) return fail(ErrorKind::internal, "agent", fmt::format("cannot replace {}: {}", path.string(), ec.message()));
  const Result<File> folder = File::open(path.parent_path(), O_RDONLY | O_DIRECTORY);
  if (!folder) return std::unexpected(folder.error());
  return folder->sync();
}

}  // namespace open_cicd::agent
