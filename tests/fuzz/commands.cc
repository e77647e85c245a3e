// Texts of a job that become words of a command line.
#include "base/text.h"
#include "fuzz/fuzz.h"
#include "pipelines/rules.h"
#include "runner/annotations.h"
#include "runner/checkout.h"
#include "runner/git_output.h"
#include "runner/step_files.h"

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

// What a step writes to its files: an assignment is made of bytes that stand there, and a wrong line is one of them.
FUZZ_TARGET(step_files) {
  if (const auto assignments = runner::parse_assignments(bytes)) {
    std::size_t size = 0;
    for (const auto& one : *assignments) {
      size += one.name.size() + one.value.size() + 1;
      REQUIRE(bytes.contains(one.name) && one.line >= 1 && !one.name.contains('='));
    }
    REQUIRE(size <= bytes.size() + assignments->size());
  } else {
    REQUIRE(assignments.error().starts_with("line "));
  }
  if (const auto paths = runner::parse_paths(bytes))
    for (const auto& path : *paths) REQUIRE(path.starts_with('/') && !path.contains(':') && bytes.contains(path));
  if (const auto files = runner::parse_printed_files(bytes))
    for (const auto& [kind, file] : *files) REQUIRE(file.text.size() <= runner::step_file_bytes_max);
}

// A line of a log: an annotation is text within its limits, whatever printed it.
FUZZ_TARGET(annotation) {
  const auto found = runner::parse_annotation(bytes);
  if (!found) return;
  REQUIRE(bytes.starts_with("::") && !found->message.empty() && is_valid_utf8(found->message));
  REQUIRE(found->message.size() <= runner::annotation_message_chars_max * 4 && !found->message.contains('\0'));
  for (const auto& text : {found->file, found->title})
    REQUIRE(!text || (!text->empty() && is_valid_utf8(*text) && escape_for_line(*text).size() >= text->size()));
  REQUIRE(found->line.value_or(1) >= 1 && found->column.value_or(1) >= 1);
}

}  // namespace
}  // namespace open_cicd
