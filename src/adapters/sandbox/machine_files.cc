#include "adapters/sandbox/machine_files.h"

#include "base/log.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <iterator>
#include <optional>
#include <sys/stat.h>
#include <unistd.h>

namespace open_cicd::sandbox {
namespace {

namespace fs = std::filesystem;

// Of a folder below one of these: a large SDK has 200,000, and looking at so many takes seconds where they are on a
// cold disk.
constexpr std::size_t entries_max = 300'000;
constexpr std::array searched_folders{"/etc", "/opt", "/usr/local"};
constexpr std::array shown_folders{"/etc", "/opt", "/usr"};
constexpr std::array system_folders{"/bin", "/sbin", "/lib", "/lib64", "/lib32", "/libx32"};

// Parts of /var that programs of packages read: /usr/lib/ghc and others link there.
constexpr std::array var_folders{"/var/cache/fontconfig", "/var/lib/aspell",  "/var/lib/dictionaries-common",
                                 "/var/lib/dpkg",         "/var/lib/gems",    "/var/lib/ghc",
                                 "/var/lib/ispell",       "/var/lib/rpm",     "/var/lib/sgml-base",
                                 "/var/lib/texmf",        "/var/lib/xml-core"};

// Of /etc: what runs or guards the machine. Nothing that builds reads them.
constexpr std::array denied_entries{
    "NetworkManager", "audit",         "cloud",           "cni",        "containerd",    "cron.d",   "cron.daily",
    "cron.hourly",    "cron.monthly",  "cron.weekly",     "crontab",    "crypttab",      "default",  "docker",
    "environment",    "exports",       "fstab",           "group-",     "gshadow",       "gshadow-", "ipsec.conf",
    "ipsec.d",        "ipsec.secrets", "krb5.keytab",     "kubernetes", "letsencrypt",   "netplan",  "open-cicd",
    "openvpn",        "passwd-",       "pki/tls/private", "polkit-1",   "ppp",           "rancher",  "security/opasswd",
    "shadow",         "shadow-",       "ssl/private",     "subgid",     "subgid-",       "subuid",   "subuid-",
    "sudoers",        "sudoers.d",     "systemd",         "wireguard",  "wpa_supplicant"};

// The sandbox makes these itself; of /etc, /home, /run, /usr and /var only what is below can be added.
constexpr std::array own_trees{"/dev", "/proc", "/sys", "/tmp", "/workspace", "/home/ci", "/var/tmp"};
constexpr std::array own_folders{"/", "/etc", "/home", "/run", "/usr", "/var", "/var/lib"};

// What a reader who is not the owner needs: to list a folder he must enter it too.
mode_t bits_of_others(const struct stat& status) {
  return S_ISDIR(status.st_mode) ? S_IROTH | S_IXOTH : S_IROTH;
}

bool readable_by_others(const struct stat& status) {
  return (status.st_mode & bits_of_others(status)) == bits_of_others(status);
}

// Whoever may enter a folder without listing it reads what he knows the name of.
bool reachable_by_others(const struct stat& status) {
  return (status.st_mode & bits_of_others(status)) != 0;
}

bool readable_here(const fs::path& path, const struct stat& status) {
  return ::access(path.c_str(), R_OK) == 0 || (S_ISDIR(status.st_mode) && ::access(path.c_str(), X_OK) == 0);
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

enum class Seen : unsigned char { open, closed, unknown };

// Adds the path to `found` where this process may read more of it than everyone.
Seen look_at(const fs::path& path, std::vector<fs::path>& found) {
  struct stat status{};
  if (::lstat(path.c_str(), &status) != 0) return errno == ENOENT || errno == EACCES ? Seen::closed : Seen::unknown;
  if (S_ISLNK(status.st_mode) || readable_by_others(status)) return Seen::open;
  if (readable_here(path, status)) found.push_back(path);
  return Seen::closed;
}

// Nothing when it could not look at all that is below `top`.
std::optional<std::vector<fs::path>> find_private_below(const fs::path& top, std::size_t most) {
  std::vector<fs::path> found;
  std::error_code error;
  fs::recursive_directory_iterator entry(top, fs::directory_options::skip_permission_denied, error);
  for (const fs::recursive_directory_iterator end; !error && entry != end; entry.increment(error)) {
    if (most-- == 0) return std::nullopt;
    const Seen seen = look_at(entry->path(), found);
    if (seen == Seen::unknown) return std::nullopt;
    if (seen == Seen::closed) entry.disable_recursion_pending();
  }
  if (error) return std::nullopt;
  return found;
}

// bubblewrap makes missing parents unreadable for other users.
void add_parents(std::vector<std::string>& arguments, const fs::path& path) {
  fs::path parent;
  for (const fs::path& part : path.parent_path()) {
    parent /= part;
    if (parent != "/") arguments.insert(arguments.end(), {"--perms", "0755", "--dir", parent.string()});
  }
}

// Where /etc/resolv.conf leads out of /etc, its target: systemd-resolved and others keep it in /run.
void add_resolver(std::vector<std::string>& arguments) {
  std::error_code error;
  const fs::path file = fs::canonical("/etc/resolv.conf", error);
  if (error || is_within(file, "/etc")) return;
  add_parents(arguments, file);
  arguments.insert(arguments.end(), {"--ro-bind", file.string(), file.string()});
}

std::unexpected<Error> wrong(std::string message) {
  return fail(ErrorKind::invalid, "sandbox_path", std::move(message));
}

bool is_below(const fs::path& path, const fs::path& folder) {
  return path != folder && is_within(path, folder);
}

Result<void> check_extra_path(const fs::path& path, const fs::path& work_dir) {
  const std::string& text = path.native();
  const bool ends_in_slash = text.size() > 1 && text.ends_with('/');
  if (!path.is_absolute() || ends_in_slash || path.lexically_normal().native() != text)
    return wrong(
        fmt::format("{:?} is not an absolute path without \".\", \"..\" and a \"/\" at its end", path.string()));
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (!fs::exists(status)) return wrong(fmt::format("there is no {}", path.string()));
  if (!fs::is_directory(status) && !fs::is_regular_file(status))
    return wrong(fmt::format("{} is neither a folder nor a file: sockets and devices are not shown", path.string()));
  for (const fs::path& place : {path, fs::canonical(path, error)}) {
    for (const char* folder : own_folders)
      if (place == folder)
        return wrong(fmt::format("{} can't be shown as a whole: name what is below", place.string()));
    for (const char* tree : own_trees)
      if (is_within(place, tree)) return wrong(fmt::format("{} is a place of the sandbox's own", place.string()));
    if (is_within(work_dir, place) || is_within(place, work_dir))
      return wrong(fmt::format("{} would show the agent's work folder, {}", place.string(), work_dir.string()));
  }
  return {};
}

// A job may replace what lies in a folder that it may write, by a link to anywhere on the machine: the next job would
// be shown what that leads to.
Result<void> check_nesting(const std::vector<ExtraPath>& paths) {
  std::error_code error;
  for (const ExtraPath& outer : paths)
    for (const ExtraPath& inner : paths)
      if (outer.writable && (is_below(inner.path, outer.path) ||
                             is_below(fs::canonical(inner.path, error), fs::canonical(outer.path, error))))
        return wrong(
            fmt::format("{} lies within {}, which jobs may write: name the outer one alone, or make it read-only",
                        inner.path.string(), outer.path.string()));
  return {};
}

}  // namespace

bool is_within(const fs::path& path, const fs::path& folder) {
  const auto [end_of_folder, rest] = std::mismatch(folder.begin(), folder.end(), path.begin(), path.end());
  return end_of_folder == folder.end();
}

Result<std::vector<ExtraPath>> parse_extra_paths(std::string_view text, const fs::path& work_dir) {
  std::error_code error;
  const fs::path own = fs::weakly_canonical(work_dir, error);
  std::vector<ExtraPath> paths;
  while (!text.empty()) {
    std::string_view word = text.substr(0, text.find(','));
    text.remove_prefix(std::min(text.size(), word.size() + 1));
    word.remove_prefix(std::min(word.size(), word.find_first_not_of(" \t")));
    word = word.substr(0, word.find_last_not_of(" \t") + 1);
    if (word.empty()) continue;
    ExtraPath& path = paths.emplace_back();
    path.writable = word.ends_with(":rw");
    if (path.writable) word.remove_suffix(3);
    path.path = word;
    if (const Result<void> good = check_extra_path(path.path, own); !good) return std::unexpected(good.error());
  }
  if (const Result<void> good = check_nesting(paths); !good) return std::unexpected(good.error());
  return paths;
}

std::vector<fs::path> find_private(const fs::path& folder, std::size_t most) {
  std::vector<fs::path> found;
  std::error_code error;
  fs::directory_iterator top(folder, error);
  for (const fs::directory_iterator end; !error && top != end; top.increment(error)) {
    const Seen seen = look_at(top->path(), found);
    std::error_code gone;
    if (seen == Seen::closed || !fs::is_directory(fs::symlink_status(top->path(), gone))) continue;
    if (auto below = find_private_below(top->path(), most)) {
      std::ranges::move(*below, std::back_inserter(found));
    } else {
      log_warn("a folder can't be searched for private files, so no job sees it", {{"folder", top->path().string()}});
      found.push_back(top->path());
    }
  }
  if (error && error != std::errc::no_such_file_or_directory) found = {folder};
  return found;
}

std::vector<fs::path> find_denied(const fs::path& etc) {
  std::vector<fs::path> found;
  for (const char* entry : denied_entries) {
    std::error_code error;
    fs::path path = fs::canonical(etc / entry, error);
    if (!error) found.push_back(std::move(path));
  }
  return found;
}

MachineFiles::MachineFiles(std::vector<ExtraPath> extra, std::vector<fs::path> hidden, StepsAre steps)
    : extra_(std::move(extra)), hidden_(std::move(hidden)), steps_(steps) {
  std::error_code error;
  for (fs::path& path : hidden_) path = fs::weakly_canonical(path, error);
  std::erase_if(hidden_, [this](const fs::path& path) { return !is_shown(path); });
  own_ = hidden_;
  for (fs::path& path : find_denied("/etc")) {
    std::erase_if(own_, [&](const fs::path& own) { return is_below(own, path); });
    if (is_shown(path)) hidden_.push_back(std::move(path));
  }
  if (steps_ == StepsAre::the_agents_user)
    for (const char* folder : searched_folders)
      for (fs::path& path : find_private(folder, entries_max)) hidden_.push_back(std::move(path));
  // Nothing can be laid over what lies in a folder that is hidden already.
  const std::vector<fs::path> all = hidden_;
  std::erase_if(hidden_, [&](const fs::path& path) {
    return std::ranges::any_of(
        all, [&](const fs::path& other) { return is_below(path, other) && is_extra(path) == is_extra(other); });
  });
}

Result<void> MachineFiles::check() const {
  if (steps_ == StepsAre::another_user || own_.empty()) return {};
  return fail(ErrorKind::unavailable, "agent",
              fmt::format("jobs would see what is added later beside {}, for they run as the agent's own user and see "
                          "/etc, /opt, /usr and --sandbox-paths: keep the agent's files elsewhere, like in /var/lib/"
                          "open-cicd-agent or in the user's home",
                          own_.front().string()));
}

bool MachineFiles::is_shown(const fs::path& path) const {
  const auto contains = [&](const char* folder) { return is_within(path, folder); };
  return std::ranges::any_of(shown_folders, contains) || std::ranges::any_of(var_folders, contains) || is_extra(path);
}

bool MachineFiles::is_extra(const fs::path& path) const {
  return std::ranges::any_of(extra_, [&](const ExtraPath& extra) { return is_within(path, extra.path); });
}

void MachineFiles::add_shown(std::vector<std::string>& arguments) const {
  arguments.insert(arguments.end(), {"--ro-bind", "/usr", "/usr"});
  for (const char* folder : system_folders) add_system_folder(arguments, folder);
  arguments.insert(arguments.end(), {"--ro-bind", "/etc", "/etc", "--ro-bind-try", "/opt", "/opt"});
  std::error_code error;
  for (const char* folder : var_folders) {
    if (!fs::is_directory(folder, error)) continue;
    add_parents(arguments, folder);
    arguments.insert(arguments.end(), {"--ro-bind", folder, folder});
  }
}

// A path that is gone since the agent started is left out.
void MachineFiles::add_rest(std::vector<std::string>& arguments, const fs::path& empty_folder) const {
  add_resolver(arguments);
  for (const fs::path& path : hidden_)
    if (!is_extra(path)) hide(arguments, path, empty_folder);
  for (const ExtraPath& extra : extra_) {
    add_parents(arguments, extra.path);
    arguments.insert(arguments.end(),
                     {extra.writable ? "--bind-try" : "--ro-bind-try", extra.path.string(), extra.path.string()});
  }
  for (const fs::path& path : hidden_)
    if (is_extra(path) && std::ranges::find(extra_, path, &ExtraPath::path) == extra_.end())
      hide(arguments, path, empty_folder);
}

void MachineFiles::hide(std::vector<std::string>& arguments, const fs::path& path, const fs::path& empty_folder) const {
  struct stat status{};
  if (::lstat(path.c_str(), &status) != 0) return;
  if (steps_ == StepsAre::another_user && !reachable_by_others(status)) return;  // the kernel hides it
  const bool holds_extra =
      std::ranges::any_of(extra_, [&](const ExtraPath& extra) { return is_within(extra.path, path); });
  if (!S_ISDIR(status.st_mode)) {
    arguments.insert(arguments.end(), {"--ro-bind", "/dev/null", path.string()});
  } else if (holds_extra) {
    arguments.insert(arguments.end(), {"--perms", "0755", "--size", "1048576", "--tmpfs", path.string()});
  } else {
    arguments.insert(arguments.end(), {"--ro-bind", empty_folder.string(), path.string()});
  }
}

}  // namespace open_cicd::sandbox
