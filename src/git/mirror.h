// A bare mirror of a repository, kept by the `git` program: fetched from its remote, read by commit. Partial where the
// remote allows it: files are fetched when somebody reads them.
//
// Nothing that a repository or a remote says is executed or believed: no hooks, filters, credential helpers or system
// configuration, an environment and a HOME of its own, transports by an allow-list, arguments in arrays and never an
// option among them. Credentials reach git in its environment only.
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "base/secret.h"

#include <atomic>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace open_cicd::git {

struct GitSettings {
  Secret proxy;  // http://[user:password@]host:port for http(s) remotes; empty: none
  std::string no_proxy;
  std::string ca_file;  // PEM; empty: the system's
  Milliseconds fetch_time_max{600'000};
};

struct Remote {
  std::string url;  // without credentials; whoever gives it has checked it
  std::string user;
  Secret password;  // empty: none is sent
};

inline constexpr std::size_t file_bytes_max = 1 << 20;    // of a file that is read
inline constexpr std::size_t listed_files_max = 100;      // of a folder
inline constexpr std::size_t changed_paths_max = 10'000;  // more are as good as not known
inline constexpr std::size_t refs_bytes_max = 32 << 20;   // of what a remote lists

struct Commit {
  std::string sha, author, message;
};

using Refs = std::map<std::string, std::string>;  // a full name → the commit that it leads to

// Of one repository. Everything blocks, and belongs on a pool. Thread-safe: what changes the mirror waits for each
// other, as git's own locks would make the second one fail. `stop` ends what runs.
class Mirror {
 public:
  // Of all copies that stand for the same folder in this process.
  struct Shared {
    std::mutex mutex;
    bool is_ready = false;
  };
  Mirror(std::filesystem::path folder, GitSettings settings, const std::atomic<bool>* stop,
         std::shared_ptr<Shared> shared = std::make_shared<Shared>())
      : folder_(std::move(folder)), settings_(std::move(settings)), stop_(stop), shared_(std::move(shared)) {}

  // All branches, tags and `more` (full names of refs, at most 100, of which some may be gone); refs that are gone
  // there go here. Errors: unavailable "git_fetch" with git's own words, those of run_program().
  Result<void> fetch(const Remote& remote, const std::vector<std::string>& more = {});
  // One commit by its name, if the remote gives it.
  void fetch_commit(const Remote& remote, const std::string& sha);
  // What the remote lists of branches and tags, without fetching anything.
  Result<Refs> list_remote(const Remote& remote) const;
  // Which branch is the remote's default; nothing of one that is empty.
  Result<std::optional<std::string>> default_branch(const Remote& remote) const;

  bool has_commit(const std::string& sha) const;  // asks no remote
  // The commit of a full name. Error: unavailable "git_read".
  Result<std::optional<std::string>> resolve(const std::string& ref) const;

  // Errors: not_found "no_commit"; of these three also unavailable "git_read".
  Result<Commit> commit(const std::string& sha) const;
  // Nothing when there is none, or it is no file. Error: too_large "git_file".
  Result<std::optional<std::string>> file(const Remote& remote, const std::string& sha, const std::string& path) const;
  // Paths of the files directly in a folder, sorted.
  Result<std::vector<std::string>> files_in(const std::string& sha, const std::string& folder) const;
  // Paths that differ; with `since_fork`, between `head` and where its history left that of `base`. Nothing when that
  // cannot be known.
  Result<std::optional<std::vector<std::string>>> changed(const std::string& base, const std::string& head,
                                                          bool since_fork) const;
  bool remove();

 private:
  struct Answer {
    int exit_code = 0;
    std::string output, errors;
  };
  Result<Answer> run(const Remote* remote, std::vector<std::string> arguments, std::string input, std::size_t bytes_max,
                     Milliseconds time_max) const;
  void clear_locks() const;
  Result<void> make(const Remote& remote) const;
  Result<void> make_alone(const Remote& remote) const;
  Result<Answer> fetch_refs(const Remote& remote, const std::vector<std::string>& refspecs);
  std::map<std::string, std::string> environment(const Remote* remote) const;

  std::filesystem::path folder_;
  GitSettings settings_;
  const std::atomic<bool>* stop_;
  std::shared_ptr<Shared> shared_;
};

}  // namespace open_cicd::git
