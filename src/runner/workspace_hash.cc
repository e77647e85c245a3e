#include "runner/workspace_hash.h"

#include "base/crypto.h"
#include "base/offload.h"
#include "base/sha256.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <sys/stat.h>
#include <unistd.h>

namespace open_cicd::runner {
namespace {

constexpr std::size_t hash_read_bytes = 256 << 10;

struct CloseHashedFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};
using HashedFolder = std::unique_ptr<DIR, CloseHashedFolder>;

std::unexpected<Error> not_hashed(std::string message) {
  return fail(ErrorKind::invalid, "exit", std::move(message));
}

// As sha256sum(1) does, so that no name looks like two.
std::string escaped_line(const HashedFile& file) {
  std::string name;
  for (const char c : file.path) {
    if (c == '\\')
      name += "\\\\";
    else if (c == '\n')
      name += "\\n";
    else if (c == '\r')
      name += "\\r";
    else
      name += c;
  }
  return fmt::format("{}{}  {}\n", name == file.path ? "" : "\\", file.sha256, name);
}

class FolderHash {
 public:
  explicit FolderHash(Filter filter) : filter_(std::move(filter)), buffer_(new char[hash_read_bytes]) {}

  Result<void> walk(int folder, const std::string& prefix, int depth) {
    const HashedFolder open(::fdopendir(folder));
    if (!open) {
      ::close(folder);
      return not_hashed(fmt::format("{} cannot be read: {}", prefix, std::strerror(errno)));
    }
    while (const dirent* entry = ::readdir(open.get())) {
      const std::string name = entry->d_name;
      if (name == "." || name == ".." || (depth == 0 && name == hash_left_out)) continue;
      if (++entries_ > hash_entries_max) return hash_is_too_much(fmt::format("{} files and folders", hash_entries_max));
      if (const Result<void> taken = take(::dirfd(open.get()), name, prefix + name, depth); !taken) return taken;
    }
    return {};
  }
  std::vector<HashedFile> files() { return std::move(files_); }

 private:
  Result<void> take(int folder, const std::string& name, const std::string& path, int depth) {
    struct ::stat status{};
    if (::fstatat(folder, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) return {};  // gone meanwhile
    if (S_ISDIR(status.st_mode)) {
      if (depth + 1 >= hash_depth_max) return hash_is_too_much(fmt::format("{} folders in each other", hash_depth_max));
      const int below = ::openat(folder, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
      if (below < 0) return {};  // gone meanwhile, or nobody may look into it
      return walk(below, path + "/", depth + 1);
    }
    if (!S_ISREG(status.st_mode) || !filter_.passes(path)) return {};
    if (files_.size() >= hash_files_max) return hash_is_too_much(fmt::format("{} files that match", hash_files_max));
    return read(folder, name, path);
  }

  Result<void> read(int folder, const std::string& name, const std::string& path) {
    const int file = ::openat(folder, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (file < 0) return not_hashed(fmt::format("{} cannot be read: {}", path, std::strerror(errno)));
    Sha256Stream sum;
    ::ssize_t size = 0;
    do {
      size = ::read(file, buffer_.get(), hash_read_bytes);
      if (size > 0) sum.add(buffer_.get(), static_cast<std::size_t>(size));
      if (size > 0) bytes_ += static_cast<std::uint64_t>(size);
    } while ((size > 0 && bytes_ <= hash_bytes_max) || (size < 0 && errno == EINTR));
    const int failure = errno;
    ::close(file);
    if (bytes_ > hash_bytes_max) return hash_is_too_much(fmt::format("{} MiB", hash_bytes_max >> 20));
    if (size < 0) return not_hashed(fmt::format("{} cannot be read: {}", path, std::strerror(failure)));
    HashedFile hashed{.path = path, .sha256 = std::string(Sha256Stream::hex_size, '0')};
    sum.finish(hashed.sha256.data());
    files_.push_back(std::move(hashed));
    return {};
  }

  const Filter filter_;
  const std::unique_ptr<char[]> buffer_;
  std::vector<HashedFile> files_;
  std::uint32_t entries_ = 0;
  std::uint64_t bytes_ = 0;
};

}  // namespace

std::unexpected<Error> hash_is_too_much(std::string_view what) {
  return not_hashed(fmt::format("hash() looks at no more than {} of the workspace", what));
}

Result<Filter> hash_filter(const std::vector<std::string>& patterns) {
  for (const std::string& pattern : patterns)
    if (const std::string wrong = wrong_pattern(pattern); !wrong.empty())
      return not_hashed(fmt::format("the pattern \"{}\" {}", pattern, wrong));
  auto filter = Filter::parse(patterns);
  if (!filter) return not_hashed(std::move(filter.error()));
  return std::move(*filter);
}

Result<std::string> hash_of(std::vector<HashedFile> files, const std::vector<std::string>& patterns) {
  if (files.empty()) return not_hashed(fmt::format("no file of the workspace matches {}", fmt::join(patterns, ", ")));
  std::ranges::sort(files, {}, &HashedFile::path);
  std::string lines;
  for (const HashedFile& file : files) lines += escaped_line(file);
  return sha256_hex(lines);
}

Result<std::string> hash_folder(const std::filesystem::path& workspace, const std::vector<std::string>& patterns) {
  Result<Filter> filter = hash_filter(patterns);
  if (!filter) return std::unexpected(filter.error());
  FolderHash hash(std::move(*filter));
  const int folder = ::open(workspace.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (folder < 0) return not_hashed(fmt::format("the workspace cannot be read: {}", std::strerror(errno)));
  if (const Result<void> walked = hash.walk(folder, "", 0); !walked) return std::unexpected(walked.error());
  return hash_of(hash.files(), patterns);
}

Task<Result<std::string>> hash_folder_offloaded(std::filesystem::path workspace, std::vector<std::string> patterns) {
  WorkerPool worker(1);
  auto work = [workspace = std::move(workspace), patterns = std::move(patterns)] {
    return hash_folder(workspace, patterns);
  };
  co_return co_await offload(worker, std::move(work));
}

}  // namespace open_cicd::runner
