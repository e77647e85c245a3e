#include "base/settings.h"

#include "base/settings_file.h"
#include "base/suggest.h"
#include "base/text.h"
#include "base/units.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <system_error>
#include <unistd.h>

namespace open_cicd {
namespace {

// libstdc++ 12 has no contains.
bool contains(std::span<const std::string_view> words, std::string_view word) {
  return std::ranges::find(words, word) != words.end();
}

constexpr std::string_view env_prefix = "OPEN_CICD_";
constexpr std::string_view agent_env_prefix = "OPEN_CICD_AGENT_";
// Whoever needs it takes it from the environment itself, and wipes it there: no copy of it is made.
constexpr std::string_view secret_env = "OPEN_CICD_SECRET_KEYS";
constexpr std::size_t file_bytes_max = 256 << 10;
// Read by the command line, not by a setting.
constexpr auto other_env = std::to_array<std::string_view>(
    {"OPEN_CICD_SERVER", "OPEN_CICD_TOKEN", "OPEN_CICD_CONFIG", "OPEN_CICD_ALLOW_INSECURE_HTTP"});

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(separator), text.size());
    parts.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

std::string expectation(const SettingDecl& declared) {
  switch (declared.type) {
    case SettingType::string:
      return fmt::format("one of {}", fmt::join(split(declared.choices, '|'), ", "));
    case SettingType::boolean:
      return "true or false";
    case SettingType::duration:
      return fmt::format("a duration such as {}", duration_examples);
    case SettingType::size:
      return fmt::format("a size such as {}", size_examples);
    case SettingType::integer:
      return declared.max == std::numeric_limits<std::int64_t>::max()
                 ? fmt::format("a whole number of at least {}", declared.min)
                 : fmt::format("a whole number from {} to {}", declared.min, declared.max);
  }
  return {};
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = failure == std::errc() && end == text.data() + text.size();
  return whole ? std::optional(value) : std::nullopt;
}

// The value as a number (strings: 0), or what is expected instead.
std::expected<std::int64_t, std::string> convert(const SettingDecl& declared, std::string_view text) {
  std::optional<std::int64_t> number;
  switch (declared.type) {
    case SettingType::string:
      if (declared.expects != nullptr)
        if (std::optional<std::string> other = declared.expects(text)) return std::unexpected(std::move(*other));
      if (declared.choices.empty() || contains(split(declared.choices, '|'), text)) return 0;
      break;
    case SettingType::boolean:
      if (text == "true" || text == "false") return text == "true";
      break;
    case SettingType::integer:
      number = parse_integer(text);
      break;
    case SettingType::duration:
      number = parse_duration_ms(text);
      break;
    case SettingType::size:
      number = parse_size_bytes(text);
      break;
  }
  if (!number) return std::unexpected(expectation(declared));
  if (*number >= declared.min && *number <= declared.max) return *number;
  if (declared.type != SettingType::duration) return std::unexpected(expectation(declared));
  return std::unexpected(
      declared.max == std::numeric_limits<std::int64_t>::max()
          ? fmt::format("at least {}", format_duration(declared.min))
          : fmt::format("from {} to {}", format_duration(declared.min), format_duration(declared.max)));
}

Result<std::vector<FileSetting>> read_file(const std::string& path) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::string text(file_bytes_max + 1, '\0');
  if (file) file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!file && !file.eof())
    return fail(
        ErrorKind::not_found, "no_config_file",
        fmt::format("The configuration file {} cannot be read: {}.", path, std::generic_category().message(errno)));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > file_bytes_max)
    return fail(ErrorKind::malformed, "malformed_config",
                fmt::format("{} is larger than {} bytes.", path, file_bytes_max));
  return parse_settings_file(text, path);
}

std::string upper_with_underscores(std::string_view name) {
  std::string text(name);
  std::ranges::transform(text, text.begin(), [](char c) {
    if (c >= 'a' && c <= 'z') return static_cast<char>(c - 0x20);
    return c == '.' || c == '-' ? '_' : c;
  });
  return text;
}

std::vector<FieldError> unknown_names(std::span<const SettingDecl> declared, const SettingSources& sources,
                                      const std::vector<FileSetting>& in_file) {
  std::vector<std::string_view> names;
  for (const SettingDecl& one : declared) names.push_back(one.name);
  std::vector<FieldError> errors;
  for (const FileSetting& one : in_file) {
    if (contains(names, one.name)) continue;
    errors.push_back(
        {fmt::format("{}:{}", sources.file, one.line),
         fmt::format("there is no setting \"{}\"{}", escape_for_line(one.name), did_you_mean(one.name, names))});
  }
  return errors;
}

// The variables of the agent begin with OPEN_CICD_AGENT_; each program leaves those of the other alone.
std::vector<std::string> unread_variables(std::span<const SettingDecl> declared, const SettingSources& sources) {
  std::vector<std::string> variables(other_env.begin(), other_env.end());
  for (const SettingDecl& one : declared) variables.push_back(env_of(one));
  const auto is_agents = [](std::string_view name) { return name.starts_with(agent_env_prefix); };
  const bool of_agent = std::ranges::any_of(variables, is_agents);
  const std::vector<std::string_view> known(variables.begin(), variables.end());
  std::vector<std::string> sentences;
  for (const auto& [name, value] : sources.environment) {
    if (!name.starts_with(env_prefix) || is_agents(name) != of_agent || contains(known, name)) continue;
    sentences.push_back(
        fmt::format("the environment variable {} is not used{}", escape_for_line(name), did_you_mean(name, known)));
  }
  return sentences;
}

}  // namespace

std::string env_of(const SettingDecl& declared) {
  return declared.env.empty() ? fmt::format("{}{}", env_prefix, upper_with_underscores(declared.name))
                              : std::string(declared.env);
}

std::string flag_of(const SettingDecl& declared) {
  std::string flag = fmt::format("--{}", declared.name);
  std::ranges::replace_if(flag, [](char c) { return c == '.' || c == '_'; }, '-');
  return flag;
}

std::map<std::string, std::string, std::less<>> process_environment() {
  std::map<std::string, std::string, std::less<>> found;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos || !text.starts_with(env_prefix)) continue;
    if (text.substr(0, equals) == secret_env) continue;
    found.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return found;
}

Result<Settings> Settings::load(std::vector<SettingDecl> declared, const SettingSources& sources) {
  std::vector<FileSetting> in_file;
  if (!sources.file.empty()) {
    auto read = read_file(sources.file);
    if (!read) return std::unexpected(std::move(read.error()));
    in_file = std::move(*read);
  }
  Settings settings;
  std::vector<FieldError> errors;
  for (const SettingDecl& one : declared) {
    Value value = choose(one, sources, in_file);
    if (const auto number = convert(one, value.text); number) {
      value.number = *number;
    } else if (value.source == "default") {
      throw std::logic_error(fmt::format("the default of {} is not {}", one.name, number.error()));
    } else {
      const std::string found = one.secret ? "" : fmt::format(", not \"{}\"", escape_for_line(value.text));
      errors.push_back({value.source, fmt::format("{} must be {}{}", one.name, number.error(), found)});
    }
    settings.values_.push_back(std::move(value));
  }
  for (FieldError& unknown : unknown_names(declared, sources, in_file)) errors.push_back(std::move(unknown));
  if (!errors.empty()) return invalid_fields(std::move(errors));
  settings.warnings_ = unread_variables(declared, sources);
  return settings;
}

Settings::Value Settings::choose(const SettingDecl& declared, const SettingSources& sources,
                                 const std::vector<FileSetting>& in_file) {
  if (const auto flag = sources.flags.find(declared.name); flag != sources.flags.end())
    return {declared, flag->second, 0, flag_of(declared)};
  const std::string env = env_of(declared);
  if (const auto variable = sources.environment.find(env); variable != sources.environment.end())
    return {declared, variable->second, 0, env};
  if (const auto line = std::ranges::find(in_file, declared.name, &FileSetting::name); line != in_file.end())
    return {declared, line->value, 0, fmt::format("{}:{}", sources.file, line->line)};
  return {declared, std::string(declared.default_value), 0, "default"};
}

const Settings::Value& Settings::get(std::string_view name, SettingType type) const {
  for (const Value& value : values_)
    if (value.declared.name == name && value.declared.type == type) return value;
  throw std::logic_error(fmt::format("no setting {} of this type is declared", name));
}

const std::string& Settings::string(std::string_view name) const {
  return get(name, SettingType::string).text;
}
std::int64_t Settings::integer(std::string_view name) const {
  return get(name, SettingType::integer).number;
}
bool Settings::boolean(std::string_view name) const {
  return get(name, SettingType::boolean).number != 0;
}
Milliseconds Settings::duration(std::string_view name) const {
  return Milliseconds(get(name, SettingType::duration).number);
}
std::int64_t Settings::size(std::string_view name) const {
  return get(name, SettingType::size).number;
}
Secret Settings::secret(std::string_view name) const {
  return Secret(get(name, SettingType::string).text);
}

bool Settings::is_default(std::string_view name) const {
  const auto value = std::ranges::find(values_, name, [](const Value& v) { return v.declared.name; });
  if (value == values_.end()) throw std::logic_error(fmt::format("no setting {} is declared", name));
  return value->source == "default";
}

std::vector<EffectiveSetting> Settings::effective() const {
  std::vector<EffectiveSetting> shown;
  for (const Value& value : values_) {
    const bool masked = value.declared.secret && !value.text.empty();
    shown.push_back({std::string(value.declared.name), masked ? "********" : value.text, value.source});
  }
  return shown;
}

std::string settings_reference(std::span<const SettingDecl> declared) {
  std::string table = "| setting | flag | variable | default | meaning |\n|---|---|---|---|---|\n";
  for (const SettingDecl& one : declared) {
    std::string choices(one.choices);
    for (std::size_t at = 0; (at = choices.find('|', at)) != std::string::npos; at += 2) choices.replace(at, 1, ", ");
    fmt::format_to(std::back_inserter(table), "| `{}` | `{}` | `{}` | {} | {}{}{} |\n", one.name, flag_of(one),
                   env_of(one), one.default_value.empty() ? "" : fmt::format("`{}`", one.default_value), one.doc,
                   choices.empty() ? "" : fmt::format(" One of {}.", choices), one.secret ? " Secret." : "");
  }
  return table;
}

}  // namespace open_cicd
