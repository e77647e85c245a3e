// What a masker must do, so plainly that it is obviously right: the whole text, every place, every
// piece of a form.
#pragma once

#include "masker/forms.h"
#include "masker/limits.h"
#include "masker/masker.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace open_cicd::masker {

inline std::vector<Secret> secrets_of(const std::vector<std::string>& values) {
  std::vector<Secret> secrets;
  for (const std::string& value : values) secrets.emplace_back(value);
  return secrets;
}

struct FormsInPieces {
  std::vector<std::string> first, later;  // those that go on, too
  std::vector<std::string> going_on;
};

inline FormsInPieces forms_in_pieces(const std::vector<std::string>& values) {
  FormsInPieces all;
  for (const std::string& value : values)
    for (const WipedText& form : forms_of(value))
      for (std::size_t at = 0; at < form.size(); at += limits::piece_bytes_max) {
        const std::string piece(std::string_view(form).substr(at, limits::piece_bytes_max));
        (at == 0 ? all.first : all.later).push_back(piece);
        if (at + piece.size() < form.size()) all.going_on.push_back(piece);
      }
  return all;
}

inline std::string masked_plainly(std::string_view text, const FormsInPieces& pieces) {
  std::vector<bool> hidden(text.size(), false), goes_on(text.size() + 1, false);
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto look_for = [&](const std::vector<std::string>& wanted) {
      for (const std::string& piece : wanted) {
        if (!text.substr(at).starts_with(piece)) continue;
        std::fill_n(hidden.begin() + static_cast<std::ptrdiff_t>(at), piece.size(), true);
        if (std::ranges::find(pieces.going_on, piece) != pieces.going_on.end()) goes_on[at + piece.size()] = true;
      }
    };
    look_for(pieces.first);
    if (goes_on[at]) look_for(pieces.later);
  }
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!hidden[i])
      out += text[i];
    else if (i == 0 || !hidden[i - 1])
      out += mask;
  }
  return out;
}

// As it comes out when it is added in `parts`.
inline std::string masked_in_parts(const Patterns& patterns, const std::vector<std::string_view>& parts) {
  Masker masker(patterns);
  std::string out;
  for (const std::string_view part : parts) out += masker.add(part);
  out += masker.flush();
  return out;
}

inline std::string masked(const std::vector<std::string>& values, std::string_view text) {
  return masked_in_parts(Patterns::make(secrets_of(values)).value(), {text});
}

}  // namespace open_cicd::masker
