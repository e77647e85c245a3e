// The process log: one line an event on standard error, a readable sentence and fields. Never tokens, bodies or
// environment values.
//   log_info("agent registered", {{"agent", id.str()}, {"name", name}});
// Values are escaped: a hostile name can neither forge a line nor colour a terminal. Thread-safe.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace open_cicd {

enum class LogLevel : unsigned char { debug, info, warn, error };
enum class LogFormat : unsigned char { text, json };
struct LogField {
  LogField(std::string_view n, std::string v) : name(n), value(std::move(v)) {}
  LogField(std::string_view n, std::string_view v) : name(n), value(v) {}
  LogField(std::string_view n, const char* v) : name(n), value(v) {}
  template <class T>
    requires std::is_arithmetic_v<T>
  LogField(std::string_view n, T v) : name(n), value(std::to_string(v)) {}
  std::string_view name;
  std::string value;
};
using LogFields = std::initializer_list<LogField>;

void set_log_level(LogLevel);
void set_log_format(LogFormat);
// Lines go there instead, whatever their level; null: to standard error again. Called on the thread that logs.
using LogSink = void (*)(LogLevel, std::string_view sentence, LogFields);
void set_log_sink(LogSink);
bool log_enabled(LogLevel);
void write_log(LogLevel, std::string_view sentence, LogFields = {});

inline void log_debug(std::string_view s, LogFields f = {}) {
  if (log_enabled(LogLevel::debug)) write_log(LogLevel::debug, s, f);
}
inline void log_info(std::string_view s, LogFields f = {}) {
  write_log(LogLevel::info, s, f);
}
inline void log_warn(std::string_view s, LogFields f = {}) {
  write_log(LogLevel::warn, s, f);
}
inline void log_error(std::string_view s, LogFields f = {}) {
  write_log(LogLevel::error, s, f);
}

}  // namespace open_cicd
