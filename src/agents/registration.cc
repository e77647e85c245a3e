#include "agents/registration.h"

#include "base/id.h"
#include "base/text.h"

#include <algorithm>
#include <cctype>

namespace open_cicd::agents {
namespace {

constexpr std::size_t name_bytes_max = 200, labels_max = 64, label_key_max = 64, label_value_max = 128,
                      executors_max = 8, word_max = 64;

bool is_plain(std::string_view text, std::size_t max) {
  return !text.empty() && text.size() <= max && escape_for_line(text) == text;
}

bool is_word(std::string_view text, std::size_t max) {
  return !text.empty() && text.size() <= max && std::ranges::all_of(text, [](unsigned char c) {
    return std::isalnum(c) || c == '.' || c == '_' || c == '-' || c == '/';
  });
}

bool is_version(std::string_view text) {
  int dots = 0;
  bool digit = false;
  for (const char c : text) {
    if (c == '.' && digit) {
      ++dots;
      digit = false;
    } else if (c >= '0' && c <= '9')
      digit = true;
    else
      return false;
  }
  return dots == 2 && digit && text.size() <= 32;
}

}  // namespace

Result<void> check_registration(const protocol::RegisterRequest& request) {
  std::vector<FieldError> errors;
  if (!is_plain(request.name, name_bytes_max)) errors.push_back({"name", "must be 1 to 200 bytes of printable UTF-8"});
  if (!parse_uuid(request.boot_id)) errors.push_back({"boot_id", "must be a UUID in lower case"});
  if (request.boot_seq.value_or(0) < 0) errors.push_back({"boot_seq", "must not be negative"});
  if (!is_version(request.version)) errors.push_back({"version", "must be MAJOR.MINOR.PATCH"});
  if (!is_word(request.os, word_max)) errors.push_back({"os", "must be a word of letters, digits and . _ - /"});
  if (!is_word(request.arch, word_max)) errors.push_back({"arch", "must be a word of letters, digits and . _ - /"});
  if (request.labels.size() > labels_max) errors.push_back({"labels", "has more than 64 entries"});
  for (const auto& [key, value] : request.labels) {
    const std::string path = "labels." + escape_for_line(key.substr(0, label_key_max));
    if (!is_word(key, label_key_max)) errors.push_back({path, "a key is 1 to 64 letters, digits and . _ - /"});
    if (!value.empty() && !is_plain(value, label_value_max))
      errors.push_back({path, "a value is at most 128 bytes of printable UTF-8"});
    if (errors.size() > 20) break;
  }
  if (request.executors.empty() || request.executors.size() > executors_max)
    errors.push_back({"executors", "must list 1 to 8 executors"});
  for (const std::string& executor : request.executors)
    if (!is_word(executor, word_max))
      errors.push_back({"executors", "an executor is a word such as docker, sandbox or shell"});
  if (!errors.empty()) return invalid_fields(std::move(errors));
  return {};
}

}  // namespace open_cicd::agents
