// Texts of a job that become words of a command line.
#include "fuzz/fuzz.h"
#include "pipelines/rules.h"
#include "runner/checkout.h"
#include "runner/git_output.h"

#include <algorithm>

namespace open_cicd {
namespace {

// No url or ref of a checkout becomes an option or a helper of git, and no credentials an argument.
FUZZ_TARGET(checkout) {
  const std::size_t line = bytes.find('\n');
  const std::string url(bytes.substr(0, line));
  const std::string ref(line == bytes.npos ? "" : bytes.substr(line + 1));
  pipelines::check_git_url(url);
  pipelines::check_git_ref(ref);
  const auto plan = runner::plan_checkout({.url = url, .ref = ref}, "/home/x");
  if (!plan) return;
  const auto& remote = plan->commands[1];
  const auto& fetch = plan->commands[2];
  REQUIRE(*(remote.end() - 3) == "--" && !remote.back().starts_with('-'));
  REQUIRE(!remote.back().substr(std::min(remote.back().find(':'), remote.back().size())).starts_with("::"));
  REQUIRE(std::ranges::count(fetch, "--end-of-options") == 1 && *(fetch.end() - 3) == "--end-of-options");
  REQUIRE(!fetch.back().contains(':') && !fetch.back().starts_with('-') && !fetch.back().starts_with('+'));
  for (const auto& command : plan->commands)
    for (const auto& word : command) REQUIRE(!word.contains('\0') && (word == command[1] || !word.contains('\n')));
}

// What a git server makes git print: read alike in any pieces, without trace in the log, and a redirect that is
// followed is a URL like any other.
FUZZ_TARGET(git_output) {
  runner::GitOutput whole;
  runner::GitOutput pieces;
  std::string log = whole.add(bytes);
  std::string same;
  for (const char c : bytes) same += pieces.add({&c, 1});
  log += whole.finish();
  REQUIRE(same + pieces.finish() == log && pieces.reason() == whole.reason());
  REQUIRE(!log.starts_with("packet: ") && !log.contains("\npacket: "));
  REQUIRE(!whole.reason().contains('\n'));
  const auto plan = runner::plan_checkout({.url = "https://user:password@host/r"}, "/home/x");
  const auto next = runner::plan_redirected(*plan, whole.location());
  if (!next) return;
  REQUIRE(next->checkout.url.starts_with("https://"));
  constexpr std::string_view with_password = "https://user:password@";
  if (!next->checkout.url.starts_with(with_password)) return;
  const std::string_view rest = std::string_view(next->checkout.url).substr(with_password.size());
  REQUIRE(rest.substr(0, rest.find_first_of("/?#")) == "host");
}

// Names that are taken hold nothing that ends a word or a line.
FUZZ_TARGET(job_names) {
  const auto plain = [&] { return bytes.find_first_of(std::string_view(" \t\r\n\0", 5)) == bytes.npos; };
  if (!pipelines::check_image(bytes))
    REQUIRE(plain() && !bytes.starts_with('-') && !bytes.contains("../") && !bytes.contains("/..") &&
            bytes.size() <= 512);
  if (!pipelines::check_workdir(bytes)) REQUIRE(!bytes.starts_with('/') && !bytes.contains('\0'));
  if (!pipelines::check_env_name(bytes)) REQUIRE(plain() && !bytes.contains('=') && !bytes.empty());
  if (!pipelines::check_dns_label(bytes)) REQUIRE(plain() && bytes.size() <= 63);
  if (!pipelines::check_name(bytes)) REQUIRE(!bytes.contains('\n') && !bytes.contains('\x1b'));
  pipelines::check_label(bytes);
  pipelines::check_http_probe(bytes);
  pipelines::check_script(bytes);
}

}  // namespace
}  // namespace open_cicd
