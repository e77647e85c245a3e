// Archives for the Engine's PUT /containers/{id}/archive: POSIX ustar, with pax records where a name or size does not
// fit.
#pragma once

#include "base/error.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace open_cicd::docker {

struct TarOwner {
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
};

// Small archives, built in memory. Append the entries, then take the text.
class TarText {
 public:
  void add_directory(std::string_view path, std::uint32_t mode, TarOwner owner = {});
  void add_file(std::string_view path, std::string_view content, std::uint32_t mode, TarOwner owner = {});
  std::string finish() &&;

 private:
  std::string text_;
};

// Writes everything below `directory` (not following links) to the new file `archive`, each entry owned by `owner` and
// named `prefix`/…; `prefix` itself is an entry, writable for all. Files, directories and symbolic links; other kinds
// are left out. Blocking: call it on a worker thread.
Result<std::uint64_t> write_tar(const std::filesystem::path& directory, std::string prefix, TarOwner owner,
                                const std::filesystem::path& archive);

// The content of the first regular file of an archive that fits in memory; nothing when there is none.
std::optional<std::string> first_file_of_tar(std::string_view archive);

}  // namespace open_cicd::docker
