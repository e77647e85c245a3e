#include "adapters/sandbox/bubblewrap.h"

#include "adapters/sandbox/accounts.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <sys/stat.h>
#include <unistd.h>

namespace open_cicd::sandbox {
namespace {

namespace fs = std::filesystem;

constexpr std::uint32_t unprivileged_inside_user = 1000;
constexpr char shared_memory_bytes[] = "1073741824";
// Made before what is bound below them: bubblewrap makes missing parents unreadable for other users.
constexpr std::array parent_folders{"/home", "/var"};
constexpr char host_name[] = "job";
constexpr std::array own_files{"passwd", "group", "hosts"};
constexpr char hidden_folder[] = "hidden";  // what a step finds where it may not look
constexpr char run_bytes[] = "268435456";

// Files of /proc that tell about the whole machine.
constexpr std::array masked_files{"/proc/kcore", "/proc/keys", "/proc/timer_list", "/proc/sched_debug",
                                  "/proc/kallsyms"};

std::unexpected<Error> cannot_make(const fs::path& path, int number) {
  return fail(ErrorKind::internal, "agent",
              fmt::format("{} could not be made: {}.", path.string(), std::strerror(number)));
}

std::uint32_t user_inside(const View& view) {
  return view.user.value_or(unprivileged_inside_user);
}

std::string text_of(const char* path) {
  std::ifstream in(path);
  std::ostringstream text;
  text << in.rdbuf();  // empty where it is missing
  return text.str();
}

}  // namespace

fs::path find_bubblewrap() {
  for (const char* folder : {"/usr/bin", "/usr/local/bin", "/bin"})
    if (const auto path = fs::path(folder) / "bwrap"; ::access(path.c_str(), X_OK) == 0) return path;
  return {};
}

Result<void> prepare(const View& view) {
  for (const char* name : writable_folders) {
    const auto path = view.directory / name;
    if (::mkdir(path.c_str(), 0755) != 0 && errno != EEXIST) return cannot_make(path, errno);
    if (view.user && ::lchown(path.c_str(), *view.user, *view.user) != 0) return cannot_make(path, errno);
  }
  if (::chmod((view.directory / "tmp").c_str(), 01777) != 0) return cannot_make(view.directory / "tmp", errno);
  const auto hidden = view.directory / hidden_folder;
  if (::mkdir(hidden.c_str(), 0) != 0 && errno != EEXIST) return cannot_make(hidden, errno);
  const auto user = user_inside(view);
  const std::array<std::string, own_files.size()> texts{passwd_inside(text_of("/etc/passwd"), user, inside_home),
                                                        group_inside(text_of("/etc/group"), user),
                                                        hosts_inside(text_of("/etc/hosts"), host_name)};
  for (std::size_t i = 0; i < own_files.size(); ++i) {
    const auto path = view.directory / own_files[i];
    if (std::ofstream file(path); !(file << texts[i]).flush()) return cannot_make(path, errno);
  }
  return {};
}

std::vector<std::string> wrapper(const fs::path& bubblewrap, const View& view) {
  const auto bound = [&](const char* name) { return (view.directory / name).string(); };
  const std::string workspace = view.workspace ? view.workspace->string() : bound("workspace");
  std::vector<std::string> arguments{bubblewrap.string(), "--as-pid-1",    "--die-with-parent", "--new-session",
                                     "--unshare-pid",     "--unshare-ipc", "--unshare-uts",     "--unshare-cgroup-try",
                                     "--hostname",        host_name};
  if (!view.network) arguments.emplace_back("--unshare-net");
  if (view.user) {
    // The helper needs these two for a moment, to become the job's user; then it gives up everything.
    arguments.insert(arguments.end(), {"--cap-drop", "ALL", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"});
  } else {
    const auto id = std::to_string(unprivileged_inside_user);
    arguments.insert(arguments.end(), {"--unshare-user", "--uid", id, "--gid", id, "--cap-drop", "ALL"});
  }
  for (const char* folder : parent_folders) arguments.insert(arguments.end(), {"--perms", "0755", "--dir", folder});
  view.files->add_shown(arguments);
  for (const char* name : own_files)
    arguments.insert(arguments.end(), {"--ro-bind", bound(name), fmt::format("/etc/{}", name)});
  arguments.insert(
      arguments.end(),
      {"--proc",      "/proc",    "--dev",   "/dev",      "--perms",   "1777",    "--size",   shared_memory_bytes,
       "--tmpfs",     "/dev/shm", "--perms", "1777",      "--size",    run_bytes, "--tmpfs",  inside_run,
       "--perms",     "1777",     "--dir",   "/run/lock", "--symlink", "../run",  "/var/run", "--symlink",
       "../run/lock", "/var/lock"});
  view.files->add_rest(arguments, view.directory / hidden_folder);
  std::error_code error;
  for (const char* file : masked_files)
    if (fs::exists(file, error)) arguments.insert(arguments.end(), {"--ro-bind", "/dev/null", file});
  arguments.insert(
      arguments.end(),
      {"--bind",      bound("tmp"),   "/tmp",   "--symlink", "../tmp",         "/var/tmp", "--bind",
       bound("home"), inside_home,    "--bind", workspace,   inside_workspace, "--bind",   bound(files_folder),
       inside_files,  "--remount-ro", "/",      "--chdir",   inside_workspace, "--"});
  return arguments;
}

std::vector<std::string> helper_arguments(const View& view) {
  std::vector<std::string> arguments;
  if (view.user) {
    const auto id = std::to_string(*view.user);
    arguments.insert(arguments.end(), {"--uid", id, "--gid", id});
  }
  arguments.emplace_back("--restrict");
  return arguments;
}

}  // namespace open_cicd::sandbox
