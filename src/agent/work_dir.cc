#include "agent/work_dir.h"

#include "base/json.h"
#include "base/log.h"
#include "runner/remove_tree.h"

#include <cerrno>
#include <charconv>
#include <fcntl.h>
#include <sys/file.h>
#include <system_error>

namespace open_cicd::agent {
namespace fs = std::filesystem;

Result<WorkDir> WorkDir::open(fs::path path) {
  std::error_code ec;
  fs::create_directories(path, ec);
  if (!ec) fs::permissions(path, fs::perms::owner_all, ec);
  if (ec)
    return fail(ErrorKind::internal, "agent",
                fmt::format("cannot use {} as the work folder: {}. Choose another with --work-dir.", path.string(),
                            ec.message()));
  WorkDir folder;
  folder.path_ = fs::canonical(path, ec);
  Result<File> lock = File::open(folder.path_ / "lock", O_RDWR | O_CREAT);
  if (!lock) return std::unexpected(std::move(lock.error()));
  if (::flock(lock->fd(), LOCK_EX | LOCK_NB) != 0)
    return fail(ErrorKind::conflict, "work_dir_in_use",
                fmt::format("another agent uses the work folder {}. Stop it, or give this one its own with --work-dir.",
                            folder.path_.string()));
  folder.lock_ = std::move(*lock);

  const Result<std::string> before = read_file(folder.path_ / "boot_seq");
  if (!before) return std::unexpected(before.error());
  std::from_chars(before->data(), before->data() + before->size(), folder.boot_seq_);
  ++folder.boot_seq_;
  if (Result<void> counted = replace_file(folder.path_ / "boot_seq", std::to_string(folder.boot_seq_) + "\n"); !counted)
    return std::unexpected(std::move(counted.error()));
  return folder;
}

std::optional<Identity> WorkDir::identity(const std::string& server) const {
  const Result<std::string> text = read_file(path_ / "agent.json");
  if (text && text->empty()) return std::nullopt;
  Result<Identity> identity =
      text ? json::read_text<Identity>(*text, json::Unknown::ignore) : std::unexpected(text.error());
  if (!identity) {
    log_warn("this agent's identity cannot be read; it registers as a new one",
             {{"file", (path_ / "agent.json").string()}});
    return std::nullopt;
  }
  if (identity->server != server) return std::nullopt;
  return std::move(*identity);
}

Result<void> WorkDir::save(const Identity& identity) const {
  return replace_file(path_ / "agent.json", json::write_text(identity) + "\n");
}

void WorkDir::forget_identity() const {
  std::error_code ignored;
  fs::remove(path_ / "agent.json", ignored);
}

void WorkDir::remove_leftovers() const {
  for (const char* name : {"jobs", "spool"}) {
    const std::error_code ec = runner::remove_tree(path_ / name);
    if (ec) log_warn("leftovers could not be removed", {{"folder", (path_ / name).string()}, {"error", ec.message()}});
  }
}

}  // namespace open_cicd::agent
