// What the masker looks for: all forms of a job's secrets, cut into pieces, so that what has to be held back and
// compared is short whatever the secrets are. A form is found by its first piece; its others count where they stand
// right behind a piece that goes on. So the beginning of a long secret is hidden as well, where the rest was cut off.
#pragma once

#include "base/error.h"
#include "base/secret.h"
#include "masker/pieces.h"
#include "masker/word_filter.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace open_cicd::masker {

enum class NotMasked : std::uint8_t { too_short, common_word };
// What would hide half of each log, if this were hidden; nothing for a value that is.
std::optional<NotMasked> why_not_masked(std::string_view value);

// Immutable once made, so for all threads.
class Patterns {
 public:
  // Errors: "too_many_secrets" and "secrets_too_large", see limits.h. Takes time and memory, 30 ms and 2 MiB for 200
  // tokens and keys, up to 2 s and 50 MiB for the most that there may be: not on the thread of the output.
  static Result<Patterns> make(std::span<const Secret> secrets);

  struct Left {
    std::size_t secret;  // its place in what make() was given
    NotMasked why;
    bool operator==(const Left&) const = default;
  };
  // What would hide half of each log. Whoever made the patterns says so where its user sees it.
  const std::vector<Left>& left() const { return left_; }

  bool empty() const { return first_.empty(); }
  const Pieces& first() const { return first_; }
  const Pieces& later() const { return later_; }

  // A stride is so many places in a row that one word is in each first piece that begins at one of them: if it is no
  // word of a piece, none begins there.
  std::size_t stride() const { return stride_; }
  // The first stride from place `from` on in which a first piece may begin; or the place from which on the text is too
  // short for a stride.
  std::size_t next_stride(std::string_view text, std::size_t from) const;

 private:
  Patterns() = default;
  void add_form(std::string_view form);
  void fill_filter();
  std::size_t skip_strides(const char* last_word, std::size_t from, std::size_t last) const;

  std::vector<Left> left_;
  Pieces first_, later_;
  std::size_t stride_ = 0;
  WordFilter words_{0, 1}, same_words_{0, 1};  // of the first stride_ places of each first piece
};

}  // namespace open_cicd::masker
