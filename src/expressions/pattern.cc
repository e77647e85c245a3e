#include "expressions/pattern.h"

#include "base/one_line.h"
#include "expressions/limits.h"

#include <fmt/format.h>

#include <map>
#include <mutex>
#include <re2/re2.h>
#include <utility>

namespace open_cicd::expressions {
namespace {

std::string too_much_memory() {
  return fmt::format("takes more than {} KiB of memory when it is compiled", limits::pattern_memory_bytes_max >> 10);
}

std::string what_is_wrong(const re2::RE2& pattern) {
  const std::string at = to_one_line(pattern.error_arg());
  switch (pattern.error_code()) {
    case re2::RE2::ErrorMissingBracket:
      return fmt::format("has a [ without its ]: {}", at);
    case re2::RE2::ErrorMissingParen:
      return fmt::format("has a ( without its ): {}", at);
    case re2::RE2::ErrorUnexpectedParen:
      return fmt::format("has a ) without its (: {}", at);
    case re2::RE2::ErrorTrailingBackslash:
      return "ends with a single \\";
    case re2::RE2::ErrorRepeatArgument:
      return fmt::format("repeats nothing at {}", at);
    case re2::RE2::ErrorRepeatSize:
      return fmt::format("repeats too often at {}", at);
    case re2::RE2::ErrorRepeatOp:
      return fmt::format("has two repetitions in a row: {}", at);
    case re2::RE2::ErrorBadEscape:
      return fmt::format("has an escape that is not known: {}", at);
    case re2::RE2::ErrorBadCharRange:
    case re2::RE2::ErrorBadCharClass:
      return fmt::format("has a class of characters that is not known: {}", at);
    case re2::RE2::ErrorBadPerlOp:
      return fmt::format("has what RE2 does not know, such as looking ahead or behind: {}", at);
    case re2::RE2::ErrorPatternTooLarge:
      return too_much_memory();
    default:
      return fmt::format("is not a regular expression: {}", to_one_line(pattern.error()));
  }
}

// A file may use one pattern a thousand times, and many jobs the same file.
class Kept {
 public:
  std::shared_ptr<const re2::RE2> find(std::string_view pattern) {
    const std::lock_guard lock(mutex_);
    const auto found = patterns_.find(pattern);
    return found == patterns_.end() ? nullptr : found->second;
  }
  void add(std::string_view pattern, std::shared_ptr<const re2::RE2> compiled) {
    const std::lock_guard lock(mutex_);
    if (patterns_.size() >= limits::patterns_kept_max) patterns_.clear();
    patterns_.insert_or_assign(std::string(pattern), std::move(compiled));
  }

 private:
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const re2::RE2>, std::less<>> patterns_;
};

}  // namespace

Pattern::Pattern(std::shared_ptr<const re2::RE2> compiled) : compiled_(std::move(compiled)) {}

std::expected<Pattern, std::string> Pattern::compile(std::string_view pattern) {
  if (pattern.size() > limits::pattern_bytes_max)
    return std::unexpected(fmt::format("is longer than {} bytes", limits::pattern_bytes_max));
  if (unicode_classes_of(pattern) > limits::pattern_classes_max)
    return std::unexpected(
        fmt::format("has more than {} classes of Unicode, such as \\pL", limits::pattern_classes_max));
  static Kept kept;
  if (auto known = kept.find(pattern)) return Pattern(std::move(known));
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(limits::pattern_memory_bytes_max);
  options.set_never_capture(true);
  auto compiled = std::make_shared<const re2::RE2>(re2::StringPiece(pattern.data(), pattern.size()), options);
  if (!compiled->ok()) return std::unexpected(what_is_wrong(*compiled));
  kept.add(pattern, compiled);
  return Pattern(std::move(compiled));
}

std::size_t unicode_classes_of(std::string_view pattern) {
  std::size_t count = 0;
  for (std::size_t i = 0; i + 1 < pattern.size(); ++i) {
    if (pattern[i] != '\\') continue;
    ++i;  // what follows is escaped, a backslash too
    count += pattern[i] == 'p' || pattern[i] == 'P' ? 1 : 0;
  }
  return count;
}

bool Pattern::found_in(std::string_view text) const {
  return re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), *compiled_);
}

std::size_t Pattern::size() const {
  return static_cast<std::size_t>(compiled_->ProgramSize());
}

std::optional<std::string> check_pattern(std::string_view pattern) {
  auto compiled = Pattern::compile(pattern);
  return compiled ? std::nullopt : std::optional(std::move(compiled.error()));
}

std::expected<bool, std::string> matches_pattern(std::string_view text, std::string_view pattern) {
  const auto compiled = Pattern::compile(pattern);
  if (!compiled) return std::unexpected(compiled.error());
  return compiled->found_in(text);
}

}  // namespace open_cicd::expressions
