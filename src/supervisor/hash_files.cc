#include "supervisor/hash_files.h"

#include "base/sha256.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

namespace open_cicd::supervisor {
namespace {

constexpr size_t hash_read_bytes = 64 << 10;

struct Walk {
  const char* left_out;
  uint32_t entries_left;
  uint32_t depth_left;
  char* path;  // grows
  size_t capacity;
};

bool put_name(Walk* walk, size_t length, const char* name) {
  const size_t needed = length + strlen(name) + 2;
  if (needed > walk->capacity) {
    char* const grown = static_cast<char*>(realloc(walk->path, needed * 2));
    if (grown == nullptr) return false;
    walk->path = grown;
    walk->capacity = needed * 2;
  }
  strcpy(walk->path + length, name);
  return true;
}

// 0, or an exit code. Takes `folder` over.
int walk_folder(Walk* walk, int folder, size_t length, bool is_top) {
  DIR* const open = fdopendir(folder);
  if (open == nullptr) {
    close(folder);
    return 1;
  }
  if (walk->depth_left == 0) {
    closedir(open);
    return list_too_long;
  }
  --walk->depth_left;
  int code = 0;
  while (code == 0) {
    const dirent* const entry = readdir(open);
    if (entry == nullptr) break;
    const char* const name = entry->d_name;
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0) continue;
    if (is_top && strcmp(name, walk->left_out) == 0) continue;
    if (walk->entries_left == 0) code = list_too_long;
    if (code != 0) break;
    --walk->entries_left;
    struct stat status;
    if (fstatat(dirfd(open), name, &status, AT_SYMLINK_NOFOLLOW) != 0) continue;
    if (!put_name(walk, length, name)) code = 1;
    const size_t end = length + strlen(name);
    if (code == 0 && S_ISREG(status.st_mode)) fwrite(walk->path, 1, end + 1, stdout);
    if (code != 0 || !S_ISDIR(status.st_mode)) continue;
    const int below = openat(dirfd(open), name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (below < 0) continue;
    walk->path[end] = '/';
    code = walk_folder(walk, below, end + 1, false);
  }
  ++walk->depth_left;
  closedir(open);
  return code;
}

// Below `root`, no part of it a link; changes `path`.
int open_below(int root, char* path) {
  int folder = root;
  for (;;) {
    char* const slash = strchr(path, '/');
    if (slash != nullptr) *slash = 0;
    const bool is_name = path[0] != 0 && strcmp(path, ".") != 0 && strcmp(path, "..") != 0;
    const int flags = O_RDONLY | O_NOFOLLOW | O_CLOEXEC | (slash != nullptr ? O_DIRECTORY : O_NONBLOCK | O_NOCTTY);
    const int next = is_name ? openat(folder, path, flags) : -1;
    if (folder != root) close(folder);
    if (next < 0 || slash == nullptr) return next;
    folder = next;
    path = slash + 1;
  }
}

// The line's text in `line`.
void digest(int file, uint64_t* bytes_left, char* buffer, char* line) {
  struct stat status;
  strcpy(line, "-");
  if (fstat(file, &status) != 0 || !S_ISREG(status.st_mode)) return;
  Sha256Stream sum;
  for (;;) {
    const ssize_t size = read(file, buffer, hash_read_bytes);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return;
    if (size == 0) break;
    if (static_cast<uint64_t>(size) > *bytes_left) {
      strcpy(line, "+");
      return;
    }
    *bytes_left -= static_cast<uint64_t>(size);
    sum.add(buffer, static_cast<size_t>(size));
  }
  sum.finish(line);
  line[Sha256Stream::hex_size] = 0;
}

// The whole file and a NUL, or null.
char* read_list(const char* path, size_t* size) {
  const int file = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
  struct stat status;
  if (file < 0 || fstat(file, &status) != 0) return nullptr;
  const size_t room = static_cast<size_t>(status.st_size);
  char* const text = static_cast<char*>(malloc(room + 1));
  *size = 0;
  while (text != nullptr && *size < room) {
    const ssize_t n = read(file, text + *size, room - *size);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    *size += static_cast<size_t>(n);
  }
  close(file);
  if (text != nullptr) text[*size] = 0;
  return text;
}

}  // namespace

int list_files(const char* root, const char* left_out, uint32_t entries_max, uint32_t depth_max) {
  Walk walk{.left_out = left_out, .entries_left = entries_max, .depth_left = depth_max, .path = nullptr, .capacity = 0};
  const int folder = open(root, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (folder < 0) return 1;
  const int code = walk_folder(&walk, folder, 0, true);
  free(walk.path);
  return fflush(stdout) == 0 ? code : 1;
}

int digest_files(const char* root, const char* list, uint64_t bytes_max) {
  size_t size = 0;
  char* const paths = read_list(list, &size);
  char* const buffer = static_cast<char*>(malloc(hash_read_bytes));
  const int top = open(root, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (paths == nullptr || buffer == nullptr || top < 0) return 1;
  for (size_t at = 0; at < size;) {
    const size_t length = strlen(paths + at);
    char line[Sha256Stream::hex_size + 1] = "-";
    const int file = open_below(top, paths + at);
    if (file >= 0) {
      digest(file, &bytes_max, buffer, line);
      close(file);
    }
    puts(line);
    at += length + 1;
  }
  return fflush(stdout) == 0 ? 0 : 1;
}

}  // namespace open_cicd::supervisor
