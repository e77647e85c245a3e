// A sentence for people, made safe to show.
#pragma once

#include <string>
#include <string_view>

namespace open_cicd {

// As escape_for_line() of base/text.h, but quotes and backslashes stay as they are: for a sentence that passes several
// layers. Doing it again changes nothing.
std::string to_one_line(std::string_view);

}  // namespace open_cicd
