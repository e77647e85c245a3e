// What of the machine's files a sandbox shows, read-only, and what it hides of them.
//
// The rule: a step may read what every user of the machine may read, less the configuration of daemons and logins,
// where secrets are often readable by mistake. For root's agent the steps have a user without groups, so the kernel
// holds the rule at every moment. Any other agent's steps have the agent's own user: what only that user and its groups
// may read is looked up when the agent starts, and hidden.
#pragma once

#include "base/error.h"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace open_cicd::sandbox {

struct ExtraPath {
  std::filesystem::path path;
  bool writable = false;
};

// "/srv/sdk, /var/cache/ccache:rw". Errors: invalid, with a sentence that names the path: relative, missing, a socket
// or device, one that is the sandbox's own or would show the agent's work folder, or one within a writable one.
Result<std::vector<ExtraPath>> parse_extra_paths(std::string_view text, const std::filesystem::path& work_dir);

// Files and folders below `folder` that this process may read and not everyone. Of what lies in `folder`, a folder that
// holds more than `most` entries, or that could not be searched, counts as private as a whole.
std::vector<std::filesystem::path> find_private(const std::filesystem::path& folder, std::size_t most);

// Of this /etc: the configuration of daemons and logins that is there, as the places where links lead.
std::vector<std::filesystem::path> find_denied(const std::filesystem::path& etc);

// Whether `path` is `folder` or below it. Both are absolute.
bool is_within(const std::filesystem::path& path, const std::filesystem::path& folder);

// Whether the kernel itself keeps a step from what only the agent's user may read.
enum class StepsAre : unsigned char { another_user, the_agents_user };

class MachineFiles {
 public:
  // `hidden`: files and folders of the agent's. Looks around once.
  MachineFiles(std::vector<ExtraPath> extra, std::vector<std::filesystem::path> hidden, StepsAre steps);

  // Error unavailable: an agent whose steps have its own user keeps files where jobs look. What is there now could be
  // hidden, but not the token that replaces it or the work folder of the next agent.
  Result<void> check() const;

  // bubblewrap's arguments. First the machine's programs and their configuration;
  void add_shown(std::vector<std::string>& arguments) const;
  // then, when /run and the sandbox's own files are there, the extra paths and, as `empty_folder`, what is hidden.
  void add_rest(std::vector<std::string>& arguments, const std::filesystem::path& empty_folder) const;

 private:
  bool is_shown(const std::filesystem::path& path) const;
  bool is_extra(const std::filesystem::path& path) const;
  void hide(std::vector<std::string>& arguments, const std::filesystem::path& path,
            const std::filesystem::path& empty_folder) const;

  std::vector<ExtraPath> extra_;
  std::vector<std::filesystem::path> hidden_;
  std::vector<std::filesystem::path> own_;  // of the agent's, where jobs look
  StepsAre steps_;
};

}  // namespace open_cicd::sandbox
