#include "masker/patterns.h"

#include "masker/forms.h"
#include "masker/limits.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace open_cicd::masker {
namespace {

// Words that stand in logs of every kind and are no secrets, though somebody may have stored them as such.
bool is_common(std::string_view value) {
  constexpr auto words = std::to_array<std::string_view>(
      {"admin", "debug",      "default", "dev",       "develop", "development", "disabled", "enabled", "error",
       "false", "info",       "latest",  "localhost", "main",    "master",      "none",     "null",    "postgres",
       "prod",  "production", "release", "root",      "staging", "test",        "true",     "user",    "warning"});
  WipedText lower(value.substr(0, 32));
  std::ranges::transform(lower, lower.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return (value.size() == lower.size() && std::ranges::find(words, std::string_view(lower)) != words.end()) ||
         value.find_first_not_of(value.front()) == value.npos;
}

}  // namespace

std::optional<NotMasked> why_not_masked(std::string_view value) {
  value = without_outer_breaks(value);
  if (value.size() < limits::value_bytes_min) return NotMasked::too_short;
  return is_common(value) ? std::optional(NotMasked::common_word) : std::nullopt;
}

Result<Patterns> Patterns::make(std::span<const Secret> secrets) {
  if (secrets.size() > limits::secrets_max)
    return fail(ErrorKind::too_large, "too_many_secrets",
                fmt::format("A job may have {} secrets, this one has {}.", limits::secrets_max, secrets.size()));
  std::size_t bytes = 0;
  for (const Secret& secret : secrets) bytes += secret.reveal().size();
  if (bytes > limits::secrets_bytes_max)
    return fail(ErrorKind::too_large, "secrets_too_large",
                fmt::format("The secrets of a job may have {} KiB together, those of this one have {}.",
                            limits::secrets_bytes_max >> 10, (bytes + 1023) >> 10));
  Patterns patterns;
  for (std::size_t i = 0; i < secrets.size(); ++i) {
    if (const auto why = why_not_masked(secrets[i].reveal()))
      patterns.left_.push_back({i, *why});
    else
      for (const WipedText& form : forms_of(without_outer_breaks(secrets[i].reveal()))) patterns.add_form(form);
  }
  if (patterns.empty()) return patterns;
  patterns.first_.sort();
  patterns.later_.sort();
  patterns.fill_filter();
  return patterns;
}

void Patterns::add_form(std::string_view form) {
  for (std::size_t at = 0; at < form.size(); at += limits::piece_bytes_max) {
    const std::string_view piece = form.substr(at, limits::piece_bytes_max);
    (at == 0 ? first_ : later_).add(piece, at + piece.size() < form.size());
  }
}

// A longer word is found less often where no piece is, a longer stride asks for fewer words; the shortest piece has
// room for one of the one and one of the other.
void Patterns::fill_filter() {
  const std::size_t word_bytes = std::min(first_.shortest() / 2 + 2, word_bytes_max);
  stride_ = std::min(first_.shortest() - word_bytes + 1, limits::stride_max);
  words_ = WordFilter(first_.size() * stride_, word_bytes);
  same_words_ = WordFilter(first_.size() * stride_, word_bytes, WordFilter::silver);
  for (std::size_t i = 0; i < first_.size(); ++i) {
    for (std::size_t at = 0; at < stride_; ++at) {
      words_.add(first_[i].substr(at, word_bytes));
      same_words_.add(first_[i].substr(at, word_bytes));
    }
  }
}

std::size_t Patterns::next_stride(std::string_view text, std::size_t from) const {
  const std::size_t stride = stride_, needed = stride - 1 + word_read_bytes;
  if (text.size() < needed) return from;
  const std::size_t last = text.size() - needed;
  const char* const last_word = text.data() + stride - 1;
  for (;; from += stride) {
    from = skip_strides(last_word, from, last);
    if (from > last || same_words_.may_hold(last_word + from) != 0) return from;
  }
}

// Four strides at a time have one branch.
std::size_t Patterns::skip_strides(const char* last_word, std::size_t from, std::size_t last) const {
  const std::size_t stride = stride_;
  for (; from + 3 * stride <= last; from += 4 * stride) {
    const char* const word = last_word + from;
    if ((words_.may_hold(word) | words_.may_hold(word + stride) | words_.may_hold(word + 2 * stride) |
         words_.may_hold(word + 3 * stride)) != 0)
      break;
  }
  while (from <= last && words_.may_hold(last_word + from) == 0) from += stride;
  return from;
}

}  // namespace open_cicd::masker
