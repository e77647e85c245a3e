// The configuration of every git that we start: nothing of the machine's, nothing of the repository's.
#pragma once

#include <string>
#include <string_view>

namespace open_cicd::git {

std::string hardened_config(std::string_view url);

}  // namespace open_cicd::git
