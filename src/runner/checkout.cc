#include "runner/checkout.h"

#include "base/text.h"

#include <algorithm>
#include <charconv>

namespace open_cicd::runner {
namespace {

constexpr std::array<std::string_view, 5> schemes{"https://", "http://", "ssh://", "git://", "file://"};
constexpr std::size_t url_bytes_max = 4096;
constexpr std::size_t ref_bytes_max = 1024;
constexpr std::size_t line_bytes_max = 500;

// The low-speed limits end a transfer that stalls.
constexpr std::string_view git_config = R"([init]
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
	lowSpeedLimit = 1000
	lowSpeedTime = 60
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
constexpr std::string_view git_config_of_files = R"([safe]
	directory = *
)";

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

std::string base64(std::string_view bytes) {
  constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k)
      group = group << 8 | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    for (std::size_t k = 0; k < 4; ++k)
      out.push_back(i + k <= bytes.size() ? letters[group >> (18 - 6 * k) & 63] : '=');
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

std::unexpected<Error> refused(std::string_view what, std::string_view value, std::string_view why) {
  return fail(ErrorKind::invalid, "exit",
              fmt::format("The checkout's {} \"{}\" is refused: {}.", what, escape_for_line(value), why));
}

}  // namespace

Result<CheckoutPlan> plan_checkout(const pipelines::Checkout& checkout, const std::filesystem::path& home) {
  const SplitUrl url = split_credentials(checkout.url);
  if (const auto why = why_url_refused(checkout.url); !why.empty()) return refused("url", url.bare, why);
  if (const auto why = why_ref_refused(checkout.ref); !why.empty()) return refused("ref", checkout.ref, why);
  std::vector<std::string> fetch{"git", "fetch", "--no-tags", "--no-recurse-submodules", "--force"};
  if (checkout.depth > 0) fetch.push_back(fmt::format("--depth={}", checkout.depth));
  fetch.insert(fetch.end(), {"--end-of-options", "origin", checkout.ref.empty() ? "HEAD" : checkout.ref});
  CheckoutPlan plan;
  plan.commands = {{"git", "init", "--quiet", "."},
                   {"git", "remote", "add", "--", "origin", url.bare},
                   std::move(fetch),
                   {"git", "checkout", "--quiet", "--force", "--detach", "FETCH_HEAD"},
                   {"git", "--no-pager", "log", "-1", "--no-color", "--format=%H %s"}};
  plan.config_path = (home / ".gitconfig").string();
  plan.config = git_config;
  if (url.bare.starts_with("file:")) plan.config += git_config_of_files;
  plan.env = {{"GIT_ASKPASS", ""},
              {"GIT_ATTR_NOSYSTEM", "1"},
              {"GIT_CONFIG_GLOBAL", plan.config_path},
              {"GIT_CONFIG_NOSYSTEM", "1"},
              {"GIT_SSH_COMMAND", "ssh -oBatchMode=yes -oStrictHostKeyChecking=accept-new"},
              {"GIT_TERMINAL_PROMPT", "0"},
              {"HOME", home.string()},
              {"LANG", "C.UTF-8"},
              {"PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}};
  add_credentials(plan, url);
  return plan;
}

void add_git_config(CheckoutPlan& plan, const std::string& key, std::string value) {
  int count = 0;
  while (plan.env.contains(fmt::format("GIT_CONFIG_KEY_{}", count))) ++count;
  plan.env["GIT_CONFIG_COUNT"] = std::to_string(count + 1);
  plan.env[fmt::format("GIT_CONFIG_KEY_{}", count)] = key;
  plan.env[fmt::format("GIT_CONFIG_VALUE_{}", count)] = std::move(value);
}

std::string without_credentials(const std::string& url) {
  return split_credentials(url).bare;
}

Task<Result<std::string>> run_checkout(CheckoutPlan plan, OutputSink& output, RunGit run) {
  LastLine last;
  const PrintGit print = [&last, &output](std::string_view bytes) {
    last.add(bytes);
    return output.write(setup_step, bytes);
  };
  for (const auto& argv : plan.commands) {
    last = LastLine();
    const Result<int> code = co_await run(argv, print);
    if (!code) co_return std::unexpected(code.error());
    if (*code != 0)
      co_return fail(ErrorKind::invalid, "exit",
                     fmt::format("git {} failed with exit code {}: {}", argv[1], *code, last.text()));
  }
  co_return last.text().substr(0, last.text().find(' '));  // the last command says "<commit> <subject>"
}

void LastLine::add(std::string_view bytes) {
  for (const char c : bytes) {
    if (c != '\n' && c != '\r') {
      if (current_.size() < line_bytes_max) current_.push_back(c);
    } else if (!current_.empty()) {
      previous_ = std::exchange(current_, {});
    }
  }
}

}  // namespace open_cicd::runner
