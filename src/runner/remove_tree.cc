#include "runner/remove_tree.h"

#include <cerrno>
#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>

namespace open_cicd::runner {
namespace {

constexpr int depth_max = 64;  // folders open at once; what lies deeper is moved up to the root first

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};
using Folder = std::unique_ptr<DIR, CloseFolder>;

// Where only the owner's rights are missing, the owner may give them back. Not through a link: the descriptor is the
// folder itself.
void allow_owner(int parent, const char* name) {
  const int folder = ::openat(parent, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (folder < 0) return;
  struct stat status{};
  if (::fstat(folder, &status) == 0 && (status.st_mode & S_IRWXU) != S_IRWXU)
    ::chmod(("/proc/self/fd/" + std::to_string(folder)).c_str(), (status.st_mode & 07777) | S_IRWXU);
  ::close(folder);
}

// Null with errno set when it is no folder or can't be read.
Folder open_folder(int parent, const char* name) {
  allow_owner(parent, name);
  const int descriptor = ::openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (descriptor < 0) return nullptr;
  Folder folder(::fdopendir(descriptor));
  if (!folder) ::close(descriptor);
  return folder;
}

class Removal {
 public:
  std::error_code run(const char* root) {
    Folder folder = open_folder(AT_FDCWD, root);
    if (!folder) {
      const bool is_other_kind = errno == ENOTDIR || errno == ELOOP;
      if (errno != ENOENT && (!is_other_kind || ::unlink(root) != 0)) note(errno);
      return error_;
    }
    root_ = ::dirfd(folder.get());
    empty(folder.get(), 1);
    folder.reset();
    if (!error_ && ::rmdir(root) != 0) note(errno);
    return error_;
  }

 private:
  void note(int number) { error_ = std::error_code(number, std::generic_category()); }

  // In rounds: a file system may leave out what moves while it is listed.
  void empty(DIR* folder, int depth) {
    for (bool found = true; found && !error_;) {
      found = false;
      ::rewinddir(folder);
      while (const dirent* entry = error_ ? nullptr : ::readdir(folder)) {
        const std::string_view name = entry->d_name;
        if (name == "." || name == "..") continue;
        found = true;
        remove(::dirfd(folder), *entry, depth);
      }
    }
  }

  void remove(int parent, const dirent& entry, int depth) {
    if (entry.d_type != DT_DIR) {
      if (::unlinkat(parent, entry.d_name, 0) == 0 || errno == ENOENT) return;
      if (errno != EISDIR) return note(errno);
    }
    if (::unlinkat(parent, entry.d_name, AT_REMOVEDIR) == 0) return;  // most folders of a small job are empty
    if (depth == depth_max) return move_up(parent, entry.d_name);
    Folder folder = open_folder(parent, entry.d_name);
    if (!folder) return note(errno);
    empty(folder.get(), depth + 1);
    folder.reset();
    if (!error_ && ::unlinkat(parent, entry.d_name, AT_REMOVEDIR) != 0) note(errno);
  }

  // To a name in the root that is free, or that of an empty folder, which it replaces.
  void move_up(int parent, const char* name) {
    allow_owner(parent, name);
    for (;;) {
      if (::renameat(parent, name, root_, std::to_string(++moved_).c_str()) == 0) return;
      if (errno != EEXIST && errno != ENOTEMPTY && errno != ENOTDIR) return note(errno);
    }
  }

  int root_ = -1;
  unsigned moved_ = 0;
  std::error_code error_;
};

}  // namespace

std::error_code remove_tree(const std::filesystem::path& root) {
  return Removal().run(root.c_str());
}

}  // namespace open_cicd::runner
