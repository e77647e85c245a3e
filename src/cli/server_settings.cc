#include "cli/server_settings.h"

#include "server/settings.h"

#include <CLI/CLI.hpp>

#include <ostream>

namespace open_cicd::cli {

std::shared_ptr<SettingSources> add_server_settings(CLI::App& verb) {
  auto sources = std::make_shared<SettingSources>();
  for (const SettingDecl& setting : server::declared_settings()) {
    const std::string help = fmt::format("{} [{}] ({})", setting.doc, setting.default_value, env_of(setting));
    CLI::Option* option = verb.add_option_function<std::string>(
        flag_of(setting),
        [sources, name = setting.name](const std::string& value) {
          sources->flags.insert_or_assign(std::string(name), value);
        },
        help);
    if (setting.name.contains('.') && !setting.name.starts_with("log.")) option->group("Limits and times");
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
