#include "base/settings_file.h"

#include "base/text.h"

#include <fmt/format.h>
#include <yaml.h>

#include <algorithm>

namespace open_cicd {
namespace {

constexpr int depth_max = 8;
constexpr std::size_t settings_max = 1000;

struct Failure {
  int line;
  std::string message;
};

class FileReader {
 public:
  explicit FileReader(std::string_view text) {
    if (yaml_parser_initialize(&parser_) == 0) throw std::bad_alloc();
    yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(text.data()), text.size());
  }
  FileReader(const FileReader&) = delete;
  ~FileReader() {
    yaml_event_delete(&event_);
    yaml_parser_delete(&parser_);
  }

  std::vector<FileSetting> read() {
    next();
    next();
    if (event_.type == YAML_STREAM_END_EVENT) return {};
    next();
    const bool empty = event_.type == YAML_SCALAR_EVENT && event_.data.scalar.length == 0;
    if (!empty) read_map("", 1);
    next();
    next();
    if (event_.type != YAML_STREAM_END_EVENT) throw Failure{line(), "only one document is taken"};
    return std::move(settings_);
  }

 private:
  void next() {
    yaml_event_delete(&event_);
    if (yaml_parser_parse(&parser_, &event_) != 0) return;
    throw Failure{static_cast<int>(parser_.problem_mark.line) + 1,
                  parser_.problem == nullptr ? "not YAML" : parser_.problem};
  }

  int line() const { return static_cast<int>(event_.start_mark.line) + 1; }

  std::string scalar() const {
    return {reinterpret_cast<const char*>(event_.data.scalar.value), event_.data.scalar.length};
  }

  // The current event starts the map.
  void read_map(const std::string& prefix, int depth) {
    if (event_.type != YAML_MAPPING_START_EVENT || depth > depth_max)
      throw Failure{line(), "expected lines of \"name: value\""};
    while (true) {
      next();
      if (event_.type == YAML_MAPPING_END_EVENT) return;
      if (event_.type != YAML_SCALAR_EVENT) throw Failure{line(), "a name must be a string"};
      const std::string name = prefix.empty() ? scalar() : fmt::format("{}.{}", prefix, scalar());
      next();
      if (event_.type == YAML_SCALAR_EVENT)
        add(name);
      else if (event_.type == YAML_MAPPING_START_EVENT)
        read_map(name, depth + 1);
      else
        throw Failure{line(), fmt::format("{}: expected one value, not a list or an alias", escape_for_line(name))};
    }
  }

  void add(const std::string& name) {
    const auto same = std::ranges::find(settings_, name, &FileSetting::name);
    if (same != settings_.end())
      throw Failure{line(), fmt::format("{} stands twice, first on line {}", escape_for_line(name), same->line)};
    if (settings_.size() == settings_max) throw Failure{line(), "too many settings"};
    settings_.push_back({name, scalar(), line()});
  }

  yaml_parser_t parser_{};
  yaml_event_t event_{};
  std::vector<FileSetting> settings_;
};

}  // namespace

Result<std::vector<FileSetting>> parse_settings_file(std::string_view text, std::string_view file_name) {
  try {
    return FileReader(text).read();
  } catch (const Failure& failure) {
    return fail(ErrorKind::malformed, "malformed_config",
                fmt::format("{}:{}: {}.", file_name, failure.line, failure.message));
  }
}

}  // namespace open_cicd
