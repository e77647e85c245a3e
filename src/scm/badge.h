// A badge for a README: how the newest run of a branch ended, as a small SVG. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace open_cicd::scm {

enum class BadgeState : std::uint8_t { passing, warnings, failing, cancelled, running, unknown };

// `label` is shown on the left, at most limits::badge_chars_max characters of it. The text is complete XML without
// scripts, styles or references to other places, whatever the label is.
std::string badge_svg(std::string_view label, BadgeState state);

}  // namespace open_cicd::scm
