#include "git/config.h"

#include <fmt/format.h>

#include <array>

namespace open_cicd::git {
namespace {

// Redirects are followed by run_checkout(), which looks at where they lead. A transfer has no lowest speed: a server
// that packs a large repository sends one byte a second for minutes.
constexpr std::string_view fixed_config = R"([init]
	defaultBranch = main
	templateDir =
[core]
	hooksPath = /dev/null
	fsmonitor = false
	askPass =
	protectHFS = true
	protectNTFS = true
[protocol]
	allow = never
[protocol "ext"]
	allow = never
[protocol "https"]
	allow = always
[protocol "http"]
	allow = always
[protocol "ssh"]
	allow = always
[protocol "git"]
	allow = always
[protocol "file"]
	allow = always
[submodule]
	recurse = false
[fetch]
	recurseSubmodules = false
[transfer]
	fsckObjects = true
[http]
	followRedirects = false
[credential]
	helper =
[advice]
	detachedHead = false
[gc]
	auto = 0
[maintenance]
	auto = false
)";

// The repository of a file:// may be another user's; nothing of it is executed.
constexpr std::string_view config_of_files = R"([safe]
	directory = *
)";

// What old programs wrote into histories that are in use. It makes an object odd and harms nobody, so git clone takes
// it and so do we. All else that git's fsck knows stays an error: .git in a tree in any spelling, paths inside names,
// and .gitmodules that make git do more than a person sees.
constexpr auto harmless = std::to_array<std::string_view>({
    "badDate",
    "badDateOverflow",
    "badEmail",
    "badFilemode",
    "badName",
    "badTagName",
    "badTimezone",
    "duplicateEntries",
    "emptyName",
    "missingEmail",
    "missingNameBeforeEmail",
    "missingSpaceBeforeDate",
    "missingSpaceBeforeEmail",
    "missingTaggerEntry",
    "multipleAuthors",
    "nulInCommit",
    "nullSha1",
    "treeNotSorted",
    "zeroPaddedDate",
    "zeroPaddedFilemode",
});

}  // namespace

std::string hardened_config(std::string_view url) {
  std::string config(fixed_config);
  config += "[fetch \"fsck\"]\n";
  for (const std::string_view check : harmless) config += fmt::format("\t{} = warn\n", check);
  if (url.starts_with("file:")) config += config_of_files;
  return config;
}

}  // namespace open_cicd::git
