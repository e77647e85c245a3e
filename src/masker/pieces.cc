#include "masker/pieces.h"

#include <algorithm>

namespace open_cicd::masker {

void Pieces::add(std::string_view piece, bool goes_on) {
  pieces_.push_back({.begin = static_cast<std::uint32_t>(text_.size()),
                     .size = static_cast<std::uint32_t>(piece.size()),
                     .shorter = none,
                     .goes_on = goes_on});
  text_ += piece;
}

void Pieces::sort() {
  if (pieces_.empty()) return;
  std::ranges::sort(pieces_, {}, [this](const Piece& piece) { return view(piece); });
  remove_doubles();
  link_shorter();
  fill_filters();
}

void Pieces::remove_doubles() {
  auto kept = pieces_.begin();
  for (auto next = std::next(kept); next != pieces_.end(); ++next) {
    if (view(*kept) == view(*next))
      kept->goes_on = kept->goes_on || next->goes_on;
    else
      *++kept = *next;
  }
  pieces_.erase(std::next(kept), pieces_.end());
}

// What a piece begins with stands before it, with nothing between but what begins with it, too.
void Pieces::link_shorter() {
  for (std::uint32_t i = 1; i < pieces_.size(); ++i) {
    std::uint32_t before = i - 1;
    while (before != none && !view(pieces_[i]).starts_with(view(pieces_[before]))) before = pieces_[before].shorter;
    pieces_[i].shorter = before;
  }
}

void Pieces::fill_filters() {
  const auto sizes = std::ranges::minmax(pieces_, {}, &Piece::size);
  shortest_ = sizes.min.size;
  longest_ = sizes.max.size;
  for (std::size_t size = 1; size <= std::min(shortest_, word_bytes_max); ++size) {
    WordFilter& filter = beginnings_.emplace_back(pieces_.size(), size);
    for (const Piece& piece : pieces_) filter.add(view(piece).substr(0, size));
  }
}

bool Pieces::may_begin_with(std::string_view text) const {
  const std::size_t size = std::min(text.size(), beginnings_.size());
  if (size == 0) return false;
  if (text.size() >= word_read_bytes) return beginnings_[size - 1].may_hold(&text.front()) != 0;
  char bytes[word_read_bytes] = {};
  for (std::size_t i = 0; i < text.size(); ++i) bytes[i] = text[i];
  return beginnings_[size - 1].may_hold(bytes) != 0;
}

std::vector<Pieces::Piece>::const_iterator Pieces::first_behind(std::string_view text) const {
  return std::ranges::upper_bound(pieces_, text, {}, [this](const Piece& piece) { return view(piece); });
}

Pieces::Match Pieces::longest_at(std::string_view text) const {
  if (text.size() < shortest_) return {};
  text = text.substr(0, longest_);
  const auto behind = first_behind(text);
  if (behind == pieces_.begin()) return {};
  // All that `text` begins with are in this chain: see link_shorter().
  const Piece* piece = &*std::prev(behind);
  const auto common = static_cast<std::size_t>(std::ranges::mismatch(view(*piece), text).in2 - text.begin());
  while (piece->size > common) {
    if (piece->shorter == none) return {};
    piece = &pieces_[piece->shorter];
  }
  return {.size = piece->size, .goes_on = piece->goes_on};
}

bool Pieces::may_go_on(std::string_view text) const {
  if (text.size() >= longest_) return false;
  const auto behind = first_behind(text);
  return behind != pieces_.end() && view(*behind).starts_with(text);
}

}  // namespace open_cicd::masker
