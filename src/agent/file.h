// Files of the work folder: descriptors with an owner, and the few ways in which the agent writes them.
#pragma once

#include "base/error.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

namespace open_cicd::agent {

// Owns a descriptor. Errors are "agent" with the path and the system's reason, e.g. a full disk. Not thread-safe.
class File {
 public:
  File() = default;
  // `flags` of open(2); O_CLOEXEC is added, new files are 0600.
  static Result<File> open(const std::filesystem::path& path, int flags);
  File(File&& other) noexcept : path_(std::move(other.path_)), fd_(std::exchange(other.fd_, -1)) {}
  File& operator=(File&& other) noexcept;
  ~File();

  explicit operator bool() const { return fd_ >= 0; }
  int fd() const { return fd_; }

  Result<void> write_at(std::int64_t offset, std::string_view bytes);
  // Appends up to `max` bytes to `out`; fewer at the end of the file.
  Result<void> read_at(std::int64_t offset, std::size_t max, std::string& out) const;
  Result<void> truncate(std::int64_t size);
  Result<void> sync() const;
  Result<std::int64_t> size() const;

 private:
  std::unexpected<Error> failure(std::string_view what) const;

  std::filesystem::path path_;
  int fd_ = -1;
};

// The whole file; not there is an empty string.
Result<std::string> read_file(const std::filesystem::path& path);
// Replaces the file (0600) so that a crash at any moment leaves the old or the new one, durably.
Result<void> replace_file(const std::filesystem::path& path, std::string_view bytes);

}  // namespace open_cicd::agent
