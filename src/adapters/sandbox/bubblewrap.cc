#include "adapters/sandbox/bubblewrap.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

namespace open_cicd::sandbox {
namespace {

namespace fs = std::filesystem;

constexpr std::uint32_t unprivileged_inside_user = 1000;
constexpr char shared_memory_bytes[] = "1073741824";
// Made before what is bound below them: bubblewrap makes missing parents unreadable for other users.
constexpr std::array parent_folders{"/etc", "/etc/ssl", "/etc/pki", "/etc/pki/tls", "/home", "/var"};
constexpr char run_bytes[] = "268435456";

// What programs need of /etc. Not here: shadow, ssh, private keys, cron, the machine's own configuration.
constexpr std::array etc_entries{"alternatives",
                                 "bash.bashrc",
                                 "ca-certificates",
                                 "ca-certificates.conf",
                                 "debian_version",
                                 "fonts",
                                 "gai.conf",
                                 "host.conf",
                                 "hosts",
                                 "inputrc",
                                 "ld.so.cache",
                                 "ld.so.conf",
                                 "ld.so.conf.d",
                                 "localtime",
                                 "magic",
                                 "mime.types",
                                 "nsswitch.conf",
                                 "os-release",
                                 "perl",
                                 "pki/tls/certs",
                                 "pki/ca-trust",
                                 "protocols",
                                 "resolv.conf",
                                 "services",
                                 "ssl/certs",
                                 "ssl/openssl.cnf",
                                 "timezone"};

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

// /bin and its like are links into /usr on most machines, folders on others.
void add_system_folder(std::vector<std::string>& arguments, const char* path) {
  std::error_code error;
  if (const auto target = fs::read_symlink(path, error); !error) {
    arguments.insert(arguments.end(), {"--symlink", target.string(), path});
  } else if (fs::is_directory(path, error)) {
    arguments.insert(arguments.end(), {"--ro-bind", path, path});
  }
}

void add_etc(std::vector<std::string>& arguments, const View& view) {
  std::error_code error;
  for (const char* entry : etc_entries) {
    const auto path = fs::path("/etc") / entry;
    if (fs::exists(path, error)) arguments.insert(arguments.end(), {"--ro-bind", path.string(), path.string()});
  }
  for (const char* name : {"passwd", "group"})
    arguments.insert(arguments.end(), {"--ro-bind", (view.directory / name).string(), fmt::format("/etc/{}", name)});
}

}  // namespace

fs::path find_bubblewrap() {
  for (const char* folder : {"/usr/bin", "/usr/local/bin", "/bin"})
    if (const auto path = fs::path(folder) / "bwrap"; ::access(path.c_str(), X_OK) == 0) return path;
  return {};
}

Result<void> prepare(const View& view) {
  for (const char* name : {"workspace", "home", "tmp"}) {
    const auto path = view.directory / name;
    if (::mkdir(path.c_str(), 0755) != 0 && errno != EEXIST) return cannot_make(path, errno);
    if (view.user && ::lchown(path.c_str(), *view.user, *view.user) != 0) return cannot_make(path, errno);
  }
  if (::chmod((view.directory / "tmp").c_str(), 01777) != 0) return cannot_make(view.directory / "tmp", errno);
  const auto user = user_inside(view);
  std::ofstream passwd(view.directory / "passwd");
  passwd << fmt::format(
      "root:x:0:0:root:/root:/bin/sh\nci:x:{0}:{0}:ci:{1}:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n", user,
      inside_home);
  std::ofstream group(view.directory / "group");
  group << fmt::format("root:x:0:\nci:x:{}:\nnogroup:x:65534:\n", user);
  if (!passwd.flush() || !group.flush()) return cannot_make(view.directory / "passwd", errno);
  return {};
}

std::vector<std::string> wrapper(const fs::path& bubblewrap, const View& view) {
  const auto bound = [&](const char* name) { return (view.directory / name).string(); };
  std::vector<std::string> arguments{
      bubblewrap.string(), "--as-pid-1",    "--die-with-parent",    "--new-session", "--unshare-pid",
      "--unshare-ipc",     "--unshare-uts", "--unshare-cgroup-try", "--hostname",    "job"};
  if (!view.network) arguments.emplace_back("--unshare-net");
  if (view.user) {
    // The helper needs these two for a moment, to become the job's user; then it gives up everything.
    arguments.insert(arguments.end(), {"--cap-drop", "ALL", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"});
  } else {
    const auto id = std::to_string(unprivileged_inside_user);
    arguments.insert(arguments.end(), {"--unshare-user", "--uid", id, "--gid", id, "--cap-drop", "ALL"});
  }
  arguments.insert(arguments.end(), {"--ro-bind", "/usr", "/usr"});
  for (const char* folder : {"/bin", "/sbin", "/lib", "/lib64", "/lib32", "/libx32"})
    add_system_folder(arguments, folder);
  for (const char* folder : parent_folders) arguments.insert(arguments.end(), {"--perms", "0755", "--dir", folder});
  add_etc(arguments, view);
  arguments.insert(arguments.end(),
                   {"--proc", "/proc", "--dev", "/dev", "--perms", "1777", "--size", shared_memory_bytes, "--tmpfs",
                    "/dev/shm", "--perms", "1777", "--size", run_bytes, "--tmpfs", inside_run});
  std::error_code error;
  for (const char* file : masked_files)
    if (fs::exists(file, error)) arguments.insert(arguments.end(), {"--ro-bind", "/dev/null", file});
  arguments.insert(arguments.end(), {"--bind", bound("tmp"), "/tmp", "--symlink", "../tmp", "/var/tmp", "--bind",
                                     bound("home"), inside_home, "--bind", bound("workspace"), inside_workspace,
                                     "--remount-ro", "/", "--chdir", inside_workspace, "--"});
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
