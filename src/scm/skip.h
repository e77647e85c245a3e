// "[ci skip]" in a commit's title.
#pragma once

#include <string>
#include <string_view>

namespace open_cicd::scm {

std::string title_of(std::string_view message);  // its first line that is not empty, without blanks around it

// "[ci skip]" or "[skip ci]" in the title, in any case. What stands further below may be a quotation.
bool asks_to_skip(std::string_view message);

}  // namespace open_cicd::scm
