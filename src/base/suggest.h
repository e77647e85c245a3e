// "Did you mean …?": the known word that a misspelt one is closest to.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace open_cicd {

// Nothing when no candidate is within a third of the word's length (a swap of neighbours counts as one mistake). Case
// is ignored, and so is the difference of '-', '_' and '.'.
std::optional<std::string_view> closest_word(std::string_view word, std::span<const std::string_view> candidates);

// ". Did you mean \"x\"?" or nothing: to append to a sentence that has no full stop yet.
std::string did_you_mean(std::string_view word, std::span<const std::string_view> candidates);

}  // namespace open_cicd
