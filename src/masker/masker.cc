#include "masker/masker.h"

#include <algorithm>
#include <utility>

namespace open_cicd::masker {

std::string_view Masker::add(std::string_view bytes) {
  if (patterns_.empty()) return bytes;
  out_.clear();
  text_.erase(0, std::exchange(shown_, 0));
  if (!text_.empty()) {
    text_ += bytes;
    shown_ = find_secrets(text_, false);
    return show(text_, shown_);
  }
  const std::size_t end = find_secrets(bytes, false);
  text_ = bytes.substr(end);
  return show(bytes, end);
}

std::string_view Masker::flush() {
  if (patterns_.empty()) return {};
  out_.clear();
  text_.erase(0, std::exchange(shown_, 0));
  shown_ = find_secrets(text_, true);
  const std::string_view rest = show(text_, shown_);
  masked_ = false;
  going_on_ = 0;
  return rest;
}

// Hides what it finds, and returns where that begins which may yet become a secret.
std::size_t Masker::find_secrets(std::string_view text, bool is_last) {
  std::size_t at = 0;
  while (at < text.size()) {
    if (going_on_ == 0) at = patterns_.next_stride(text, at);
    for (const std::size_t end = std::min(at + patterns_.stride(), text.size()); at < end; ++at) {
      const std::string_view rest = text.substr(at);
      const bool first = patterns_.first().may_begin_with(rest);
      const bool later = (going_on_ & 1) != 0 && patterns_.later().may_begin_with(rest);
      if (!is_last && ((first && patterns_.first().may_go_on(rest)) || (later && patterns_.later().may_go_on(rest))))
        return at;
      going_on_ >>= 1;
      if (first) hide(text, at, patterns_.first().longest_at(rest));
      if (later) hide(text, at, patterns_.later().longest_at(rest));
    }
  }
  return at;
}

void Masker::hide(std::string_view text, std::size_t begin, Pieces::Match match) {
  if (match.size == 0) return;
  if (match.goes_on) going_on_ |= std::uint64_t{1} << (limits::piece_bytes_max - 1);
  if (!masked_ || begin > hidden_) {
    out_.append(text.substr(hidden_, begin - hidden_)).append(mask);
    masked_ = true;
  }
  hidden_ = std::max(hidden_, begin + match.size);
}

std::string_view Masker::show(std::string_view text, std::size_t end) {
  std::string_view rest;
  if (end > hidden_) {
    rest = text.substr(hidden_, end - hidden_);
    hidden_ = end;
    masked_ = false;
  }
  hidden_ -= end;
  return out_.empty() ? rest : std::string_view(out_.append(rest));
}

}  // namespace open_cicd::masker
