#include "base/log.h"

#include "base/clock.h"
#include "base/one_line.h"
#include "base/text.h"

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>

#include <atomic>
#include <cerrno>
#include <mutex>
#include <unistd.h>

namespace open_cicd {
namespace {

std::atomic<LogLevel> least{LogLevel::info};
std::atomic<LogFormat> format{LogFormat::text};
std::atomic<LogSink> sink{nullptr};

std::string_view name_of(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return "debug";
    case LogLevel::info:
      return "info";
    case LogLevel::warn:
      return "warn";
    case LogLevel::error:
      return "error";
  }
  return "error";
}

// Whole lines: what several threads print at once does not mix, also where a pipe takes a long line in pieces. A
// standard error that is gone or full loses the line; nobody can be told.
void print(std::string line) {
  static std::mutex mutex;
  line += '\n';
  const std::lock_guard lock(mutex);
  for (std::string_view rest = line; !rest.empty();) {
    const ssize_t written = ::write(STDERR_FILENO, rest.data(), rest.size());
    if (written < 0 && errno != EINTR) return;
    if (written > 0) rest.remove_prefix(static_cast<std::size_t>(written));
  }
}

std::string as_text(LogLevel level, std::string_view sentence, LogFields fields) {
  std::string line =
      fmt::format("{} {:5} {}", format_rfc3339(SystemClock().unix_ms()), name_of(level), to_one_line(sentence));
  for (const LogField& field : fields) {
    const std::string value = escape_for_line(field.value);
    const bool bare = !value.empty() && value.find_first_of(" =\"") == std::string::npos;
    line += bare ? fmt::format(" {}={}", field.name, value) : fmt::format(" {}=\"{}\"", field.name, value);
  }
  return line;
}

std::string as_json(LogLevel level, std::string_view sentence, LogFields fields) {
  boost::json::object object{{"time", format_rfc3339(SystemClock().unix_ms())},
                             {"level", name_of(level)},
                             {"message", to_valid_utf8(sentence)}};
  for (const LogField& field : fields) object[field.name] = to_valid_utf8(field.value);
  return escape_in_json(boost::json::serialize(object));
}

}  // namespace

void set_log_level(LogLevel level) {
  least = level;
}
void set_log_format(LogFormat chosen) {
  format = chosen;
}
void set_log_sink(LogSink chosen) {
  sink = chosen;
}
bool log_enabled(LogLevel level) {
  return sink.load() != nullptr || level >= least.load();
}

void write_log(LogLevel level, std::string_view sentence, LogFields fields) {
  if (const LogSink other = sink.load()) return other(level, sentence, fields);
  if (!log_enabled(level)) return;
  print(format == LogFormat::json ? as_json(level, sentence, fields) : as_text(level, sentence, fields));
}

}  // namespace open_cicd
