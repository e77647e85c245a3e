#include "agent/command_line.h"

#include "agent/executors.h"
#include "agent/settings.h"
#include "base/flush.h"
#include "base/log.h"

#include <CLI/CLI.hpp>
#include <boost/asio/signal_set.hpp>

#include <cstdio>

namespace open_cicd::agent {
namespace {

int exit_with(ExitCode code) {
  return static_cast<int>(code);
}

int complain(const Error& error, ExitCode code) {
  std::string text = fmt::format("open-cicd-agent: {}\n", error.message());
  if (error.fields().size() > 1)
    for (const FieldError& field : error.fields()) text += fmt::format("  {}: {}\n", field.path, field.message);
  std::fputs(text.c_str(), stderr);
  return exit_with(code);
}

// Asks an agent's status page, for Docker's HEALTHCHECK.
Task<int> check_health(std::string url) {
  const auto client = http::Client::make(co_await asio::this_coro::executor, url);
  if (!client) co_return complain(client.error(), ExitCode::failed);
  const auto response = co_await (*client)->send({.target = "/healthz", .timeout = Milliseconds(5'000)});
  if (!response) co_return complain(response.error(), ExitCode::failed);
  std::fputs(response->body.c_str(), stdout);
  co_return exit_with(response->status == 200 ? ExitCode::ok : ExitCode::failed);
}

Task<void> pass_signals_on(Agent& agent) {
  asio::signal_set signals(co_await asio::this_coro::executor, SIGTERM, SIGINT);
  for (;;) agent.stop(co_await signals.async_wait(asio::use_awaitable));
}

Task<int> run_agent(Configured configured) {
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  Result<WorkDir> folder = WorkDir::open(configured.work_dir);
  if (!folder) co_return complain(folder.error(), ExitCode::failed);
  Result<Executors> executors = co_await choose_executors(std::move(configured.executors), folder->path());
  if (!executors) {
    const bool usage = executors.error().kind() == ErrorKind::invalid;
    co_return complain(executors.error(), usage ? ExitCode::usage : ExitCode::unavailable);
  }
  Result<std::unique_ptr<Agent>> agent =
      Agent::make(executor, std::move(configured.agent), std::move(*folder), std::move(*executors));
  if (!agent) co_return complain(agent.error(), ExitCode::usage);
  TaskGroup signals(executor);
  signals.spawn("signals", pass_signals_on(**agent));
  const int code = co_await (*agent)->run();
  co_await signals.stop();
  co_return code;
}

int run_to_end(Task<int> task) {
  asio::io_context io(1);
  int code = exit_with(ExitCode::failed);
  asio::co_spawn(io, std::move(task), [&code](const std::exception_ptr& failure, int result) {
    if (failure) std::rethrow_exception(failure);
    code = result;
  });
  io.run();
  return code;
}

void apply_process_settings(const Settings& settings) {
  set_flushing(settings.string("durability") == "full");
  const std::string& level = settings.string("log_level");
  set_log_level(level == "debug"  ? LogLevel::debug
                : level == "info" ? LogLevel::info
                : level == "warn" ? LogLevel::warn
                                  : LogLevel::error);
  set_log_format(settings.string("log_format") == "json" ? LogFormat::json : LogFormat::text);
}

int start(const SettingSources& sources) {
  const std::span<const SettingDecl> declared = setting_declarations();
  const Result<Settings> settings = Settings::load({declared.begin(), declared.end()}, sources);
  if (!settings) return complain(settings.error(), ExitCode::usage);
  apply_process_settings(*settings);
  for (const std::string& warning : settings->warnings()) log_warn(warning);
  Result<Configured> configured = configure(*settings);
  if (!configured) return complain(configured.error(), ExitCode::usage);
  // No process that the agent starts may inherit what is secret.
  for (const char* secret : {"OPEN_CICD_AGENT_TOKEN", "OPEN_CICD_AGENT_PROXY"}) ::unsetenv(secret);
  return run_to_end(run_agent(std::move(*configured)));
}

void add_settings(CLI::App& app, SettingSources& sources) {
  for (const SettingDecl& setting : setting_declarations()) {
    std::string help = fmt::format("{} [{}]", setting.doc, env_of(setting));
    if (!setting.default_value.empty()) help += fmt::format(" (default {})", setting.default_value);
    const std::string name(setting.name);
    if (setting.type == SettingType::boolean) {
      app.add_flag_callback(flag_of(setting), [&sources, name] { sources.flags[name] = "true"; }, help);
    } else {
      app.add_option_function<std::string>(
             flag_of(setting), [&sources, name](const std::string& value) { sources.flags[name] = value; }, help)
          ->type_name(setting.type == SettingType::duration ? "TIME"
                      : setting.type == SettingType::size   ? "SIZE"
                                                            : "TEXT");
    }
  }
  app.add_option("--config", sources.file, "YAML file with settings; flags and environment win over it.");
}

}  // namespace

int run_command_line(int argc, char** argv) {
  CLI::App app("Runs the jobs of an open-cicd server on this machine.", "open-cicd-agent");
  app.set_version_flag("--version", fmt::format("open-cicd-agent {}", protocol::version));
  app.footer(
      "Example:\n  open-cicd-agent --server http://127.0.0.1:8080 --token-file data/registration.token --labels "
      "gpu,zone=eu\n\n"
      "SIGTERM lets the running job finish; a second one kills it.\n"
      "Exit codes: 0 ended as asked, 1 failed, 64 wrong usage, 69 no executor works here, 77 the server refuses the "
      "token,\n"
      "78 a newer process of this agent took over.");
  SettingSources sources{.environment = process_environment()};
  add_settings(app, sources);
  CLI::App* healthcheck =
      app.add_subcommand("healthcheck", "Asks a running agent's status page; exits 0 when it is healthy, else 1.");
  std::string url;
  healthcheck->add_option("--url", url, "Its address, like http://127.0.0.1:9100")->required();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : exit_with(ExitCode::usage);
  }
  if (healthcheck->parsed()) return run_to_end(check_health(url));
  return start(sources);
}

}  // namespace open_cicd::agent
