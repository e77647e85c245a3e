// What git prints while it fetches, read for people: which of its lines go to the log, and which one says why it
// failed.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace open_cicd::runner {

// Of one command; bytes come in any pieces. Progress that a terminal would overwrite is left out, and so is the trace
// that git is told to print: it tells that the server is alive, and where it redirects to.
class GitOutput {
 public:
  // What of it belongs in the log, in whole lines.
  std::string add(std::string_view bytes);
  // What is still to be printed when the command has ended.
  std::string finish();

  // The line that is the cause of a failure; "" when nothing was printed.
  std::string reason() const;
  // Whether the network or a server that is away is the cause, so that the same command may work a moment later.
  bool may_pass() const;
  // Where the server redirects to, as it says; "" when it does not.
  const std::string& location() const { return location_; }

 private:
  void take_line(std::string& print);

  std::string line_;
  bool overwritten_ = false;  // the last line ended with a carriage return
  bool redirects_ = false;    // the last answer's status is 3xx
  std::string location_;
  std::vector<std::string> lines_;
  std::map<std::string, std::size_t, std::less<>> odd_objects_;  // by the name of the check that they fail
};

}  // namespace open_cicd::runner
