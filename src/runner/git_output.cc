#include "runner/git_output.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace open_cicd::runner {
namespace {

constexpr std::size_t line_bytes_max = 4096;  // a Location is a URL
constexpr std::size_t reason_bytes_max = 500;
constexpr std::size_t lines_max = 500;  // kept for reason(), and of them the first ones
constexpr std::size_t odd_objects_shown = 3;

bool starts_with_any(std::string_view line, auto... words) {
  return (line.starts_with(words) || ...);
}

bool is_trace(std::string_view line) {
  return starts_with_any(line, "packet: ", "== Info:", "=> Send ", "<= Recv ");
}

// "remote: Counting objects: 100% (3/3), done." and its kind, of git and of JGit.
bool is_progress(std::string_view line) {
  if (line.starts_with("remote: ")) line.remove_prefix(8);
  if (line.starts_with("Total ") && line.contains("(delta ")) return true;
  const std::size_t colon = line.find(": ");
  if (colon == std::string_view::npos || !line.substr(0, colon).contains(' ')) return false;
  std::string_view rest = line.substr(colon + 1);
  rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  const std::size_t digits = std::min(rest.find_first_not_of("0123456789"), rest.size());
  if (digits == 0) return false;
  rest.remove_prefix(digits);
  return rest.starts_with("% (") || rest.starts_with(", done");
}

// One line for every branch and tag of a whole repository is no news.
bool is_listing(std::string_view line) {
  return starts_with_any(line, " * [new branch]", " * [new tag]");
}

// A newer git knows checks that an older one does not.
bool is_about_our_config(std::string_view line) {
  return line.starts_with("warning: Skipping unknown msg id");
}

// "warning: object <id>: badTimezone: …" → "badTimezone".
std::string_view odd_object_check(std::string_view line) {
  if (!line.starts_with("warning: object ")) return {};
  const std::size_t begin = line.find(": ", 16);
  const std::size_t end = begin == std::string_view::npos ? begin : line.find(": ", begin + 2);
  return end == std::string_view::npos ? std::string_view() : line.substr(begin + 2, end - begin - 2);
}

std::string_view trimmed(std::string_view line) {
  while (!line.empty() && line.back() == ' ') line.remove_suffix(1);
  return line;
}

// git says these after it has said what happened, or when only another program knows.
bool is_consequence(std::string_view line) {
  constexpr auto consequences = std::to_array<std::string_view>({
      "Could not read from remote repository",
      "the remote end hung up",
      "early EOF",
      "index-pack failed",
      "unpack-objects failed",
      "invalid index-pack output",
      "expected flush after ref listing",
      "expected 'packfile'",
      "expected 'acknowledgments'",
      "fsck error in pack",
      "error in sideband demultiplexer",
      "bytes of body are still expected",
      "unexpected disconnect",
      "git-remote-",
  });
  if (line == "Host key verification failed.") return true;
  return starts_with_any(line, "fatal: ", "error: ") &&
         std::ranges::any_of(consequences, [&](std::string_view text) { return line.contains(text); });
}

bool says_why(std::string_view line) {
  return starts_with_any(
             line, "fatal: ", "error: ", "ERROR: ", "ssh: ", "remote: fatal: ", "remote: error: ", "remote: ERROR: ") &&
         !is_consequence(line);
}

// What curl and git say of a connection that broke off or never came about, and of a server or proxy that is busy.
bool is_passing(std::string_view line) {
  constexpr auto troubles = std::to_array<std::string_view>({
      "Failed to connect to",
      "Could not connect to server",
      "Couldn't connect to server",
      "Connection refused",
      "Connection reset by peer",
      "Connection timed out",
      "Operation timed out",
      "Recv failure",
      "Send failure",
      "Empty reply from server",
      "early EOF",
      "transfer closed",
      "unexpected disconnect",
      "bytes of body are still expected",
      "was not closed cleanly",
      "returned error: 429",
      "returned error: 500",
      "returned error: 502",
      "returned error: 503",
      "returned error: 504",
  });
  return std::ranges::any_of(troubles, [&](std::string_view text) { return line.contains(text); });
}

// What is left of the frames and empty lines that servers and ssh print around a message.
bool is_text(std::string_view line) {
  if (starts_with_any(line, "From ", "Warning: ", "warning: ", "hint: ", "@")) return false;
  if (line.starts_with("remote:")) line.remove_prefix(7);
  return std::ranges::any_of(line, [](unsigned char c) { return std::isalpha(c) != 0; });
}

// What a person has to know beside git's own words.
std::string_view meaning_of(std::string_view reason) {
  if (reason.contains("terminal prompts disabled"))
    return " (the server wants a user and a password, or does not show that the repository is missing)";
  if (reason.ends_with("couldn't find remote ref HEAD"))
    return " (the repository is empty, or its HEAD names a branch that it does not have: say `ref`)";
  return {};
}

}  // namespace

std::string GitOutput::add(std::string_view bytes) {
  std::string print;
  for (const char c : bytes) {
    if (c == '\n') {
      take_line(print);
      overwritten_ = false;
    } else if (c == '\r') {
      overwritten_ = true;
    } else {
      if (std::exchange(overwritten_, false)) line_.clear();
      if (line_.size() < line_bytes_max) line_.push_back(c);
    }
  }
  return print;
}

std::string GitOutput::finish() {
  std::string print;
  if (!line_.empty() && !overwritten_) take_line(print);
  for (const auto& [check, count] : odd_objects_)
    if (count > odd_objects_shown)
      print += fmt::format("warning: {} more objects: {}\n", count - odd_objects_shown, check);
  return print;
}

void GitOutput::take_line(std::string& print) {
  const std::string whole = std::exchange(line_, {});
  const std::string_view line = trimmed(whole);
  if (is_trace(line)) {
    constexpr std::string_view header = "<= Recv header: ";
    if (!line.starts_with(header)) return;
    const std::string_view field = line.substr(header.size());
    std::string name(field.substr(0, field.find(':')));
    std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::tolower(c); });
    if (field.starts_with("HTTP/")) {
      redirects_ = field.contains(" 30");
      location_.clear();
    } else if (redirects_ && name == "location") {
      location_ = field.substr(std::min(field.find_first_not_of(' ', name.size() + 1), field.size()));
    }
    return;
  }
  if (is_progress(line) || is_about_our_config(line)) return;
  if (is_listing(line)) return;
  if (const std::string_view check = odd_object_check(line); !check.empty()) {
    const auto known = odd_objects_.try_emplace(std::string(check), 0).first;
    if (++known->second > odd_objects_shown) return;
  } else if (lines_.size() < lines_max) {
    lines_.emplace_back(line);
  }
  print.append(line).push_back('\n');
}

// The first line that names a cause. Where there is none, git only repeats that another program (ssh, the server)
// failed, and that one spoke last before it.
std::string GitOutput::reason() const {
  const auto cause = std::ranges::find_if(lines_, says_why);
  const auto consequence = std::ranges::find_if(lines_, is_consequence);
  const auto said_before = std::find_if(std::make_reverse_iterator(consequence), lines_.rend(), is_text);
  std::string reason;
  if (cause != lines_.end()) {
    reason = *cause;
    if (reason.ends_with(':') && std::next(cause) != lines_.end()) reason += " " + *std::next(cause);
  } else if (said_before != lines_.rend()) {
    reason = *said_before;
  } else if (consequence != lines_.end()) {
    reason = *consequence;
  }
  reason.resize(std::min(reason.size(), reason_bytes_max));
  return reason + std::string(meaning_of(reason));
}

bool GitOutput::may_pass() const {
  return std::ranges::any_of(lines_, is_passing);
}

}  // namespace open_cicd::runner
