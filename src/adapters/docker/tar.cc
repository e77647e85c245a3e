#include "adapters/docker/tar.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace open_cicd::docker {
namespace {

constexpr std::size_t block = 512;
constexpr std::uint64_t octal_size_max = 077777777777;  // 11 octal digits of the header
constexpr std::uint32_t root_mode = 0777;               // other users of the job's images write there too
constexpr int depth_max = 256;                          // of directories; each level holds a descriptor

struct Entry {
  std::string_view path;
  char type = '0';
  std::uint32_t mode = 0;
  TarOwner owner;
  std::uint64_t size = 0;
  std::string_view link;
  std::int64_t mtime = 0;
};

void put_octal(char* field, std::size_t width, std::uint64_t value) {
  for (std::size_t i = width - 1; i-- > 0; value >>= 3) field[i] = static_cast<char>('0' + (value & 7));
}

std::string pax_record(std::string_view key, std::string_view value) {
  const std::size_t fixed = key.size() + value.size() + 3;  // " key=value\n"
  std::size_t length = fixed + 1;
  while (fmt::formatted_size("{}", length) + fixed != length) length = fmt::formatted_size("{}", length) + fixed;
  return fmt::format("{} {}={}\n", length, key, value);
}

void append_padded(std::string& to, std::string_view bytes) {
  to.append(bytes);
  to.append((block - bytes.size() % block) % block, '\0');
}

void append_raw_header(std::string& to, const Entry& entry) {
  char header[block]{};
  std::ranges::copy(entry.path.substr(0, 100), header);
  put_octal(header + 100, 8, entry.mode & 07777);
  put_octal(header + 108, 8, entry.owner.uid);
  put_octal(header + 116, 8, entry.owner.gid);
  put_octal(header + 124, 12, std::min(entry.size, octal_size_max));
  put_octal(header + 136, 12, static_cast<std::uint64_t>(std::max<std::int64_t>(entry.mtime, 0)));
  header[156] = entry.type;
  std::ranges::copy(entry.link.substr(0, 100), header + 157);
  std::memcpy(header + 257, "ustar\00000", 8);
  std::memset(header + 148, ' ', 8);
  unsigned sum = 0;
  for (const char c : header) sum += static_cast<unsigned char>(c);
  put_octal(header + 148, 7, sum);
  to.append(header, block);
}

void append_header(std::string& to, const Entry& entry) {
  std::string records;
  if (entry.path.size() > 100) records += pax_record("path", entry.path);
  if (entry.link.size() > 100) records += pax_record("linkpath", entry.link);
  if (entry.size > octal_size_max) records += pax_record("size", fmt::format("{}", entry.size));
  if (!records.empty()) {
    append_raw_header(to, {.path = "pax", .type = 'x', .mode = 0644, .size = records.size()});
    append_padded(to, records);
  }
  append_raw_header(to, entry);
}

// Walks a tree by descriptors, so that a link put in place of a directory meanwhile is not followed.
class TreeWriter {
 public:
  TreeWriter(int archive, TarOwner owner) : archive_(archive), owner_(owner) {}

  // Takes over `directory`.
  bool add_directory(int directory, const std::string& path, int depth) {
    DIR* stream = depth > depth_max ? nullptr : fdopendir(directory);
    if (stream == nullptr) {
      if (depth > depth_max) errno = ENAMETOOLONG;
      close(directory);
      return false;
    }
    struct stat info{};
    bool good = fstat(directory, &info) == 0;
    if (good)
      good = header({.path = path + "/",
                     .type = '5',
                     .mode = depth == 0 ? root_mode : info.st_mode,
                     .owner = owner_,
                     .mtime = info.st_mtime});
    while (good) {
      errno = 0;
      const dirent* item = readdir(stream);
      if (item == nullptr) {
        good = errno == 0;
        break;
      }
      const std::string_view name = item->d_name;
      if (name != "." && name != "..") good = add(directory, item->d_name, fmt::format("{}/{}", path, name), depth);
    }
    const int error = errno;
    closedir(stream);
    errno = error;
    return good;
  }

  bool finish() { return write(std::string(2 * block, '\0')); }
  std::uint64_t size() const { return size_; }

 private:
  bool add(int parent, const char* name, const std::string& path, int depth) {
    struct stat info{};
    if (fstatat(parent, name, &info, AT_SYMLINK_NOFOLLOW) != 0) return false;
    if (S_ISLNK(info.st_mode)) {
      std::string target(static_cast<std::size_t>(info.st_size) + 1, '\0');
      const ssize_t length = readlinkat(parent, name, target.data(), target.size());
      if (length < 0) return false;
      target.resize(static_cast<std::size_t>(length));
      return header({.path = path, .type = '2', .mode = 0777, .owner = owner_, .link = target, .mtime = info.st_mtime});
    }
    if (!S_ISDIR(info.st_mode) && !S_ISREG(info.st_mode)) return true;
    const int file =
        openat(parent, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | (S_ISDIR(info.st_mode) ? O_DIRECTORY : O_NONBLOCK));
    if (file < 0) return false;
    if (S_ISDIR(info.st_mode)) return add_directory(file, path, depth + 1);
    const bool good = fstat(file, &info) == 0 && add_file(file, path, info);
    const int error = errno;
    close(file);
    errno = error;
    return good;
  }

  bool add_file(int file, const std::string& path, const struct stat& info) {
    const auto size = static_cast<std::uint64_t>(info.st_size);
    if (!header({.path = path, .mode = info.st_mode, .owner = owner_, .size = size, .mtime = info.st_mtime}))
      return false;
    std::uint64_t left = size;
    while (left > 0) {
      const ssize_t got = read(file, buffer_.data(), std::min<std::uint64_t>(left, buffer_.size()));
      if (got < 0) return false;
      if (got == 0) break;  // it became shorter: the promised size is filled with zeros
      if (!write({buffer_.data(), static_cast<std::size_t>(got)})) return false;
      left -= static_cast<std::uint64_t>(got);
    }
    while (left > 0) {
      const std::size_t part = std::min<std::uint64_t>(left, block);
      if (!write(std::string(part, '\0'))) return false;
      left -= part;
    }
    return write(std::string((block - size % block) % block, '\0'));
  }

  bool header(const Entry& entry) {
    std::string text;
    append_header(text, entry);
    return write(text);
  }

  bool write(std::string_view bytes) {
    size_ += bytes.size();
    while (!bytes.empty()) {
      const ssize_t put = ::write(archive_, bytes.data(), bytes.size());
      if (put < 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(put));
    }
    return true;
  }

  int archive_;
  TarOwner owner_;
  std::uint64_t size_ = 0;
  std::vector<char> buffer_ = std::vector<char>(256 * 1024);
};

}  // namespace

void TarText::add_directory(std::string_view path, std::uint32_t mode, TarOwner owner) {
  append_header(text_, {.path = path, .type = '5', .mode = mode, .owner = owner});
}

void TarText::add_file(std::string_view path, std::string_view content, std::uint32_t mode, TarOwner owner) {
  append_header(text_, {.path = path, .mode = mode, .owner = owner, .size = content.size()});
  append_padded(text_, content);
}

std::string TarText::finish() && {
  text_.append(2 * block, '\0');
  return std::move(text_);
}

Result<std::uint64_t> write_tar(const std::filesystem::path& directory, std::string prefix, TarOwner owner,
                                const std::filesystem::path& archive) {
  const int output = open(archive.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  const int input = output < 0 ? -1 : open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  TreeWriter writer(output, owner);
  const bool good = input >= 0 && writer.add_directory(input, prefix, 0) && writer.finish();
  const int error = errno;
  if (output >= 0) close(output);
  if (!good)
    return fail(ErrorKind::internal, "agent",
                fmt::format("Could not pack the files of the checkout: {}.", std::strerror(error)));
  return writer.size();
}

std::optional<std::string> first_file_of_tar(std::string_view archive) {
  while (archive.size() >= block) {
    std::uint64_t size = 0;
    for (const char c : archive.substr(124, 11)) {
      if (c < '0' || c > '7') return std::nullopt;
      size = size * 8 + static_cast<std::uint64_t>(c - '0');
    }
    const char type = archive[156];
    archive.remove_prefix(block);
    if (size > archive.size()) return std::nullopt;
    if (type == '0' || type == '\0') return std::string(archive.substr(0, size));
    archive.remove_prefix(std::min<std::size_t>((size + block - 1) / block * block, archive.size()));
  }
  return std::nullopt;
}

}  // namespace open_cicd::docker
