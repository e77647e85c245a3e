#include "base/globs.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bitset>

namespace open_cicd {

namespace {

constexpr std::size_t word_bits = 64;

bool has(const std::vector<std::uint64_t>& bits, std::size_t i) {
  return (bits[i / word_bits] >> (i % word_bits) & 1) != 0;
}
void put(std::vector<std::uint64_t>& bits, std::size_t i) {
  bits[i / word_bits] |= std::uint64_t{1} << (i % word_bits);
}
bool is_continuation(unsigned c) {
  return (c & 0xc0) == 0x80;
}

}  // namespace

class GlobParser {
 public:
  explicit GlobParser(std::string_view pattern) : rest_(pattern) {}

  std::string read() {  // nothing, or what is wrong
    if (rest_.empty()) return "must not be empty";
    if (rest_.size() > glob_bytes_max) return fmt::format("must be at most {} bytes long", glob_bytes_max);
    if (rest_.starts_with('/') || rest_.starts_with("./"))
      return "must be relative to the root of the repository: leave out what stands before the name";
    while (!rest_.empty())
      if (std::string wrong = token(); !wrong.empty()) return wrong;
    return "";
  }

 private:
  friend class Glob;
  struct Token {
    std::bitset<256> takes;
    bool repeats = false;
    bool optional_with_next = false;  // "**/"
  };

  std::string token() {
    const char c = take();
    if (c == '*') return star(), "";
    if (c == '?') {
      Token one;
      for (unsigned i = 0; i < 256; ++i) one.takes[i] = i != '/' && !is_continuation(i);
      Token more{.takes = {}, .repeats = true};
      for (unsigned i = 0; i < 256; ++i) more.takes[i] = is_continuation(i);
      tokens_.push_back(one);
      tokens_.push_back(more);
      return "";
    }
    if (c == '[') return set();
    if (c == '\\') {
      if (rest_.empty()) return "ends with \"\\\": write the character that it stands before";
      literal(take());
      return "";
    }
    literal(c);
    return "";
  }

  void star() {
    bool anything = false;
    while (rest_.starts_with('*')) anything = true, take();
    const bool at_part = tokens_.empty() || is_slash(tokens_.back());
    if (anything && at_part && rest_.starts_with('/')) {
      take();
      if (tokens_.size() >= 2 && tokens_[tokens_.size() - 2].optional_with_next) return;  // "**/**/" is "**/"
      Token folders{.takes = {}, .repeats = true, .optional_with_next = true};
      folders.takes.set();
      tokens_.push_back(folders);
      literal('/');
      return;
    }
    Token any{.takes = {}, .repeats = true};
    any.takes.set();
    if (!anything) any.takes['/'] = false;
    tokens_.push_back(any);
  }

  std::string set() {
    Token one;
    const bool negated = rest_.starts_with('!') || rest_.starts_with('^');
    if (negated) take();
    bool first = true;
    while (first || !rest_.starts_with(']')) {
      if (rest_.empty()) return "has \"[\" without \"]\": write \"\\[\" for the character itself";
      first = false;
      char from = take();
      if (from == '\\' && !rest_.empty()) from = take();
      char to = from;
      if (rest_.size() >= 2 && rest_[0] == '-' && rest_[1] != ']') take(), to = take();
      if (static_cast<unsigned char>(from) >= 0x80 || static_cast<unsigned char>(to) >= 0x80)
        return "may have only ASCII characters in \"[…]\"";
      if (from > to) return fmt::format("has the empty range \"{}-{}\"", from, to);
      for (int i = from; i <= to; ++i) one.takes[static_cast<std::size_t>(i)] = true;
    }
    take();
    if (negated) {
      one.takes.flip();
      for (unsigned i = 0x80; i < 256; ++i) one.takes[i] = !is_continuation(i);
    }
    one.takes['/'] = false;
    tokens_.push_back(one);
    if (!negated) return "";
    Token more{.takes = {}, .repeats = true};  // the rest of a character that is not ASCII
    for (unsigned i = 0; i < 256; ++i) more.takes[i] = is_continuation(i);
    tokens_.push_back(more);
    return "";
  }

  void literal(char c) {
    Token one;
    one.takes[static_cast<unsigned char>(c)] = true;
    tokens_.push_back(one);
  }

  static bool is_slash(const Token& token) { return !token.repeats && token.takes.count() == 1 && token.takes['/']; }

  char take() {
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }

  Glob compiled() const {
    Glob glob;
    glob.places_ = tokens_.size() + 1;
    glob.words_ = glob.places_ / word_bits + 1;
    glob.taken_by_.assign(256 * glob.words_, 0);
    glob.kept_by_.assign(256 * glob.words_, 0);
    glob.skips_one_.assign(glob.words_, 0);
    glob.skips_two_.assign(glob.words_, 0);
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      for (std::size_t c = 0; c < 256; ++c)
        if (tokens_[i].takes[c])
          put(tokens_[i].repeats ? glob.kept_by_ : glob.taken_by_, c * glob.words_ * word_bits + i);
      if (tokens_[i].repeats) put(glob.skips_one_, i);
      if (tokens_[i].optional_with_next) put(glob.skips_two_, i);
    }
    return glob;
  }

  std::string_view rest_;
  std::vector<Token> tokens_;
};

std::expected<Glob, std::string> Glob::parse(std::string_view pattern) {
  GlobParser parser(pattern);
  if (std::string wrong = parser.read(); !wrong.empty()) return std::unexpected(std::move(wrong));
  return parser.compiled();
}

// The places that `from` reaches by this byte; `entered` are those of them where it did not just stay.
void Glob::advance(const Bits& from, unsigned char c, Bits& to, Bits& entered) const {
  std::uint64_t carry = 0;
  for (std::size_t i = 0; i < from.size(); ++i) {
    const std::uint64_t moved = from[i] & taken_by_[c * words_ + i];
    entered[i] = (moved << 1) | carry;
    to[i] = entered[i] | (from[i] & kept_by_[c * words_ + i]);
    carry = moved >> (word_bits - 1);
  }
}

// Adds what is reached without a byte. At most an optional "**/", the rest of a character and a star follow each other.
// "**/" is left out only where it begins: inside of what it has taken, a part does not end.
void Glob::close(Bits& places, const Bits& entered) const {
  const auto skip = [&](const Bits& at, const Bits& from, unsigned by) {
    std::uint64_t carry = 0;
    for (std::size_t i = 0; i < places.size(); ++i) {
      const std::uint64_t moved = at[i] & from[i];
      places[i] |= (moved << by) | carry;
      carry = moved >> (word_bits - by);
    }
  };
  skip(entered, skips_two_, 2);
  skip(places, skips_one_, 1);
  skip(places, skips_one_, 1);
}

bool Glob::matches(std::string_view text) const {
  Bits now(words_), next(words_), entered(words_);
  put(now, 0);
  close(now, Bits(now));
  for (const char c : text) {
    advance(now, static_cast<unsigned char>(c), next, entered);
    close(next, entered);
    std::swap(now, next);
    if (std::ranges::all_of(now, [](std::uint64_t word) { return word == 0; })) return false;
  }
  return has(now, places_ - 1);
}

std::expected<Filter, std::string> Filter::parse(const std::vector<std::string>& patterns) {
  Filter filter;
  for (const std::string_view pattern : patterns) {
    const bool negated = pattern.starts_with('!');
    auto glob = Glob::parse(pattern.substr(negated ? 1 : 0));
    if (!glob) return std::unexpected(std::move(glob.error()));
    filter.lines_.push_back({negated, std::move(*glob)});
  }
  return filter;
}

bool Filter::passes(std::string_view text) const {
  bool passes = std::ranges::all_of(lines_, &Line::negated);
  for (const Line& line : lines_)
    if (line.negated == passes && line.glob.matches(text)) passes = !line.negated;
  return passes;
}

std::string wrong_pattern(std::string_view pattern) {
  return GlobParser(pattern.substr(pattern.starts_with('!') ? 1 : 0)).read();
}

}  // namespace open_cicd
