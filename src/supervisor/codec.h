// Frames of protocol.h as values: for any stream that reaches an open-cicd-init, a socketpair or a container's attached
// streams.
//
// No I/O and no threads here: encode_… returns bytes to send, EventReader takes bytes that came.
#pragma once

#include "base/error.h"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace open_cicd::supervisor {

// One program to run. argv[0] is looked up in the PATH of `env` when it has no slash.
struct Command {
  std::vector<std::string> argv;
  std::map<std::string, std::string> env;  // all of it: nothing is inherited
  std::string cwd;                         // "" is the helper's own
  std::string script_path;  // when set, the helper first writes `script` there, mode 0600, replacing what is there
  std::string script;
  std::optional<std::uint32_t> uid;  // needs a privileged helper
  std::optional<std::uint32_t> gid;  // default: uid
  bool own_tree = false;             // it may run beside others: what each leaves behind is told apart
};

enum class OutputMode : std::uint8_t { frames, descriptor };

// An Error "invalid" when a string contains a NUL, a variable's name is empty or has "=", argv is empty, or the whole
// is over 16 MiB.
Result<std::string> encode_start(std::uint32_t id, const Command& command, OutputMode output);
std::string encode_signal(std::uint32_t id, int number);
std::string encode_stop(std::uint32_t id, std::chrono::milliseconds grace);
std::string encode_deadline(std::chrono::nanoseconds boottime);  // zero: none
std::string encode_shutdown();

struct Event {
  enum class Type : std::uint8_t { hello, output, exit, error };
  Type type;
  std::uint32_t id = 0;  // of the start; 0 for hello
  std::string_view
      bytes;     // output: what was printed; error: why it did not start. Valid until the reader is used again
  int code = 0;  // exit: 128 + n for a signal
  bool by_deadline = false;    // exit
  bool out_of_memory = false;  // exit
  bool spotless = false;       // exit
};

// What to tell a job whose own doing kept a command from starting: it lacks its workdir or program, or something stands
// in the way of its script. `failure` is an error event's text. Nothing when it was the machine.
std::optional<std::string> own_start_failure(std::string_view failure, std::string_view cwd, std::string_view program);

// Turns a stream into events, whatever pieces it comes in. Holds at most one incomplete frame.
class EventReader {
 public:
  // Takes over bytes that came. Call next() until it has nothing before feeding again.
  void feed(std::string_view bytes);
  // The next complete event, nothing when more bytes are needed, or an Error "agent" when the peer does not speak the
  // protocol.
  Result<std::optional<Event>> next();
  bool empty() const { return at_ == buffer_.size(); }

 private:
  std::string buffer_;
  std::size_t at_ = 0;
};

}  // namespace open_cicd::supervisor
