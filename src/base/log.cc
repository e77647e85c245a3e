#include "base/log.h"

#include "base/clock.h"
#include "base/text.h"

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <memory>

namespace open_cicd {
namespace {

std::atomic<LogFormat> format{LogFormat::text};
std::atomic<LogSink> sink{nullptr};

spdlog::level::level_enum to_spdlog(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return spdlog::level::debug;
    case LogLevel::info:
      return spdlog::level::info;
    case LogLevel::warn:
      return spdlog::level::warn;
    case LogLevel::error:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

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

spdlog::logger& logger() {
  // Never destroyed: a thread may still log while the program's statics end.
  static spdlog::logger* const instance = [] {
    auto* made = new spdlog::logger("open-cicd", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("%v");
    made->set_level(spdlog::level::info);
    made->flush_on(spdlog::level::debug);
    return made;
  }();
  return *instance;
}

std::string as_text(LogLevel level, std::string_view sentence, LogFields fields) {
  std::string line =
      fmt::format("{} {:5} {}", format_rfc3339(SystemClock().unix_ms()), name_of(level), escape_for_line(sentence));
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
  logger().set_level(to_spdlog(level));
}
void set_log_format(LogFormat chosen) {
  format = chosen;
}
void set_log_sink(LogSink chosen) {
  sink = chosen;
}
bool log_enabled(LogLevel level) {
  return sink.load() != nullptr || logger().should_log(to_spdlog(level));
}

void write_log(LogLevel level, std::string_view sentence, LogFields fields) {
  if (const LogSink other = sink.load()) return other(level, sentence, fields);
  if (!log_enabled(level)) return;
  logger().log(to_spdlog(level), "{}",
               format == LogFormat::json ? as_json(level, sentence, fields) : as_text(level, sentence, fields));
}

}  // namespace open_cicd
