// Settings of a program: declared by the modules that use them, read once at start from flags, environment, a YAML file
// and defaults, in that order of precedence. All mistakes are reported at once, each naming its flag, variable or line.
//   constexpr SettingDecl declared[] = {{.name = "http.idle_timeout", .default_value = "60s", .doc = "…", .type =
//   SettingType::duration}};
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "base/secret.h"

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace open_cicd {

enum class SettingType : std::uint8_t { string, integer, boolean, duration, size };

// One setting. Views are of literals: declarations are constexpr tables. `min` and `max` bound integers, milliseconds
// and bytes.
struct SettingDecl {
  std::string_view name;           // "http.idle_timeout": the key in the file
  std::string_view env = {};       // default: OPEN_CICD_HTTP_IDLE_TIMEOUT
  std::string_view default_value;  // as it would be written
  std::string_view doc;            // one sentence
  SettingType type = SettingType::string;
  bool secret = false;            // masked wherever settings are shown
  std::string_view choices = {};  // strings only: "text|json"
  std::int64_t min = 0;
  std::int64_t max = std::numeric_limits<std::int64_t>::max();
  // Strings only: nothing when the text is good, else what it must be: "ADDRESS:PORT, like 127.0.0.1:8080".
  std::optional<std::string> (*expects)(std::string_view text) = nullptr;
};

std::string env_of(const SettingDecl&);   // "OPEN_CICD_HTTP_IDLE_TIMEOUT"
std::string flag_of(const SettingDecl&);  // "--http-idle-timeout"

struct FileSetting;  // settings_file.h

// Where values come from. `flags` maps a setting's name to what the command line gave; the mains fill it from CLI11.
struct SettingSources {
  std::map<std::string, std::string, std::less<>> flags;
  std::map<std::string, std::string, std::less<>> environment;  // see process_environment()
  std::string file;                                             // of --config; empty: none
};
std::map<std::string, std::string, std::less<>> process_environment();  // the variables OPEN_CICD_…

struct EffectiveSetting {
  std::string name;
  std::string value;   // "********" for a secret that is set
  std::string source;  // "--listen", "OPEN_CICD_LISTEN", "config.yml:3", "default"
};

// Immutable after load(); thread-safe. A getter with an undeclared name or another type is a bug and throws
// std::logic_error.
class Settings {
 public:
  // Errors: invalid, with fields whose path is the flag, variable or "file:line"; not_found "no_config_file"; malformed
  // "malformed_config".
  static Result<Settings> load(std::vector<SettingDecl> declared, const SettingSources& sources);

  const std::string& string(std::string_view name) const;
  std::int64_t integer(std::string_view name) const;
  bool boolean(std::string_view name) const;
  Milliseconds duration(std::string_view name) const;
  std::int64_t size(std::string_view name) const;  // bytes
  Secret secret(std::string_view name) const;
  bool is_default(std::string_view name) const;

  // For `config`: in the order of declaration.
  std::vector<EffectiveSetting> effective() const;
  // Sentences for the log: variables OPEN_CICD_… that no setting reads (an orchestrator sets some of its own, so they
  // are no errors).
  const std::vector<std::string>& warnings() const { return warnings_; }

 private:
  struct Value {
    SettingDecl declared;
    std::string text;
    std::int64_t number = 0;
    std::string source = "default";
  };
  static Value choose(const SettingDecl& declared, const SettingSources& sources,
                      const std::vector<FileSetting>& in_file);
  const Value& get(std::string_view name, SettingType type) const;

  std::vector<Value> values_;
  std::vector<std::string> warnings_;
};

// The table of docs/reference/configuration.md.
std::string settings_reference(std::span<const SettingDecl> declared);

}  // namespace open_cicd
