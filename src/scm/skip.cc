#include "scm/skip.h"

#include <algorithm>
#include <array>

namespace open_cicd::scm {
namespace {

constexpr std::string_view blanks = " \t\r\n\v\f";
constexpr std::array<std::string_view, 2> skip_words{"[ci skip]", "[skip ci]"};

}  // namespace

std::string title_of(std::string_view message) {
  message.remove_prefix(std::min(message.find_first_not_of(blanks), message.size()));
  message = message.substr(0, message.find('\n'));
  return std::string(message.substr(0, message.find_last_not_of(blanks) + 1));
}

bool asks_to_skip(std::string_view message) {
  std::string title = title_of(message);
  std::ranges::transform(title, title.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return std::ranges::any_of(skip_words, [&](std::string_view word) { return title.contains(word); });
}

}  // namespace open_cicd::scm
