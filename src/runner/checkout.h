// How a repository is cloned: the git commands of a job's checkout, hardened against what a hostile URL, ref or
// repository could do.
//
// The commands run where the steps run, never with the environment of the pipeline. No submodules, hooks, filters,
// credential helpers or system configuration; only the transports of the allow-list. Credentials in an http(s) URL
// reach git in its environment only: not .git/config, which the steps read, and no argument, which the whole machine
// reads. They go to the host of that URL alone. The same holds for the token of a route through the agent's server;
// .git/config names the repository's own URL in that case too.
#pragma once

#include "base/error.h"
#include "pipelines/job_spec.h"
#include "protocol/messages.h"
#include "runner/git_settings.h"

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace open_cicd::runner {

using GitCommand = std::vector<std::string>;

struct CheckoutPlan {
  pipelines::Checkout checkout;  // of which it is the plan
  std::filesystem::path home;
  GitSettings settings;
  std::optional<GitRoute> route;
  std::string reached;                     // the URL that git connects to, without credentials
  std::vector<GitCommand> commands;        // in this order, each in the workspace; the first one that fails ends it
  std::size_t fetch = 0;                   // which of them talks to the server
  std::map<std::string, std::string> env;  // all of it
  std::string config_path;                 // $HOME/.gitconfig: to be written before the first command
  std::string config;
  std::string ca_path;  // of the route's certificates: to be written likewise; empty: there are none
};

// `home` is a private, writable folder as git sees it. Error "exit" for a URL or ref that is refused; the message
// names it and says why.
Result<CheckoutPlan> plan_checkout(const pipelines::Checkout& checkout, const std::filesystem::path& home,
                                   const GitSettings& settings = {}, const std::optional<GitRoute>& route = {});

// The route that a claim names, from an agent that reaches its server at `server`. Errors "agent": git cannot use that
// address (a unix socket), the certificates cannot be read, or the server says what is no path or token.
Result<GitRoute> route_by_server(const protocol::CheckoutVia& via, const std::string& server,
                                 const std::filesystem::path& ca_file);

// What `git submodule update` of the repository at `url` needs; it has neither the route nor the credentials of `plan`.
// Error "exit" for a URL that is refused: all but https, http, ssh and git.
Result<CheckoutPlan> plan_submodule(const CheckoutPlan& plan, const std::string& url);

// The same from where the server says that the repository is now, `location` being its answer to git's first request.
// Error "exit" when that is no repository, is not encrypted although the URL was, or is refused as a URL.
Result<CheckoutPlan> plan_redirected(const CheckoutPlan& plan, const std::string& location);

// What git lfs needs to get the files of the repository: from the host that git reaches, and from no other. Error
// "exit" for what is not fetched by http or https.
Result<CheckoutPlan> plan_lfs(const CheckoutPlan& plan);

// One more setting of git for a plan, in its environment.
void add_git_config(CheckoutPlan& plan, const std::string& key, std::string value);

// The URL as logs and steps may see it.
std::string without_credentials(const std::string& url);

// The URL up to its "?" or "#": what a server redirects to may hold a session or a signature there.
std::string without_query(const std::string& url);

// Whether git reaches this URL through the proxy of its settings.
bool goes_by_proxy(const CheckoutPlan& plan);

}  // namespace open_cicd::runner
