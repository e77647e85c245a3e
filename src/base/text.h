// Making hostile bytes safe to show.
#pragma once

#include <string>
#include <string_view>

namespace open_cicd {

bool is_valid_utf8(std::string_view);
std::string to_valid_utf8(std::string_view);  // invalid sequences become U+FFFD, as the WHATWG decoder does
std::string escape_for_line(
    std::string_view);  // valid UTF-8, control and bidirectional characters as \n, \t, \xNN, \uNNNN; one line
// JSON text that means the same and is as safe to show as escape_for_line makes a line: JSON itself has to escape
// nothing beyond U+001F.
std::string escape_in_json(std::string_view json);
// The length of the longest prefix that does not end inside a UTF-8 character (0 to 3 bytes are left for the next
// chunk).
std::size_t utf8_complete_prefix(std::string_view);

}  // namespace open_cicd
