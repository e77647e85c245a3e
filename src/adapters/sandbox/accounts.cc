#include "adapters/sandbox/accounts.h"

#include <fmt/format.h>

#include <algorithm>

namespace open_cicd::sandbox {
namespace {

constexpr unsigned people_begin = 1000;  // uids and gids of people, by convention
constexpr unsigned nobody = 65534;

std::string_view take_line(std::string_view& text) {
  const std::string_view line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(text.size(), line.size() + 1));
  return line;
}

// Calls `take` with each line and its third field, a number.
template <class Take>
void for_each_account(std::string_view text, Take take) {
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    const std::size_t first = line.find(':');
    const std::size_t second = first == line.npos ? line.npos : line.find(':', first + 1);
    if (second == line.npos) continue;
    const std::string number(line.substr(second + 1, line.find(':', second + 1) - second - 1));
    if (number.empty() || number.find_first_not_of("0123456789") != number.npos || number.size() > 9) continue;
    take(line.substr(0, first), static_cast<unsigned>(std::stoul(number)), line);
  }
}

bool is_shown_account(std::string_view name, unsigned id, unsigned user) {
  return id != user && name != "ci" && (id < people_begin || id == nobody);
}

// Whether a line of /etc/hosts has this name.
bool names(std::string_view line, std::string_view name) {
  constexpr std::string_view blank = " \t";
  line = line.substr(0, line.find('#'));
  while (!line.empty()) {
    const std::string_view word = line.substr(0, line.find_first_of(blank));
    if (word == name) return true;
    line.remove_prefix(std::min(line.size(), word.size() + 1));
  }
  return false;
}

}  // namespace

std::string passwd_inside(std::string_view passwd, unsigned user, std::string_view home) {
  std::string text = fmt::format("ci:x:{0}:{0}:ci:{1}:/bin/sh\n", user, home);
  for_each_account(passwd, [&](std::string_view name, unsigned id, std::string_view line) {
    if (is_shown_account(name, id, user)) text.append(line).push_back('\n');
  });
  return text;
}

std::string group_inside(std::string_view group, unsigned user) {
  std::string text = fmt::format("ci:x:{}:\n", user);
  for_each_account(group, [&](std::string_view name, unsigned id, std::string_view) {
    if (is_shown_account(name, id, user)) text += fmt::format("{}:x:{}:\n", name, id);
  });
  return text;
}

std::string hosts_inside(std::string_view hosts, std::string_view own_name) {
  std::string text;
  bool has_localhost = false;
  while (!hosts.empty()) {
    const std::string_view line = take_line(hosts);
    has_localhost = has_localhost || names(line, "localhost");
    text.append(line).push_back('\n');
  }
  if (!has_localhost) text += "127.0.0.1 localhost\n::1 localhost\n";
  return text + fmt::format("127.0.1.1 {}\n", own_name);
}

}  // namespace open_cicd::sandbox
