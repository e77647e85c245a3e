#include "cli/working_tree.h"

#include "base/text.h"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <map>
#include <spawn.h>
#include <string_view>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace open_cicd::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t said_bytes_max = 64 * 1024;  // of what one git command prints

struct GitAnswer {
  bool ok = false;
  std::string said;  // without the line break at its end; of a failed command what it said of that
};

// Variables of our environment that would lead git to another repository than the one that is asked for.
constexpr std::array own_variables{
    "GIT_DIR",        "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR", "GIT_NAMESPACE"};

std::vector<std::string> environment_with(const std::map<std::string, std::string>& more) {
  std::vector<std::string> all;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view text = *variable;
    const std::string name(text.substr(0, text.find('=')));
    if (!more.contains(name) && std::ranges::find(own_variables, name) == own_variables.end()) all.emplace_back(text);
  }
  for (const auto& [name, value] : more) all.push_back(fmt::format("{}={}", name, value));
  return all;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (std::string& text : texts) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

std::string read_to_end(int file) {
  std::string text;
  std::array<char, 4096> buffer;
  for (;;) {
    const ssize_t got = ::read(file, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    if (text.size() < said_bytes_max) text.append(buffer.data(), static_cast<std::size_t>(got));
  }
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

class Git {
 public:
  explicit Git(fs::path folder) : folder_(std::move(folder)) {}

  void set(const std::string& name, std::string value) { environment_[name] = std::move(value); }

  // Error: "no_git" when the program is not there.
  Result<GitAnswer> run(std::vector<std::string> arguments) const {
    // The repository's watchers and caches belong to its own index.
    const std::array always{"git",
                            "-c",
                            "core.fsmonitor=false",
                            "-c",
                            "core.untrackedCache=false",
                            "-c",
                            "core.splitIndex=false",
                            "-c",
                            "advice.addEmbeddedRepo=false",
                            "-C"};
    std::vector<std::string> argv(always.begin(), always.end());
    argv.push_back(folder_.string());
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    std::vector<std::string> environment = environment_with(environment_);

    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return no_git(errno);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
    posix_spawn_file_actions_adddup2(&actions, ends[1], 2);
    pid_t pid = -1;
    const int why = ::posix_spawnp(&pid, "git", &actions, nullptr, pointers(argv).data(), pointers(environment).data());
    posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);
    GitAnswer answer{.said = why == 0 ? read_to_end(ends[0]) : std::string()};
    ::close(ends[0]);
    if (why != 0) return no_git(why);
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    answer.ok = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    return answer;
  }

  // What it printed. Error: "no_snapshot" when it failed.
  Result<std::string> must(const std::vector<std::string>& arguments) const {
    Result<GitAnswer> answer = run(arguments);
    if (!answer) return std::unexpected(std::move(answer.error()));
    if (answer->ok) return std::move(answer->said);
    return fail(ErrorKind::invalid, "no_snapshot",
                fmt::format("The working tree cannot be copied: \"git {}\" says: {}", arguments.front(), answer->said));
  }

 private:
  static std::unexpected<Error> no_git(int why) {
    return fail(ErrorKind::not_found, "no_git",
                fmt::format("git cannot be started: {}. It copies the working tree; install it.", std::strerror(why)));
  }

  fs::path folder_;
  std::map<std::string, std::string> environment_;
};

// Where the repository of a folder keeps things.
struct Places {
  fs::path top, objects, index, shallow, exclude;
};

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

// Nothing outside of a repository, and in a bare one, which has no files.
Result<std::optional<Places>> find_places(const Git& git) {
  const Result<GitAnswer> found =
      git.run({"rev-parse", "--path-format=absolute", "--show-toplevel", "--git-path", "objects", "--git-path", "index",
               "--git-path", "shallow", "--git-path", "info/exclude"});
  if (!found) return std::unexpected(found.error());
  const std::vector<std::string> lines = lines_of(found->said);
  if (!found->ok || lines.size() != 5) return std::nullopt;
  return Places{.top = lines[0], .objects = lines[1], .index = lines[2], .shallow = lines[3], .exclude = lines[4]};
}

void copy_if_there(const fs::path& from, const fs::path& to) {
  std::error_code problem;
  fs::copy_file(from, to, fs::copy_options::overwrite_existing, problem);
}

Result<void> add_all(const Git& git, const fs::path& index) {
  const Result<std::string> added = git.must({"add", "--all", "."});
  if (added) return {};
  std::error_code problem;
  if (!fs::remove(index, problem)) return std::unexpected(added.error());
  const Result<std::string> again = git.must({"add", "--all", "."});  // without what its index knows of the files
  return again ? Result<void>() : std::unexpected(again.error());
}

Result<std::string> commit_of(const Git& git, const std::string& tree, const std::string& head) {
  std::vector<std::string> arguments{"commit-tree", tree, "-m", "The working tree, with what is not committed"};
  if (!head.empty()) arguments.insert(arguments.end(), {"-p", head});
  return git.must(arguments);
}

// The other branches and the tags, so that what a job asks of the history is as in a clone.
Result<void> copy_refs(const Git& from, const fs::path& into) {
  const Result<GitAnswer> refs =
      from.run({"for-each-ref", "--format=%(objectname) %(refname)", "refs/heads", "refs/tags"});
  if (!refs) return std::unexpected(refs.error());
  if (refs->ok) std::ofstream(into / "packed-refs") << refs->said << (refs->said.empty() ? "" : "\n");
  return {};
}

std::string said_or(const Result<GitAnswer>& answer, std::string otherwise) {
  if (answer && answer->ok) return answer->said;
  return otherwise;
}

}  // namespace

std::optional<std::string> branch_checked_out(const fs::path& folder) {
  const Git here(folder);
  const Result<GitAnswer> branch = here.run({"symbolic-ref", "--quiet", "--short", "HEAD"});
  if (branch && branch->ok) return branch->said;
  const Result<GitAnswer> repository = here.run({"rev-parse", "--git-dir"});
  return repository && repository->ok ? std::optional<std::string>("HEAD") : std::nullopt;
}

std::optional<std::string> head_of(const fs::path& folder) {
  const Result<GitAnswer> head = Git(folder).run({"rev-parse", "--verify", "--quiet", "HEAD"});
  return head && head->ok ? std::optional(head->said) : std::nullopt;
}

Result<Snapshot> take_snapshot(const fs::path& folder, const fs::path& into) {
  Git here(folder);
  const Result<std::optional<Places>> places = find_places(here);
  if (!places) return std::unexpected(places.error());
  const bool in_repository = places->has_value();
  const std::string head = in_repository ? head_of(folder).value_or("") : "";
  const std::string branch = branch_checked_out(folder).value_or("main");
  const std::string format = in_repository ? said_or(here.run({"rev-parse", "--show-object-format"}), "sha1") : "sha1";

  const auto made = here.must({"init", "--quiet", "--bare", "--template=", "--object-format=" + format, into.string()});
  if (!made) return std::unexpected(made.error());
  const fs::path index = into / "index";
  std::error_code problem;
  fs::create_directories(into / "info", problem);
  fs::create_directories(into / "objects" / "info", problem);
  if (in_repository) {
    std::ofstream(into / "objects" / "info" / "alternates") << (*places)->objects.string() << "\n";
    copy_if_there((*places)->index, index);
    copy_if_there((*places)->shallow, into / "shallow");
    copy_if_there((*places)->exclude, into / "info" / "exclude");
    if (const Result<void> copied = copy_refs(here, into); !copied) return std::unexpected(copied.error());
  }

  const fs::path top = in_repository ? (*places)->top : fs::absolute(folder, problem);
  Git git(top);
  git.set("GIT_DIR", into.string());
  git.set("GIT_WORK_TREE", top.string());
  git.set("GIT_INDEX_FILE", index.string());
  for (const char* who : {"AUTHOR", "COMMITTER"}) {
    git.set(fmt::format("GIT_{}_NAME", who), "open-cicd");
    git.set(fmt::format("GIT_{}_EMAIL", who), "open-cicd@localhost");
  }
  if (const Result<void> added = add_all(git, index); !added) return std::unexpected(added.error());
  const Result<std::string> tree = git.must({"write-tree"});
  if (!tree) return std::unexpected(tree.error());
  const bool differs = head.empty() || said_or(git.run({"rev-parse", head + "^{tree}"}), "") != *tree;
  const Result<std::string> commit = differs ? commit_of(git, *tree, head) : Result<std::string>(head);
  if (!commit) return std::unexpected(commit.error());
  const std::string ref = "refs/heads/" + branch;
  if (const auto set = git.must({"update-ref", ref, *commit}); !set) return std::unexpected(set.error());
  return Snapshot{.url = "file://" + fs::absolute(into, problem).string(),
                  .ref = ref,
                  .branch = branch,
                  .commit = *commit,
                  .differs = differs,
                  .objects = in_repository ? (*places)->objects : fs::path()};
}

}  // namespace open_cicd::cli
