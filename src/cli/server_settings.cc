#include "cli/server_settings.h"

#include "cli/exit_code.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <filesystem>
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

void on_server_settings(CLI::App& app, Context& context, std::function<int(Context&, const Settings&)> verb,
                        Shown shown) {
  auto sources = add_server_settings(app, shown);
  app.callback([&context, sources, verb = std::move(verb)] {
    context.action = [&context, sources, verb] {
      const std::optional<Settings> settings = load_server_settings(context, *sources);
      return settings ? verb(context, *settings) : exit_usage;
    };
  });
}

void add_json_flag(CLI::App& verb, Context& context) {
  verb.add_flag("--json", context.json, "Print one JSON document instead of text");
}

std::optional<Error> missing_database(const server::ServerConfig& config) {
  if (!config.database.empty() || std::filesystem::exists(config.data / "open-cicd.db")) return std::nullopt;
  return Error(ErrorKind::not_found, "no_database",
               fmt::format("There is no database in {}: give the server's folder with --data.", config.data.string()));
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
