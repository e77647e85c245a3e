#include "supervisor/print_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

namespace open_cicd::supervisor {
namespace {

bool print(const char* bytes, size_t size) {
  while (size > 0) {
    const ssize_t n = write(1, bytes, size);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    bytes += n;
    size -= static_cast<size_t>(n);
  }
  return true;
}

// The bytes read, or -1 when it is not there, -2 when it is no file.
ssize_t read_file(const char* path, char* to, size_t max) {
  const int file = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (file < 0) return errno == ENOENT ? -1 : -2;
  struct stat status;
  size_t size = 0;
  bool good = fstat(file, &status) == 0 && S_ISREG(status.st_mode);
  while (good && size < max) {
    const ssize_t n = read(file, to + size, max - size);
    if (n < 0 && errno == EINTR) continue;
    if (n == 0) break;
    good = n > 0;
    if (good) size += static_cast<size_t>(n);
  }
  close(file);
  return good ? static_cast<ssize_t>(size) : -2;
}

}  // namespace

int print_files(uint32_t bytes_max, char** paths) {
  const size_t room = static_cast<size_t>(bytes_max) + 1;
  char* const buffer = static_cast<char*>(malloc(room));
  if (buffer == nullptr) return 1;
  for (; *paths != nullptr; ++paths) {
    const ssize_t size = read_file(*paths, buffer, room);
    char head[32];
    const int length = snprintf(head, sizeof head, "%c %zd\n",
                                size == -1 ? '-'
                                : size < 0 ? '?'
                                           : '+',
                                size < 0 ? 0 : size);
    if (!print(head, static_cast<size_t>(length)) || (size > 0 && !print(buffer, static_cast<size_t>(size)))) return 1;
  }
  return 0;
}

}  // namespace open_cicd::supervisor
