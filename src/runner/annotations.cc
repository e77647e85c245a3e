#include "runner/annotations.h"

#include "base/text.h"
#include "protocol/message_rules.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace open_cicd::runner {
namespace {

constexpr std::string_view begin_mark = "::";

struct Escape {
  std::string_view code;
  char character;
};
constexpr std::array escapes{Escape{"%25", '%'}, Escape{"%0D", '\r'}, Escape{"%0A", '\n'}, Escape{"%3A", ':'},
                             Escape{"%2C", ','}};

std::string unescape(std::string_view text) {
  std::string plain;
  while (!text.empty()) {
    const auto escape = std::ranges::find_if(escapes, [&](const Escape& e) { return text.starts_with(e.code); });
    plain += escape == escapes.end() ? text.front() : escape->character;
    text.remove_prefix(escape == escapes.end() ? 1 : escape->code.size());
  }
  return plain;
}

// Valid, without control characters but line breaks, and of at most `max` characters.
std::string readable(std::string_view text, std::size_t max, bool lines) {
  std::string kept;
  std::size_t characters = 0;
  for (const char c : to_valid_utf8(text)) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && !(lines && (c == '\n' || c == '\t'))) || byte == 0x7f) continue;
    if ((byte & 0xc0) != 0x80 && ++characters > max) break;
    kept += c;
  }
  return kept;
}

std::optional<std::int64_t> read_place(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 1) return std::nullopt;
  return number;
}

// "file=a.c,line=3": what is not known, or no place, is left out.
void read_properties(std::string_view text, protocol::Annotation& to) {
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    std::string_view property = text.substr(0, comma);
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
    property.remove_prefix(std::min(property.find_first_not_of(' '), property.size()));
    const std::size_t equals = property.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string_view name = property.substr(0, equals);
    const std::string value = unescape(property.substr(equals + 1));
    if (name == "file") to.file = readable(value, protocol::path_chars_max, false);
    if (name == "title") to.title = readable(value, protocol::name_chars_max, false);
    if (name == "line") to.line = read_place(value);
    if (name == "col") to.column = read_place(value);
  }
  for (std::optional<std::string>* text_of : {&to.file, &to.title})
    if (*text_of && (*text_of)->empty()) text_of->reset();
}

}  // namespace

std::optional<protocol::Annotation> parse_annotation(std::string_view line) {
  if (!line.starts_with(begin_mark)) return std::nullopt;
  line.remove_prefix(begin_mark.size());
  const std::size_t end = line.find(begin_mark);
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view head = line.substr(0, end);
  const std::size_t space = head.find(' ');
  const std::string_view word = head.substr(0, space);
  if (std::ranges::find(protocol::annotation_levels, word) == protocol::annotation_levels.end()) return std::nullopt;
  protocol::Annotation annotation{.level = std::string(word)};
  if (space != std::string_view::npos) read_properties(head.substr(space + 1), annotation);
  annotation.message = readable(unescape(line.substr(end + begin_mark.size())), annotation_message_chars_max, true);
  if (annotation.message.empty()) return std::nullopt;
  return annotation;
}

Task<void> AnnotationReader::write(int step, std::string_view bytes) {
  for (std::string_view rest = bytes; !rest.empty();) {
    const std::size_t end = rest.find('\n');
    take(rest.substr(0, end));
    if (end == std::string_view::npos) break;
    end_line(step);
    rest.remove_prefix(end + 1);
  }
  co_await to_.write(step, bytes);
}

// Most lines are known not to be one by their first two bytes.
void AnnotationReader::take(std::string_view bytes) {
  if (is_other_ || bytes.empty()) return;
  const std::size_t known = std::min(line_.size() + bytes.size(), begin_mark.size());
  std::string begin = line_.substr(0, known);
  begin += bytes.substr(0, known - begin.size());
  if (!begin_mark.starts_with(begin) || line_.size() + bytes.size() > annotation_line_bytes_max) {
    is_other_ = true;
    line_.clear();
    return;
  }
  line_ += bytes;
}

void AnnotationReader::end_line(int step) {
  std::string_view line = line_;
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (!is_other_ && annotations_.size() < annotations_max) {
    if (auto annotation = parse_annotation(line)) {
      annotation->step = step;
      annotations_.push_back(std::move(*annotation));
    }
  }
  is_other_ = false;
  line_.clear();
}

void AnnotationReader::end(int step) {
  end_line(step);
}

}  // namespace open_cicd::runner
