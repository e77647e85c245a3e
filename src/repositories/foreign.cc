#include "repositories/foreign.h"

#include "base/run_alone.h"
#include "base/text.h"
#include "pipelines/rules.h"

#include <fmt/format.h>

#include <algorithm>

namespace open_cicd::repositories {
namespace {

using Text = std::expected<std::string, std::string>;

struct Named {
  Repository repository;
  std::string path;
};

// Groups stand in groups, so where the name ends is known only by looking.
std::optional<Named> find_named(Repositories& repositories, std::string_view text) {
  for (std::size_t slash = text.find('/'); slash != std::string_view::npos; slash = text.find('/', slash + 1)) {
    auto found = run_alone(repositories.find(std::string(text.substr(0, slash))));
    if (found) return Named{std::move(*found), std::string(text.substr(slash + 1))};
  }
  return std::nullopt;
}

bool may_use(const Repository& base, const Repository& of) {
  return of.id == base.id || of.is_public ||
         std::ranges::any_of(of.templates_for, [&](const auto& name) { return name == "*" || name == base.full_name; });
}

// It is the newest that the ref leads to, but a commit needs no look.
std::optional<std::string> commit_of(git::Mirror& mirror, const git::Remote& remote, const std::string& ref) {
  if (pipelines::is_sha(ref) && mirror.has_commit(ref)) return ref;
  if (const auto fetched = mirror.fetch(remote); !fetched) return std::nullopt;
  if (pipelines::is_sha(ref)) return mirror.has_commit(ref) ? std::optional(ref) : std::nullopt;
  for (const char* folder : {"refs/heads/", "refs/tags/"})
    if (auto sha = mirror.resolve(folder + ref); sha && *sha) return *sha;
  return std::nullopt;
}

}  // namespace

workflows::ReadForeign read_foreign_for(Repositories& repositories, const Repository& base) {
  return [&repositories, base](const std::string& uses) -> Text {
    const std::size_t at = uses.rfind('@');
    const std::string ref = uses.substr(at + 1);
    std::optional<Named> named = find_named(repositories, std::string_view(uses).substr(0, at));
    // Whether one is there that may not be seen is not told.
    if (!named || !may_use(base, named->repository))
      return std::unexpected(fmt::format(
          "names no template that this repository may use: {} is not connected, or neither public nor granted to it",
          escape_for_line(uses.substr(0, at))));
    git::Mirror mirror = repositories.mirror_of(named->repository.id);
    const git::Remote remote = run_alone(repositories.remote_of(named->repository));
    const auto sha = commit_of(mirror, remote, ref);
    if (!sha) return std::unexpected(fmt::format("{} has no {}", named->repository.full_name, escape_for_line(ref)));
    auto text = mirror.file(remote, *sha, named->path);
    if (!text) return std::unexpected(text.error().message());
    if (!*text)
      return std::unexpected(
          fmt::format("{} has no file {}", named->repository.full_name, escape_for_line(named->path)));
    return std::move(**text);
  };
}

}  // namespace open_cicd::repositories
