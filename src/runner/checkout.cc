#include "runner/checkout.h"

#include "base/base64.h"
#include "base/no_proxy.h"
#include "base/one_line.h"
#include "base/text.h"
#include "git/config.h"
#include "pipelines/rules.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <iterator>

namespace open_cicd::runner {
namespace {

constexpr std::array<std::string_view, 5> schemes{"https://", "http://", "ssh://", "git://", "file://"};
constexpr std::size_t url_bytes_max = 4096;
constexpr std::size_t ref_bytes_max = 1024;
constexpr std::string_view dead_proxy = "http://127.0.0.1:9";  // nobody listens at the port of `discard`
constexpr std::size_t ca_bytes_max = 1 << 20;  // Debian's own list of all authorities has a fifth of that
constexpr std::string_view first_request = "/info/refs?service=git-upload-pack";

bool has_control_or_space(std::string_view text) {
  return std::ranges::any_of(text, [](unsigned char c) { return c <= ' ' || c == 0x7f; });
}

// "git@host:group/project.git", the short form of ssh. A host has no slash, and "ext::…" is a transport helper.
bool is_scp_form(std::string_view url) {
  const auto colon = url.find(':');
  return colon != std::string_view::npos && colon > 0 && !url.substr(0, colon).contains('/') &&
         !url.substr(colon).starts_with("::") && !url.contains("://") &&
         url.substr(0, colon).find('@') != std::string_view::npos && colon + 1 < url.size();
}

// The host of ssh://[user@]host…: one that begins with a dash would become an option of ssh.
bool has_dashed_host(std::string_view url) {
  auto rest = url.substr(url.contains("://") ? url.find("://") + 3 : 0);
  rest = rest.substr(0, rest.find('/'));
  if (const auto at = rest.rfind('@'); at != std::string_view::npos) {
    if (rest.starts_with('-')) return true;
    rest.remove_prefix(at + 1);
  }
  return rest.starts_with('-');
}

std::string why_url_refused(std::string_view url) {
  if (url.empty()) return "it is empty";
  if (url.size() > url_bytes_max) return "it is longer than 4096 bytes";
  if (has_control_or_space(url)) return "it contains spaces or control characters";
  if (std::ranges::none_of(schemes, [&](auto scheme) { return url.starts_with(scheme); }) && !is_scp_form(url))
    return "only https, http, ssh, git and file URLs are allowed";
  if (url.starts_with('-') || has_dashed_host(url)) return "its host begins with a dash";
  return {};
}

// git-check-ref-format's rules, and nothing that means more than a name to `git fetch` (refspecs, options).
std::string why_ref_refused(std::string_view ref) {
  if (ref.size() > ref_bytes_max) return "it is longer than 1024 bytes";
  if (has_control_or_space(ref)) return "it contains spaces or control characters";
  if (ref.find_first_of("~^:?*[\\") != std::string_view::npos) return "it contains one of ~ ^ : ? * [ \\";
  if (ref.contains("..") || ref.contains("@{") || ref.contains("//")) return "it contains \"..\", \"@{\" or \"//\"";
  if (ref.starts_with('-') || ref.starts_with('+') || ref.starts_with('/') || ref.ends_with('/') || ref.ends_with('.'))
    return "it begins or ends with a character that no ref may have there";
  return {};
}

// Of an http(s) URL; every other has `userinfo` empty and is `bare` as it was.
struct SplitUrl {
  std::string bare;
  std::string userinfo;
};

SplitUrl split_credentials(const std::string& url) {
  if (!url.starts_with("https://") && !url.starts_with("http://")) return {.bare = url, .userinfo = {}};
  const std::size_t host = url.find("://") + 3;
  const std::size_t end = std::min(url.find_first_of("/?#", host), url.size());
  const std::size_t at = url.substr(0, end).rfind('@');
  if (at == std::string::npos || at < host) return {.bare = url, .userinfo = {}};
  return {.bare = url.substr(0, host) + url.substr(at + 1), .userinfo = url.substr(host, at - host)};
}

// What is no %XX stays as it is, as git does.
std::string percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned char byte = 0;
    const char* digits = text.data() + i + 1;
    if (text[i] == '%' && i + 2 < text.size() && std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2) {
      out.push_back(static_cast<char>(byte));
      i += 2;
    } else {
      out.push_back(text[i]);
    }
  }
  return out;
}

// Configuration that exists in the environment alone, for this one URL.
void add_credentials(CheckoutPlan& plan, const SplitUrl& url) {
  if (url.userinfo.empty()) return;
  const std::string_view userinfo = url.userinfo;
  const std::size_t colon = std::min(userinfo.find(':'), userinfo.size());
  const std::string user = percent_decoded(userinfo.substr(0, colon));
  const std::string password = percent_decoded(userinfo.substr(std::min(colon + 1, userinfo.size())));
  add_git_config(plan, fmt::format("http.{}.extraHeader", url.bare),
                 "Authorization: Basic " + base64(user + ":" + password));
}

// In place of the URL of the checkout, which stays what the repository is called.
void add_route(CheckoutPlan& plan, const std::string& bare) {
  const GitRoute& route = *plan.route;
  plan.reached = route.url;
  add_git_config(plan, fmt::format("url.{}.insteadOf", route.url), bare);
  add_git_config(plan, fmt::format("http.{}.extraHeader", route.url), "Authorization: Bearer " + route.token.reveal());
  if (route.ca.empty()) return;
  plan.ca_path = (plan.home / "server-ca.pem").string();
  add_git_config(plan, fmt::format("http.{}.sslCAInfo", route.url), plan.ca_path);
}

std::unexpected<Error> no_route(std::string why) {
  return fail(ErrorKind::internal, "agent",
              fmt::format("The repository cannot be fetched through the server: {}", why));
}

bool is_header_word(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f; });
}

std::unexpected<Error> refused(std::string_view what, std::string_view value, std::string_view why) {
  return fail(ErrorKind::invalid, "exit",
              fmt::format("The checkout's {} \"{}\" is refused: {}.", what, escape_for_line(value), why));
}

// The branch, tag or commit, and with the whole history all that `git describe` and `git merge-base` look at.
GitCommand fetch_command(const pipelines::Checkout& checkout) {
  GitCommand fetch{"git", "fetch", "--progress", "--no-tags", "--no-recurse-submodules", "--force"};
  if (checkout.depth > 0) fetch.push_back(fmt::format("--depth={}", checkout.depth));
  fetch.insert(fetch.end(), {"--end-of-options", "origin", checkout.ref.empty() ? "HEAD" : checkout.ref});
  if (checkout.depth == 0)
    fetch.insert(fetch.end(), {"+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*"});
  return fetch;
}

// The trace tells that the server is alive while it says nothing to people, and where it redirects to. It holds no
// password, and run_checkout() keeps it out of the log.
std::map<std::string, std::string> environment_of(const CheckoutPlan& plan) {
  return {{"GIT_ASKPASS", ""},
          {"GIT_ATTR_NOSYSTEM", "1"},
          {"GIT_CONFIG_GLOBAL", plan.config_path},
          {"GIT_CONFIG_NOSYSTEM", "1"},
          {"GIT_SSH_COMMAND", "ssh -oBatchMode=yes -oStrictHostKeyChecking=accept-new"},
          {"GIT_TERMINAL_PROMPT", "0"},
          {"GIT_TRACE_BARE", "1"},
          {"GIT_TRACE_CURL", "2"},
          {"GIT_TRACE_CURL_NO_DATA", "1"},
          {"GIT_TRACE_PACKET", "2"},
          {"HOME", plan.home.string()},
          {"LANG", "C.UTF-8"},
          {"PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}};
}

// curl's own list of exceptions is not used: what it understands depends on its version.
void add_proxy(CheckoutPlan& plan) {
  if (!goes_by_proxy(plan)) return;
  for (const char* name : {"http_proxy", "https_proxy"}) plan.env[name] = plan.settings.proxy.reveal();
}

// "https://host:8443" of an http(s) URL without credentials.
std::string origin_of(std::string_view url) {
  return std::string(url.substr(0, url.find_first_of("/?#", url.find("://") + 3)));
}

// Also when http became https, each at its usual port.
bool is_same_host(std::string from, const std::string& to) {
  if (from == to) return true;
  return from.starts_with("http://") && "https://" + from.substr(7) == to && from.find(':', 7) == std::string::npos;
}

std::unexpected<Error> bad_redirect(const std::string& from, const std::string& to, std::string_view why) {
  return fail(ErrorKind::invalid, "exit",
              fmt::format("{} redirects to {}, {}.", from, to_one_line(without_query(without_credentials(to))), why));
}

// A commit tells which hash its repository has; of a branch or a tag only the server knows.
bool is_sha256(std::string_view ref) {
  return ref.size() == 64 && pipelines::is_sha(ref);
}

}  // namespace

Result<CheckoutPlan> plan_checkout(const pipelines::Checkout& checkout, const std::filesystem::path& home,
                                   const GitSettings& settings, const std::optional<GitRoute>& route) {
  const SplitUrl url = split_credentials(checkout.url);
  if (const auto why = why_url_refused(checkout.url); !why.empty()) return refused("url", url.bare, why);
  if (const auto why = why_ref_refused(checkout.ref); !why.empty()) return refused("ref", checkout.ref, why);
  const std::string path = checkout.path.value_or("");
  if (const auto wrong = pipelines::check_checkout_path(path)) return refused("path", path, "it " + *wrong);
  CheckoutPlan plan{.checkout = checkout, .home = home, .settings = settings, .route = route, .reached = url.bare};
  plan.commands = {
      {"git", "init", "--quiet", is_sha256(checkout.ref) ? "--object-format=sha256" : "--object-format=sha1",
       path.empty() ? "." : path},
      {"git", "remote", "add", "--", "origin", url.bare},
      fetch_command(checkout),
      {"git", "checkout", "--quiet", "--force", "--detach", "FETCH_HEAD"},
      {"git", "--no-pager", "log", "-1", "--no-color", "--format=%H %s"}};
  plan.fetch = 2;
  plan.config_path = (home / ".gitconfig").string();
  plan.config = git::hardened_config(url.bare);
  plan.env = environment_of(plan);
  if (route)
    add_route(plan, url.bare);
  else
    add_credentials(plan, url);
  add_proxy(plan);
  return plan;
}

Result<GitRoute> route_by_server(const protocol::CheckoutVia& via, const std::string& server,
                                 const std::filesystem::path& ca_file) {
  if (!server.starts_with("http://") && !server.starts_with("https://"))
    return no_route(
        fmt::format("this agent reaches its server at {}, and git speaks only http and https. Start the agent with "
                    "--server http://… or https://….",
                    server));
  if (!via.path.starts_with('/') || !is_header_word(via.path) || via.path.contains("..") ||
      via.path.find_first_of("?#\\@") != std::string::npos)
    return no_route(fmt::format("it names no path, but \"{}\".", escape_for_line(via.path)));
  if (!is_header_word(via.token)) return no_route("its token cannot stand in a header.");
  GitRoute route{.url = server, .token = Secret(std::string(via.token))};
  while (route.url.ends_with('/')) route.url.pop_back();
  route.url += via.path;
  if (ca_file.empty() || !server.starts_with("https://")) return route;
  std::ifstream file(ca_file, std::ios::binary);
  route.ca.assign(std::istreambuf_iterator<char>(file), {});
  if (file.bad() || route.ca.empty() || route.ca.size() > ca_bytes_max)
    return no_route(fmt::format("{} with the server's certificates cannot be read.", ca_file.string()));
  return route;
}

Result<CheckoutPlan> plan_submodule(const CheckoutPlan& plan, const std::string& url) {
  if (url.starts_with("file:")) return refused("submodule at", url, "only https, http, ssh and git URLs are allowed");
  Result<CheckoutPlan> made = plan_checkout({.url = url}, plan.home, plan.settings);
  if (made) made->env["GIT_ALLOW_PROTOCOL"] = "https:http:ssh:git";
  if (made) made->env["GIT_LITERAL_PATHSPECS"] = "1";
  return made;
}

Result<CheckoutPlan> plan_redirected(const CheckoutPlan& plan, const std::string& location) {
  SplitUrl from = split_credentials(plan.checkout.url);
  if (plan.route) from = {.bare = plan.reached, .userinfo = {}};
  const std::string origin = origin_of(from.bare);
  std::string to = location.starts_with('/') ? origin + location : split_credentials(location).bare;
  if (plan.route)
    return bad_redirect(from.bare, to,
                        "and what goes through the server is not redirected: give the agent the address that it "
                        "redirects to");
  if (!to.ends_with(first_request))
    return bad_redirect(from.bare, to,
                        "which is no repository: the URL may be wrong, or reading it may need a user and a password");
  to.resize(to.size() - first_request.size());
  if (!to.starts_with("https://") && !to.starts_with("http://"))
    return bad_redirect(from.bare, to, "and only http and https redirects are followed");
  if (from.bare.starts_with("https://") && to.starts_with("http://"))
    return bad_redirect(from.bare, to, "which is not encrypted: redirects from https to http are not followed");
  pipelines::Checkout moved = plan.checkout;
  moved.url = to;
  if (!from.userinfo.empty() && is_same_host(origin, origin_of(to)))
    moved.url.insert(to.find("://") + 3, from.userinfo + "@");
  Result<CheckoutPlan> next = plan_checkout(moved, plan.home, plan.settings);
  if (next) add_git_config(*next, fmt::format("url.{}.insteadOf", to), plan.commands[plan.fetch - 1].back());
  if (next) next->commands = plan.commands;
  return next;
}

// Where the server's answer leads is decided by the server, so other hosts get a proxy that is none. That does not hold
// for addresses of this machine, which git lfs reaches directly: see GitHands::beside_the_agent.
Result<CheckoutPlan> plan_lfs(const CheckoutPlan& plan) {
  std::string url = plan.reached;
  if (!url.starts_with("https://") && !url.starts_with("http://"))
    return fail(ErrorKind::invalid, "exit",
                fmt::format("Files of Git LFS are fetched by http and https only, and the url is {}.",
                            escape_for_line(without_query(url))));
  while (url.ends_with('/')) url.pop_back();
  if (!plan.route && !url.ends_with(".git")) url += ".git";
  url += "/info/lfs";
  CheckoutPlan made = plan;
  const std::map<std::string, std::string> known = plan.env;
  for (const auto& [name, value] : known)
    if (value.starts_with("Authorization: ")) add_git_config(made, fmt::format("http.{}.extraHeader", url), value);
  const std::string proxy = goes_by_proxy(plan) ? plan.settings.proxy.reveal() : "";
  add_git_config(made, "lfs.url", url);
  add_git_config(made, "http.proxy", std::string(dead_proxy));
  add_git_config(made, fmt::format("http.{}/.proxy", origin_of(url)), proxy);
  add_git_config(made, "lfs.basicTransfersOnly", "true");
  add_git_config(made, "lfs.transfer.maxRetries", "2");
  made.env["GIT_LFS_FORCE_PROGRESS"] = "1";
  return made;
}

void add_git_config(CheckoutPlan& plan, const std::string& key, std::string value) {
  int count = 0;
  while (plan.env.contains(fmt::format("GIT_CONFIG_KEY_{}", count))) ++count;
  plan.env["GIT_CONFIG_COUNT"] = std::to_string(count + 1);
  plan.env[fmt::format("GIT_CONFIG_KEY_{}", count)] = key;
  plan.env[fmt::format("GIT_CONFIG_VALUE_{}", count)] = std::move(value);
}

bool goes_by_proxy(const CheckoutPlan& plan) {
  const std::string& url = plan.reached;
  if (plan.settings.proxy.empty() || !url.starts_with("http")) return false;
  std::string_view host = std::string_view(url).substr(url.find("://") + 3);
  host = host.substr(0, host.find_first_of("/?#"));
  return !needs_no_proxy(plan.settings.no_proxy, host);
}

std::string without_credentials(const std::string& url) {
  return split_credentials(url).bare;
}

std::string without_query(const std::string& url) {
  return url.substr(0, url.find_first_of("?#"));
}

}  // namespace open_cicd::runner
