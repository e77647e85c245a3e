// What a line of a log says to whoever shows it: that it is an error, that a group of lines begins or ends. Pure; a
// line costs at most a look at its first bytes.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace open_cicd::logs {

inline constexpr std::size_t classified_bytes_max = 1024;  // of a line; what follows decides nothing
inline constexpr std::size_t group_title_bytes_max = 200;
inline constexpr std::size_t marks_of_line_max = 4;

// How tools say that something failed. `line` is without escape sequences. docs/reference/log-viewer.md lists the
// rules.
bool is_error_line(std::string_view line);

// "::group::TITLE", "##[group]TITLE", "::endgroup::", "##[endgroup]", and the sections of GitLab's runners:
// "section_start:TIME:NAME\rTITLE", "section_end:TIME:NAME\r". A line may have some of the latter.
struct GroupMark {
  enum class Kind : unsigned char { begin, end };
  Kind kind = Kind::begin;
  std::string name = {};   // of a section: its end has the same; "" of others
  std::string title = {};  // of a begin; valid UTF-8, never empty
};
// `head` is how the line begins, as it was printed; `line` is what is shown of it. Both may have escape sequences.
std::vector<GroupMark> group_marks(std::string_view head, std::string_view line);

}  // namespace open_cicd::logs
