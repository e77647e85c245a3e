#include "supervisor/give.h"

#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

namespace open_cicd::supervisor {
namespace {

constexpr int open_folders_max = 64;  // deeper ones are closed and opened again

// nftw() has no argument to pass on.
uint32_t giver;
User taker;
bool all_given;

int give_one(const char* path, const struct stat* status, int, struct FTW*) {
  if (status->st_uid == giver && lchown(path, taker.uid, taker.gid) != 0) all_given = false;
  return 0;
}

}  // namespace

int give(const char* path, uint32_t from, User to) {
  giver = from;
  taker = to;
  all_given = true;
  if (nftw(path, give_one, open_folders_max, FTW_PHYS | FTW_MOUNT) != 0) all_given = false;
  return all_given ? 0 : 1;
}

}  // namespace open_cicd::supervisor
