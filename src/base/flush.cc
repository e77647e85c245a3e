#include "base/flush.h"

#include <atomic>
#include <unistd.h>

namespace open_cicd {
namespace {

std::atomic<bool> flushing = true;

}  // namespace

void set_flushing(bool wanted) {
  flushing = wanted;
}

bool is_flushing() {
  return flushing;
}

int flush_file(int fd) {
  return flushing ? ::fsync(fd) : 0;
}

int flush_data(int fd) {
  return flushing ? ::fdatasync(fd) : 0;
}

}  // namespace open_cicd
