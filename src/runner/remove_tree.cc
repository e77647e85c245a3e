#include "runner/remove_tree.h"

namespace open_cicd::runner {
namespace fs = std::filesystem;

std::error_code remove_tree(const fs::path& root) {
  std::error_code ec;
  fs::remove_all(root, ec);
  if (ec != std::errc::permission_denied) return ec;

  std::error_code ignored;
  fs::permissions(root, fs::perms::owner_all, fs::perm_options::add | fs::perm_options::nofollow, ignored);
  for (auto it = fs::recursive_directory_iterator(root, fs::directory_options::skip_permission_denied, ec);
       it != fs::recursive_directory_iterator(); it.increment(ec)) {
    if (it->symlink_status(ignored).type() != fs::file_type::directory) continue;
    fs::permissions(it->path(), fs::perms::owner_all, fs::perm_options::add, ignored);
  }
  ec.clear();
  fs::remove_all(root, ec);
  return ec;
}

}  // namespace open_cicd::runner
