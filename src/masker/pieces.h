// Pieces of the forms of secrets, in an order in which those that a text begins with are found soon.
#pragma once

#include "base/secret.h"
#include "masker/word_filter.h"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace open_cicd::masker {

class Pieces {
 public:
  // `goes_on`: what it is a piece of has another one behind it. Not after sort().
  void add(std::string_view piece, bool goes_on);
  void sort();

  bool empty() const { return pieces_.empty(); }
  std::size_t size() const { return pieces_.size(); }
  std::size_t shortest() const { return shortest_; }
  std::string_view operator[](std::size_t index) const { return view(pieces_[index]); }

  // False where no piece begins like `text`, which is not empty.
  bool may_begin_with(std::string_view text) const;
  struct Match {
    std::size_t size = 0;  // 0: none
    bool goes_on = false;
  };
  // The longest that `text` begins with.
  Match longest_at(std::string_view text) const;
  // Whether more text could make a piece of it, or a longer one.
  bool may_go_on(std::string_view text) const;

 private:
  struct Piece {
    std::uint32_t begin;  // in text_
    std::uint32_t size;
    std::uint32_t shorter;  // the longest other piece that this one begins with
    bool goes_on;
  };
  static constexpr std::uint32_t none = UINT32_MAX;

  std::string_view view(const Piece& piece) const { return std::string_view(text_).substr(piece.begin, piece.size); }
  void remove_doubles();
  void link_shorter();
  void fill_filters();
  std::vector<Piece>::const_iterator first_behind(std::string_view text) const;

  WipedText text_;
  std::vector<Piece> pieces_;
  std::size_t shortest_ = 0;
  std::size_t longest_ = 0;
  std::vector<WordFilter> beginnings_;  // of 1, 2, … bytes, up to a word
};

}  // namespace open_cicd::masker
