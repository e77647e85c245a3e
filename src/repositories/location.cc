#include "repositories/location.h"

#include "base/json_rules.h"
#include "pipelines/rules.h"
#include "repositories/limits.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace open_cicd::repositories {
namespace {

bool is_http_url(std::string_view url) {
  return url.starts_with("https://") || url.starts_with("http://");
}

struct Parts {
  std::string origin;  // "https://host:port"; of ssh too, as the forge's pages are there
  std::string host;    // without port and user
  std::string path;    // without the slashes around it, and ".git"
  bool has_password = false;
};

Parts split_url(std::string url) {
  Parts parts;
  const bool is_url = url.contains("://");
  const std::size_t scheme = is_url ? url.find("://") : 0;
  std::string_view rest = std::string_view(url).substr(is_url ? scheme + 3 : 0);
  const std::size_t end = std::min(rest.find_first_of(is_url ? "/" : ":"), rest.size());
  std::string_view authority = rest.substr(0, end);
  if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) {
    parts.has_password = is_http_url(url) || authority.substr(0, at).contains(':');
    authority.remove_prefix(at + 1);
  }
  parts.host = authority.substr(0, authority.rfind(':'));
  parts.origin = is_http_url(url) ? fmt::format("{}://{}", url.substr(0, scheme), authority)
                                  : fmt::format("https://{}", parts.host);
  std::string_view path = rest.substr(end);
  while (!path.empty() && (path.front() == '/' || path.front() == ':')) path.remove_prefix(1);
  while (path.ends_with('/')) path.remove_suffix(1);
  if (path.ends_with(".git")) path.remove_suffix(4);
  parts.path = path;
  return parts;
}

std::string names_of(const Forges& forges) {
  std::vector<std::string> names;
  for (const ForgeKind& kind : forges.all()) names.push_back(kind.name);
  return fmt::format("{}", fmt::join(names, ", "));
}

std::optional<std::string> wrong_name(std::string_view name) {
  const auto bad = [](std::string_view segment) {
    return segment.empty() || segment == "." || segment == ".." || segment.starts_with('-');
  };
  if (name.empty() || name.size() > limits::full_name_bytes_max || !json::is_line(name))
    return "must be a short text without control characters, like \"group/app\"";
  for (std::string_view rest = name; !rest.empty();) {
    const std::size_t end = std::min(rest.find('/'), rest.size());
    if (bad(rest.substr(0, end)) || end + 1 == rest.size())
      return "must be names with a slash between them, like \"group/app\"";
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return std::nullopt;
}

// The last two names of a path that nothing else says how to read.
std::string last_names(std::string_view path) {
  const std::size_t last = path.rfind('/');
  const std::size_t before = last == std::string_view::npos || last == 0 ? last : path.rfind('/', last - 1);
  return std::string(before == std::string_view::npos ? path : path.substr(before + 1));
}

}  // namespace

Result<Location> locate(const Forges& forges, const Address& address) {
  std::vector<FieldError> wrong;
  if (auto why = address.url.size() > limits::url_bytes_max ? pipelines::Wrong("is too long")
                                                            : pipelines::check_git_url(address.url))
    return invalid_fields({{"url", std::move(*why)}});
  const Parts parts = split_url(address.url);
  if (parts.has_password)
    wrong.push_back({"url", "must not hold a user or a password: give the token beside it, with --token-file"});
  Location location{.kind = address.forge ? forges.find(*address.forge) : forges.of_host(parts.host)};
  if (location.kind == nullptr && address.forge)
    wrong.push_back({"forge", fmt::format("must be one of {}", names_of(forges))});
  if (location.kind == nullptr && !address.forge)
    wrong.push_back({"forge", fmt::format("is needed, as {} may be any: one of {}", parts.host, names_of(forges))});
  if (location.kind != nullptr && location.kind->has_api()) {
    if (address.url.starts_with("file://") || address.url.starts_with("git://"))
      wrong.push_back({"url", "must be an https, http or ssh address of the forge"});
    location.forge_url = address.forge_url.value_or(parts.origin);
    while (location.forge_url.ends_with('/')) location.forge_url.pop_back();
    // Its path may be empty, which an address of a repository may not.
    if (!wrong.empty()) return invalid_fields(std::move(wrong));
    if (!is_http_url(location.forge_url) || pipelines::check_git_url(location.forge_url + "/x") ||
        location.forge_url.find_first_of("?#@") != std::string::npos)
      wrong.push_back({"forge_url", "must be the address of the forge's web pages, like https://git.example.org"});
    const std::string prefix = split_url(location.forge_url).path;
    const bool below = !prefix.empty() && parts.path.starts_with(prefix + "/");
    location.full_name = address.name.value_or(below ? parts.path.substr(prefix.size() + 1) : parts.path);
  } else {
    location.full_name = address.name.value_or(last_names(parts.path));
  }
  if (auto why = wrong_name(location.full_name))
    wrong.push_back({address.name ? "name" : "url", address.name ? *why : "names no repository: " + *why});
  if (!wrong.empty()) return invalid_fields(std::move(wrong));
  location.clone_url = address.url;
  return location;
}

}  // namespace open_cicd::repositories
