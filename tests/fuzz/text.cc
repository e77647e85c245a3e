// Hostile text on its way to a log line or a terminal, and small values that people write.
#include "base/text.h"

#include "base/id.h"
#include "base/units.h"
#include "cli/terminal_text.h"
#include "fuzz/fuzz.h"

#include <algorithm>

namespace open_cicd {
namespace {

FUZZ_TARGET(text) {
  const std::string valid = to_valid_utf8(bytes);
  REQUIRE(is_valid_utf8(valid));
  REQUIRE(!is_valid_utf8(bytes) || valid == bytes);
  const std::string line = escape_for_line(bytes);
  REQUIRE(is_valid_utf8(line));
  for (const char c : line) REQUIRE(static_cast<unsigned char>(c) >= ' ' && c != 0x7f);
  const std::size_t whole = utf8_complete_prefix(bytes);
  REQUIRE(whole <= bytes.size() && bytes.size() - whole <= 3);
  if (const auto id = parse_uuid(bytes)) REQUIRE(format_uuid(*id) == bytes);
  if (const auto duration = parse_duration_ms(bytes))
    REQUIRE(parse_duration_ms(format_duration(*duration)) == duration);
  parse_size_bytes(bytes);
}

// A terminal gets text, line breaks, tabs and colours: after ESC stands "[" and then digits, ";" or ":" up to an "m".
FUZZ_TARGET(terminal) {
  fuzz::Choices choices(bytes);
  const std::size_t cut = choices.up_to(255);
  const std::string text = to_valid_utf8(choices.rest());
  cli::TerminalFilter filter(true);
  std::string shown = filter.feed(std::string_view(text).substr(0, cut));
  shown += filter.feed(std::string_view(text).substr(std::min(cut, text.size())));
  shown += filter.reset();
  for (std::size_t i = 0; i < shown.size(); ++i) {
    const auto c = static_cast<unsigned char>(shown[i]);
    if (c == 0x1b) {
      const std::size_t end = shown.find_first_not_of("0123456789;:", i + 2);
      REQUIRE(i + 1 < shown.size() && shown[i + 1] == '[' && end != shown.npos && shown[end] == 'm');
    }
    REQUIRE(c >= ' ' || c == 0x1b || c == '\n' || c == '\t' || c == '\r');
    REQUIRE(!(c == 0xc2 && i + 1 < shown.size() && static_cast<unsigned char>(shown[i + 1]) < 0xa0));
  }
  cli::display_width(text);
  cli::fit(text, 20);
}

}  // namespace
}  // namespace open_cicd
