// What a verb may use of the outside: streams, environment, and the action that the command line chose.
#pragma once

#include <functional>
#include <iosfwd>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace open_cicd::cli {

// Where output goes. `out` carries results and log bytes only; everything said about them goes to `err`.
struct Io {
  std::ostream& out;
  std::ostream& err;
  bool out_is_terminal = false;
  bool err_is_terminal = false;
  int columns = 80;  // of the terminal
  bool in_is_terminal = false;
};

using Environment = std::map<std::string, std::string, std::less<>>;

// One run of the program. Verbs set `action` from their CLI11 callbacks; run() calls it once. Not thread-safe.
struct Context {
  Io io;
  Environment environment;  // OPEN_CICD_… and NO_COLOR, TERM
  std::function<int()> action = {};
  bool json = false;  // errors are documents too, on `out`

  std::optional<std::string> variable(std::string_view name) const {
    const auto found = environment.find(name);
    return found == environment.end() || found->second.empty() ? std::nullopt : std::optional(found->second);
  }
  bool colours(bool terminal) const { return terminal && !variable("NO_COLOR") && variable("TERM") != "dumb"; }
};

}  // namespace open_cicd::cli
