#include "workflows/names.h"

#include "base/globs.h"

namespace open_cicd::workflows {

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
