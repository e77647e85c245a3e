#include "workflows/names.h"

#include "workflows/globs.h"
#include "workflows/limits.h"

#include <fmt/format.h>

#include <algorithm>

namespace open_cicd::workflows {

pipelines::Wrong check_plain_name(std::string_view text) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  const auto is_inner = [&](char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '-'; };
  if (text.size() > limits::key_bytes_max) return fmt::format("must be at most {} bytes long", limits::key_bytes_max);
  if (text.empty() || !is_letter(text.front()) || !std::ranges::all_of(text, is_inner))
    return "is not a name: use letters, digits, _ and -, and start with a letter";
  return std::nullopt;
}

pipelines::Wrong check_secret_name(std::string_view text) {
  return pipelines::check_env_name(text);
}

pipelines::Wrong check_plain_text(std::string_view text) {
  return text.empty() ? std::nullopt : pipelines::check_name(text);
}

pipelines::Wrong check_path_pattern(std::string_view text) {
  if (text.empty()) return "must not be empty";
  if (auto wrong = pipelines::check_workdir(text)) return wrong;
  if (std::string wrong = wrong_pattern(text); !wrong.empty()) return wrong;
  return std::nullopt;
}

}  // namespace open_cicd::workflows
