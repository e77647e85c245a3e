// How tools say that something failed. Pure.
#pragma once

#include <string_view>

namespace open_cicd::analysis {

// `line` is plain_text() of a log's line.
bool is_error_line(std::string_view line);

}  // namespace open_cicd::analysis
