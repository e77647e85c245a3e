// The parts of a text, one after the other.
#pragma once

#include <string_view>

namespace open_cicd {

// Takes the front of `text` up to `separator`, or all of it.
inline std::string_view take_until(std::string_view& text, char separator) {
  const std::size_t at = text.find(separator);
  const std::string_view part = text.substr(0, at);
  text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
  return part;
}

}  // namespace open_cicd
