#include "git/mirror.h"

#include "base/base64.h"
#include "base/log.h"
#include "base/no_proxy.h"
#include "base/one_line.h"
#include "base/program.h"
#include "git/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <fstream>

namespace open_cicd::git {
namespace {

namespace fs = std::filesystem;

constexpr Milliseconds read_time_max{60'000};
constexpr Milliseconds list_time_max{60'000};
constexpr std::size_t small_output_max = 1 << 20;
constexpr std::size_t commit_bytes_max = 1 << 20;
constexpr std::size_t more_refs_max = 100;
constexpr std::size_t paths_bytes_max = 16 << 20;

bool is_http(std::string_view url) {
  return url.starts_with("http://") || url.starts_with("https://");
}

std::string_view host_of(std::string_view url) {
  url.remove_prefix(url.find("://") + 3);
  return url.substr(0, url.find_first_of("/?#"));
}

// The line of git's that says why, for people.
std::string why(std::string_view errors) {
  std::string_view last, fatal;
  while (!errors.empty()) {
    const std::size_t end = std::min(errors.find('\n'), errors.size());
    const std::string_view line = errors.substr(0, end);
    if (!line.empty()) last = line;
    if (fatal.empty() && (line.starts_with("fatal: ") || line.starts_with("error: "))) fatal = line;
    errors.remove_prefix(std::min(end + 1, errors.size()));
  }
  if (fatal.contains("could not read Username") || fatal.contains("Authentication failed"))
    return "it asks who is there: the token is not taken, or there is none";
  return to_one_line(fatal.empty() ? last : fatal);
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(separator), text.size());
    if (end > 0) parts.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

// It is asked for by a line of text, and git reads "./" and "../" as something else than names.
bool can_be_asked_for(std::string_view path) {
  const auto segments = split(path, '/');
  return !path.empty() && !path.starts_with('/') &&
         std::ranges::none_of(path, [](unsigned char c) { return c < ' ' || c == 0x7f; }) &&
         std::ranges::none_of(segments, [](const std::string& segment) { return segment == "." || segment == ".."; });
}

// One object of `git cat-file --batch`.
struct Object {
  std::string type;  // empty: it is missing
  std::string content;
};

std::optional<Object> first_object(std::string_view output) {
  const std::size_t end = output.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  if (output.substr(0, end).ends_with(" missing")) return Object{};
  const std::vector<std::string> words = split(output.substr(0, end), ' ');
  std::size_t size = 0;
  if (words.size() != 3 || std::from_chars(words[2].data(), words[2].data() + words[2].size(), size).ec != std::errc())
    return std::nullopt;
  if (output.size() < end + 1 + size) return std::nullopt;
  return Object{.type = words[1], .content = std::string(output.substr(end + 1, size))};
}

// "author Ada <ada@example.org> 1700000000 +0000" → "Ada"
std::string author_of(std::string_view headers) {
  const std::size_t at = headers.find("\nauthor ");
  if (at == std::string_view::npos) return {};
  const std::string_view rest = headers.substr(at + 8);
  const std::string_view line = rest.substr(0, rest.find('\n'));
  return std::string(line.substr(0, std::min(line.find(" <"), line.size())));
}

}  // namespace

std::map<std::string, std::string> Mirror::environment(const Remote* remote) const {
  std::map<std::string, std::string> env{{"GIT_ASKPASS", ""},
                                         {"GIT_ATTR_NOSYSTEM", "1"},
                                         {"GIT_CONFIG_GLOBAL", (folder_ / "hardened").string()},
                                         {"GIT_CONFIG_NOSYSTEM", "1"},
                                         {"GIT_DIR", folder_.string()},
                                         {"GIT_SSH_COMMAND", "ssh -oBatchMode=yes -oStrictHostKeyChecking=accept-new"},
                                         {"GIT_TERMINAL_PROMPT", "0"},
                                         {"HOME", folder_.string()},
                                         {"LANG", "C.UTF-8"},
                                         {"PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}};
  if (remote == nullptr) return env;
  // Nothing of a mirror is checked out or run, so what git thinks of an object need not stop a fetch: one change of a
  // stranger would stop all that comes behind it.
  std::vector<std::pair<std::string, std::string>> config{{"remote.origin.url", remote->url},
                                                          {"transfer.fsckObjects", "false"},
                                                          {"http.lowSpeedLimit", "1"},
                                                          {"http.lowSpeedTime", "60"}};
  if (is_http(remote->url)) {
    if (!remote->password.empty())
      config.emplace_back(fmt::format("http.{}.extraHeader", remote->url),
                          "Authorization: Basic " + base64(remote->user + ":" + remote->password.reveal()));
    if (!settings_.ca_file.empty()) config.emplace_back("http.sslCAInfo", settings_.ca_file);
    if (!settings_.proxy.empty() && !needs_no_proxy(settings_.no_proxy, host_of(remote->url)))
      for (const char* name : {"http_proxy", "https_proxy"}) env[name] = settings_.proxy.reveal();
  }
  env["GIT_CONFIG_COUNT"] = std::to_string(config.size());
  for (std::size_t i = 0; i < config.size(); ++i) {
    env[fmt::format("GIT_CONFIG_KEY_{}", i)] = config[i].first;
    env[fmt::format("GIT_CONFIG_VALUE_{}", i)] = config[i].second;
  }
  return env;
}

// A git whose server was killed ends as well: it would hold locks that the next one needs.
Result<Mirror::Answer> Mirror::run(const Remote* remote, std::vector<std::string> arguments, std::string input,
                                   std::size_t bytes_max, Milliseconds time_max) const {
  std::vector<std::string> argv{"setpriv", "--pdeathsig", "KILL", "git"};
  argv.insert(argv.end(), std::make_move_iterator(arguments.begin()), std::make_move_iterator(arguments.end()));
  Result<ProgramEnd> end = run_program({.argv = std::move(argv),
                                        .env = environment(remote),
                                        .directory = folder_,
                                        .input = std::move(input),
                                        .output_bytes_max = bytes_max,
                                        .time_max = time_max,
                                        .stop = stop_});
  if (!end) return std::unexpected(std::move(end.error()));
  return Answer{.exit_code = end->exit_code, .output = std::move(end->output), .errors = std::move(end->errors)};
}

// The caller holds the lock.
Result<void> Mirror::make(const Remote& remote) const {
  if (shared_->is_ready) return {};
  std::error_code failed;
  fs::create_directories(folder_, failed);
  fs::permissions(folder_, fs::perms::owner_all, failed);
  // Without it git would be as it is on any machine, so it is there whole or not at all.
  const fs::path config = folder_ / "hardened", fresh = folder_ / "hardened.new";
  std::ofstream file(fresh);
  file << hardened_config(remote.url);
  file.close();
  if (!failed && file) fs::rename(fresh, config, failed);
  if (failed || !file)
    return fail(ErrorKind::unavailable, "git_fetch",
                fmt::format("The folder {} cannot be written to: {}.", folder_.string(), failed.message()));
  clear_locks();
  if (fs::exists(folder_ / "HEAD", failed)) {
    shared_->is_ready = true;
    return {};
  }
  const Result<Answer> made = run(nullptr, {"init", "--quiet", "--bare", "."}, {}, small_output_max, read_time_max);
  if (!made) return std::unexpected(made.error());
  if (made->exit_code != 0) return fail(ErrorKind::unavailable, "git_fetch", why(made->errors));
  // What is not here is promised by the remote.
  for (const auto& [key, value] :
       {std::pair("remote.origin.promisor", "true"), std::pair("remote.origin.partialclonefilter", "blob:none"),
        std::pair("core.repositoryformatversion", "1"), std::pair("extensions.partialClone", "origin")}) {
    const Result<Answer> set = run(nullptr, {"config", key, value}, {}, small_output_max, read_time_max);
    if (!set) return std::unexpected(set.error());
  }
  shared_->is_ready = true;
  return {};
}

Result<void> Mirror::make_alone(const Remote& remote) const {
  const std::lock_guard lock(shared_->mutex);
  return make(remote);
}

// Those of a process that was killed.
void Mirror::clear_locks() const {
  std::error_code gone;
  for (fs::recursive_directory_iterator at(folder_, gone); !gone && at != fs::recursive_directory_iterator();
       at.increment(gone)) {
    std::error_code ignored;
    if (at->path().extension() == ".lock") fs::remove(at->path(), ignored);
  }
}

Result<Mirror::Answer> Mirror::fetch_refs(const Remote& remote, const std::vector<std::string>& refspecs) {
  std::vector<std::string> arguments{"fetch",
                                     "--quiet",
                                     "--prune",
                                     "--force",
                                     "--no-tags",
                                     "--no-write-fetch-head",
                                     "--no-recurse-submodules",
                                     "--filter=blob:none",
                                     "--end-of-options",
                                     "origin"};
  arguments.insert(arguments.end(), refspecs.begin(), refspecs.end());
  return run(&remote, std::move(arguments), {}, small_output_max, settings_.fetch_time_max);
}

Result<void> Mirror::fetch(const Remote& remote, const std::vector<std::string>& more) {
  const std::lock_guard lock(shared_->mutex);
  if (Result<void> made = make(remote); !made) return made;
  const std::vector<std::string> always{"+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"};
  std::vector<std::string> refspecs = always;
  for (std::size_t i = 0; i < std::min(more.size(), more_refs_max); ++i)
    refspecs.push_back(fmt::format("+{}:{}", more[i], more[i]));
  Result<Answer> fetched = fetch_refs(remote, refspecs);
  if (fetched && fetched->exit_code != 0 && fetched->errors.contains("couldn't find remote ref"))
    fetched = fetch_refs(remote, always);
  if (!fetched) return std::unexpected(fetched.error());
  if (fetched->exit_code != 0)
    return fail(ErrorKind::unavailable, "git_fetch",
                fmt::format("git cannot fetch {}: {}", remote.url, why(fetched->errors)));
  return {};
}

void Mirror::fetch_commit(const Remote& remote, const std::string& sha) {
  const std::lock_guard lock(shared_->mutex);
  if (const auto fetched = fetch_refs(remote, {sha}); !fetched || fetched->exit_code != 0)
    log_debug("a commit cannot be fetched by its name", {{"commit", sha}});
}

Result<Refs> Mirror::list_remote(const Remote& remote) const {
  if (Result<void> made = make_alone(remote); !made) return std::unexpected(made.error());
  const Result<Answer> listed =
      run(&remote, {"ls-remote", "--quiet", "--heads", "--tags", "--end-of-options", "origin"}, {}, refs_bytes_max,
          list_time_max);
  if (!listed) return std::unexpected(listed.error());
  if (listed->exit_code != 0)
    return fail(ErrorKind::unavailable, "git_fetch",
                fmt::format("git cannot read {}: {}", remote.url, why(listed->errors)));
  Refs refs;
  for (const std::string& line : split(listed->output, '\n')) {
    const std::size_t tab = line.find('\t');
    if (tab == std::string::npos) continue;
    std::string name = line.substr(tab + 1);
    // Of an annotated tag the commit counts, which is listed behind it.
    if (name.ends_with("^{}")) name.resize(name.size() - 3);
    refs[std::move(name)] = line.substr(0, tab);
  }
  return refs;
}

Result<std::optional<std::string>> Mirror::default_branch(const Remote& remote) const {
  if (Result<void> made = make_alone(remote); !made) return std::unexpected(made.error());
  const Result<Answer> listed = run(&remote, {"ls-remote", "--quiet", "--symref", "--end-of-options", "origin", "HEAD"},
                                    {}, small_output_max, list_time_max);
  if (!listed) return std::unexpected(listed.error());
  if (listed->exit_code != 0)
    return fail(ErrorKind::unavailable, "git_fetch",
                fmt::format("git cannot read {}: {}", remote.url, why(listed->errors)));
  constexpr std::string_view begin = "ref: refs/heads/";
  for (const std::string& line : split(listed->output, '\n'))
    if (line.starts_with(begin)) return line.substr(begin.size(), line.find('\t') - begin.size());
  return std::nullopt;
}

bool Mirror::has_commit(const std::string& sha) const {
  // Told to allow missing objects, it does not ask the remote for one.
  const Result<Answer> found = run(
      nullptr, {"rev-list", "--missing=allow-any", "--max-count=1", "--no-walk", "--quiet", "--end-of-options", sha},
      {}, small_output_max, read_time_max);
  return found && found->exit_code == 0;
}

Result<std::optional<std::string>> Mirror::resolve(const std::string& ref) const {
  // A pattern also finds what lies below a name, and wildcards: only the name itself counts.
  const Result<Answer> found =
      run(nullptr, {"for-each-ref", "--format=%(refname) %(objectname) %(*objectname)", "--", ref}, {}, refs_bytes_max,
          read_time_max);
  if (!found) return std::unexpected(found.error());
  if (found->exit_code != 0) return fail(ErrorKind::unavailable, "git_read", why(found->errors));
  for (const std::string& line : split(found->output, '\n')) {
    const std::vector<std::string> words = split(line, ' ');
    if (words.size() >= 2 && words[0] == ref) return words.back();
  }
  return std::nullopt;
}

Result<Commit> Mirror::commit(const std::string& sha) const {
  const Result<Answer> read =
      run(nullptr, {"cat-file", "--batch"}, sha + "^{commit}\n", commit_bytes_max, read_time_max);
  if (!read) return std::unexpected(read.error());
  const std::optional<Object> object = first_object(read->output);
  if (!object) return fail(ErrorKind::unavailable, "git_read", why(read->errors));
  if (object->type != "commit")
    return fail(ErrorKind::not_found, "no_commit", fmt::format("The repository has no commit {}.", sha));
  const std::size_t end = std::min(object->content.find("\n\n"), object->content.size());
  const std::string headers = "\n" + object->content.substr(0, end);
  return Commit{.sha = sha,
                .author = author_of(headers),
                .message = object->content.substr(std::min(end + 2, object->content.size()))};
}

Result<std::optional<std::string>> Mirror::file(const Remote& remote, const std::string& sha,
                                                const std::string& path) const {
  if (!can_be_asked_for(path)) return std::nullopt;
  const Result<Answer> read = run(&remote, {"cat-file", "--batch"}, fmt::format("{}:{}\n", sha, path),
                                  file_bytes_max + small_output_max, read_time_max);
  if (!read && read.error().code() == "program_output")
    return fail(ErrorKind::too_large, "git_file",
                fmt::format("{} has more than {} bytes.", to_one_line(path), file_bytes_max));
  if (!read) return std::unexpected(read.error());
  std::optional<Object> object = first_object(read->output);
  if (!object) return fail(ErrorKind::unavailable, "git_read", why(read->errors));
  if (object->type != "blob") return std::nullopt;
  if (object->content.size() > file_bytes_max)
    return fail(ErrorKind::too_large, "git_file",
                fmt::format("{} has more than {} bytes.", to_one_line(path), file_bytes_max));
  return std::move(object->content);
}

Result<std::vector<std::string>> Mirror::files_in(const std::string& sha, const std::string& folder) const {
  const Result<Answer> listed =
      run(nullptr, {"ls-tree", "-z", "--end-of-options", sha, "--", folder + "/"}, {}, small_output_max, read_time_max);
  if (!listed) return std::unexpected(listed.error());
  if (listed->exit_code != 0) return fail(ErrorKind::unavailable, "git_read", why(listed->errors));
  std::vector<std::string> files;
  for (const std::string& entry : split(listed->output, '\0')) {
    const std::size_t tab = entry.find('\t');
    const bool is_file = entry.starts_with("100644 ") || entry.starts_with("100755 ");
    if (is_file && tab != std::string::npos && files.size() < listed_files_max) files.push_back(entry.substr(tab + 1));
  }
  std::ranges::sort(files);
  return files;
}

Result<std::optional<std::vector<std::string>>> Mirror::changed(const std::string& base, const std::string& head,
                                                                bool since_fork) const {
  std::string from = base;
  if (since_fork) {
    const Result<Answer> found =
        run(nullptr, {"merge-base", "--end-of-options", base, head}, {}, small_output_max, read_time_max);
    if (!found) return std::unexpected(found.error());
    if (found->exit_code != 0) return std::nullopt;
    from = found->output.substr(0, found->output.find('\n'));
  }
  const Result<Answer> compared =
      run(nullptr,
          {"diff-tree", "-r", "-z", "--name-only", "--no-renames", "--no-ext-diff", "--end-of-options", from, head}, {},
          paths_bytes_max, read_time_max);
  if (!compared && compared.error().code() == "program_output") return std::nullopt;
  if (!compared) return std::unexpected(compared.error());
  if (compared->exit_code != 0) return std::nullopt;
  std::vector<std::string> paths = split(compared->output, '\0');
  if (paths.size() > changed_paths_max) return std::nullopt;
  return paths;
}

bool Mirror::remove() {
  const std::lock_guard lock(shared_->mutex);
  shared_->is_ready = false;
  std::error_code failed;
  fs::remove_all(folder_, failed);
  return !failed;
}

}  // namespace open_cicd::git
