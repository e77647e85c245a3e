#include "scm/status.h"

#include "base/crypto.h"
#include "base/one_line.h"
#include "base/text.h"
#include "scm/limits.h"

#include <fmt/format.h>

namespace open_cicd::scm {
namespace {

constexpr std::string_view modified_word = "modified";
constexpr std::size_t hash_digits = 16;

// Without a slash, and never the word that modified rounds have in this place.
std::string pipeline_part(std::string_view name) {
  if (name == modified_word) return "%6dodified";
  std::string part;
  for (const char c : name) {
    if (c == '/')
      part += "%2f";
    else if (c == '%')
      part += "%25";
    else
      part += c;
  }
  return part;
}

std::string_view whole_characters(std::string_view text, std::size_t bytes) {
  text = text.substr(0, bytes);
  return text.substr(0, utf8_complete_prefix(text));
}

}  // namespace

std::string status_context(const StatusOf& of) {
  std::string context =
      fmt::format("open-cicd/{}{}/{}", of.modified ? "modified/" : "", pipeline_part(of.pipeline), of.event);
  if (of.job) context += fmt::format("/{}", *of.job);
  if (context.size() <= limits::context_bytes_max) return context;
  return fmt::format("{}~{}", whole_characters(context, limits::context_bytes_max - hash_digits - 1),
                     sha256_hex(context).substr(0, hash_digits));
}

std::string status_description(std::string_view text) {
  constexpr std::string_view cut = "…";
  std::string line = to_one_line(text);
  if (line.size() <= limits::description_bytes_max) return line;
  return fmt::format("{}{}", whole_characters(line, limits::description_bytes_max - cut.size()), cut);
}

}  // namespace open_cicd::scm
