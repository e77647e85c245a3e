// Text from elsewhere on a terminal: what it can do there, and how wide it is.
#pragma once

#include <string>
#include <string_view>

namespace open_cicd::cli {

// Makes a log safe to show: keeps text, line breaks, tabs and colours (SGR), drops every other control sequence, C1
// controls included, so that a log can neither move the cursor over what was printed nor talk to the terminal. Keeps
// its state from piece to piece.
class TerminalFilter {
 public:
  explicit TerminalFilter(bool colours) : colours_(colours) {}
  std::string feed(std::string_view utf8);
  std::string reset();  // ends a colour that was left on; before anything else is printed

 private:
  enum class State : unsigned char { text, escape, csi, string, string_escape, intermediate };
  void take(char c, std::string& out);
  void take_text(char c, std::string& out);
  void take_csi(char c, std::string& out);

  bool colours_;
  bool coloured_ = false;
  bool after_c2_ = false;  // the first byte of a C1 control in UTF-8
  State state_ = State::text;
  std::string sequence_;
};

// Columns of a terminal: wide characters of East Asia and emoji count two, combining ones none.
std::size_t display_width(std::string_view utf8);
// `text` in exactly `columns`: padded, or cut with "…".
std::string fit(std::string_view text, std::size_t columns);

}  // namespace open_cicd::cli
