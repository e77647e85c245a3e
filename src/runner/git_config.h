// The configuration of a checkout's git: nothing of the machine's, nothing of the repository's.
#pragma once

#include <string>
#include <string_view>

namespace open_cicd::runner {

std::string git_config(std::string_view url);

}  // namespace open_cicd::runner
