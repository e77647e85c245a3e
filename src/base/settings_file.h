// The configuration file: YAML maps of scalars, nested or with dots: `http.idle_timeout: 60s` is `http: {idle_timeout:
// 60s}`.
#pragma once

#include "base/error.h"

#include <string>
#include <string_view>
#include <vector>

namespace open_cicd {

struct FileSetting {
  std::string name;  // with dots
  std::string value;
  int line = 0;  // of the value, from 1
};

// Errors: malformed "malformed_config" naming `file_name` and the line.
Result<std::vector<FileSetting>> parse_settings_file(std::string_view text, std::string_view file_name);

}  // namespace open_cicd
