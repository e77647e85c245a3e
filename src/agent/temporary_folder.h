// For tests: a folder that goes with its test.
#pragma once

#include "base/id.h"

#include <filesystem>

namespace open_cicd::agent {

class TemporaryFolder {
 public:
  TemporaryFolder() : path_(std::filesystem::temp_directory_path() / ("agent-test-" + format_uuid(make_uuid_v4()))) {
    std::filesystem::create_directories(path_);
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace open_cicd::agent
