// Hides a job's secrets in a step's output while it is written.
#pragma once

#include "base/secret.h"
#include "masker/limits.h"
#include "masker/patterns.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace open_cicd::masker {

inline constexpr std::string_view mask = "***";

// Of one stream: one for each step. Every byte that is part of a secret goes; a run of such bytes becomes one mask,
// however many secrets it was. What comes out does not depend on the pieces in which the bytes come.
//
// Only what may still become a secret is held back: the end of the bytes so far that a piece begins with, which is less
// than limits::piece_bytes_max. So a log that pauses has been shown up to there, and no clock is needed.
// One thread; `patterns` outlive it.
class Masker {
 public:
  explicit Masker(const Patterns& patterns) : patterns_(patterns) {}

  // What can be shown now; a view of `bytes` where they have nothing to hide. Valid until the next call.
  std::string_view add(std::string_view bytes);
  // The rest, when the step has ended. What is added next begins anew.
  std::string_view flush();

  std::size_t held_back() const { return text_.size() - shown_; }

 private:
  std::size_t find_secrets(std::string_view text, bool is_last);
  void hide(std::string_view text, std::size_t begin, Pieces::Match match);
  std::string_view show(std::string_view text, std::size_t end);

  const Patterns& patterns_;
  WipedText text_;          // what was held back, with what came to it
  std::size_t shown_ = 0;   // of text_: goes with the next call
  std::size_t hidden_ = 0;  // the beginning of the text that is out or masked
  bool masked_ = false;     // the last that went out is a mask
  // Bit n: behind a piece that ended n bytes after where the search stands, another one may stand.
  std::uint64_t going_on_ = 0;
  std::string out_;
};

}  // namespace open_cicd::masker
