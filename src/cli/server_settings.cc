#include "cli/server_settings.h"

#include "server/settings.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <ostream>

namespace open_cicd::cli {
namespace {

constexpr std::array<std::string_view, 5> everyday{"listen", "data", "database", "log.level", "log.format"};

bool is_everyday(const SettingDecl& setting) {
  return std::ranges::find(everyday, setting.name) != everyday.end();
}

}  // namespace

std::shared_ptr<SettingSources> add_server_settings(CLI::App& verb, Shown shown) {
  auto sources = std::make_shared<SettingSources>();
  for (const SettingDecl& setting : server::declared_settings()) {
    const std::string help = fmt::format("{} [{}] ({})", setting.doc, setting.default_value, env_of(setting));
    CLI::Option* option = verb.add_option_function<std::string>(
        flag_of(setting),
        [sources, name = setting.name](const std::string& value) {
          sources->flags.insert_or_assign(std::string(name), value);
        },
        help);
    if (!is_everyday(setting)) option->group(shown == Shown::all ? "Limits and times" : "");
  }
  verb.add_option("--config", sources->file,
                  "YAML file with settings; flags and environment win over it (OPEN_CICD_CONFIG)")
      ->envname("OPEN_CICD_CONFIG");
  return sources;
}

std::optional<Settings> load_server_settings(Context& context, SettingSources sources) {
  sources.environment = context.environment;
  const auto declared = server::declared_settings();
  Result<Settings> settings = Settings::load({declared.begin(), declared.end()}, sources);
  if (settings) return std::move(*settings);
  if (settings.error().fields().empty()) context.io.err << "open-cicd: " << settings.error().message() << "\n";
  for (const FieldError& field : settings.error().fields())
    context.io.err << "open-cicd: " << field.path << ": " << field.message << "\n";
  return std::nullopt;
}

}  // namespace open_cicd::cli
