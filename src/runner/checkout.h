// How a repository is cloned: the git commands of a job's checkout, hardened against what a hostile URL, ref or
// repository could do.
//
// The commands run where the steps run, never with the environment of the pipeline. No submodules, hooks, filters,
// credential helpers or system configuration; only the transports of the allow-list. Credentials in an http(s) URL
// reach git in its environment only: not .git/config, which the steps read, and no argument, which the whole machine
// reads.
#pragma once

#include "base/error.h"
#include "pipelines/job_spec.h"
#include "runner/executor.h"

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace open_cicd::runner {

struct CheckoutPlan {
  std::vector<std::vector<std::string>>
      commands;                            // in this order, each in the workspace; the first one that fails ends it
  std::map<std::string, std::string> env;  // all of it
  std::string config_path;                 // $HOME/.gitconfig: to be written before the first command
  std::string config;
};

// `home` is a private, writable folder as git sees it. Error "exit" for a URL or ref that is refused; the message
// names it and says why.
Result<CheckoutPlan> plan_checkout(const pipelines::Checkout& checkout, const std::filesystem::path& home);

// One more setting of git for a plan, in its environment.
void add_git_config(CheckoutPlan& plan, const std::string& key, std::string value);

// The URL as logs and steps may see it.
std::string without_credentials(const std::string& url);

// Keeps the last line with text of what a command printed: what a failing git says.
class LastLine {
 public:
  void add(std::string_view bytes);
  const std::string& text() const { return current_.empty() ? previous_ : current_; }

 private:
  std::string previous_;
  std::string current_;
};

// Runs one of the commands in the workspace, with the plan's environment and its config written before, and prints all
// that it says; the exit code.
using PrintGit = std::function<Task<void>(std::string_view)>;
using RunGit = std::function<Task<Result<int>>(std::vector<std::string> argv, PrintGit print)>;

// The whole plan, printed to step −1; the commit that was checked out. Errors: `run`'s, or "exit" with git's last
// line.
Task<Result<std::string>> run_checkout(CheckoutPlan plan, OutputSink& output, RunGit run);

}  // namespace open_cicd::runner
