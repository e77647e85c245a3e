// The server's folder: made with mode 0700, locked so that two servers never share it; and the token files in it.
#pragma once

#include "base/error.h"
#include "base/secret.h"

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

namespace open_cicd::server {

class DataFolder {
 public:
  // Errors: unavailable "data_folder" with the reason; conflict "data_folder_locked".
  static Result<DataFolder> open(std::filesystem::path path);
  DataFolder(DataFolder&& other) noexcept : path_(std::move(other.path_)), lock_(std::exchange(other.lock_, -1)) {}
  DataFolder& operator=(DataFolder&&) = delete;
  ~DataFolder();

  const std::filesystem::path& path() const { return path_; }

 private:
  DataFolder(std::filesystem::path path, int lock) : path_(std::move(path)), lock_(lock) {}
  std::filesystem::path path_;
  int lock_ = -1;
};

// <folder>/<kind>.token, mode 0600, replacing an older one. Needs no lock: `token reset` works beside a running server.
Result<std::filesystem::path> write_token(const std::filesystem::path& folder, std::string_view kind,
                                          const Secret& token);

}  // namespace open_cicd::server
