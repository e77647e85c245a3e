#include "secrets/rules.h"

#include "base/globs.h"
#include "masker/patterns.h"
#include "secrets/limits.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace open_cicd::secrets {
namespace {

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

std::string what_is_wrong_with(const Secret& value) {
  const std::string& bytes = value.reveal();
  if (bytes.empty()) return "must not be empty";
  if (bytes.size() > limits::value_bytes_max)
    return fmt::format("has {} bytes: at most {} are stored", bytes.size(), limits::value_bytes_max);
  if (bytes.contains('\0')) return "has a NUL byte, which no variable can hold: encode it, for example as base64";
  if (const auto why = masker::why_not_masked(bytes))
    return *why == masker::NotMasked::too_short
               ? "is too short to be hidden in logs: a secret has 4 bytes at least. If it is none, write it into the "
                 "pipeline's `env`"
               : "is a word that stands in every log, so it cannot be hidden there: take another value. If it is no "
                 "secret, write it into the pipeline's `env`";
  return {};
}

void check_list(std::vector<FieldError>& wrong, std::string_view path, const std::vector<std::string>& list,
                auto what_is_wrong) {
  if (list.size() > limits::patterns_max)
    wrong.push_back(
        {.path = std::string(path), .message = fmt::format("has more than {} lines", limits::patterns_max)});
  for (std::size_t i = 0; i < std::min(list.size(), limits::patterns_max); ++i)
    if (std::string message = what_is_wrong(list[i]); !message.empty())
      wrong.push_back({.path = fmt::format("{}[{}]", path, i), .message = std::move(message)});
}

std::string wrong_event(const std::string& event) {
  if (std::ranges::find(event_names, event) != event_names.end()) return {};
  return fmt::format("must be one of {}", fmt::join(event_names, ", "));
}

std::string wrong_limit(const std::string& pattern) {
  if (pattern.empty()) return "must not be empty";
  if (pattern.size() > limits::pattern_bytes_max)
    return fmt::format("is longer than {} bytes", limits::pattern_bytes_max);
  return wrong_pattern(pattern);
}

// What was stored has been checked; if it cannot be read all the same, nothing passes.
bool passes(const std::vector<std::string>& patterns, const std::optional<std::string>& text) {
  if (patterns.empty()) return true;
  if (!text) return false;
  const auto filter = Filter::parse(patterns);
  return filter && filter->passes(*text);
}

}  // namespace

bool is_secret_name(std::string_view name) {
  return !name.empty() && is_letter(name.front()) &&
         std::ranges::all_of(name, [](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
}

Result<void> check_new_secret(std::string_view name, const Secret& value, const Limits& limits) {
  std::vector<FieldError> wrong;
  if (!is_secret_name(name) || name.size() > limits::name_bytes_max)
    wrong.push_back({.path = "name",
                     .message = fmt::format("must be letters, digits and _, must not begin with a digit, and has at "
                                            "most {} characters",
                                            limits::name_bytes_max)});
  if (std::string message = what_is_wrong_with(value); !message.empty())
    wrong.push_back({.path = "value", .message = std::move(message)});
  check_list(wrong, "events", limits.events, wrong_event);
  check_list(wrong, "branches", limits.branches, wrong_limit);
  check_list(wrong, "images", limits.images, wrong_limit);
  if (!wrong.empty()) return invalid_fields(std::move(wrong));
  return {};
}

std::optional<std::string_view> refused_by(const Limits& limits, const Use& use) {
  const bool knows_event = std::ranges::find(limits.events, use.event) != limits.events.end();
  if (!limits.events.empty() && (use.modified || !knows_event)) return "event";
  if (!limits.branches.empty() && (use.modified || !passes(limits.branches, use.branch))) return "branch";
  if (limits.only_protected && (use.modified || !use.is_protected)) return "protected";
  if (!passes(limits.images, use.image)) return "image";
  return std::nullopt;
}

}  // namespace open_cicd::secrets
