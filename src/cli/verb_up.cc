// `up`: a server and some local agents as child processes, for one machine.
#include "base/log.h"
#include "cli/exit_code.h"
#include "cli/local_processes.h"
#include "cli/server_settings.h"
#include "cli/verbs.h"
#include "http/client.h"
#include "server/database.h"
#include "server/server.h"

#include <CLI/CLI.hpp>

#include <csignal>
#include <filesystem>
#include <ostream>
#include <unistd.h>

namespace open_cicd::cli {
namespace {

constexpr Milliseconds ready_timeout{30'000};
constexpr Milliseconds look_interval{100};
constexpr Milliseconds early_end{3'000};

struct UpOptions {
  int agents = 2;
  std::string executors;
};

std::filesystem::path own_folder() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path();
}

Task<bool> answers(std::string url) {
  const auto client = http::Client::make(co_await asio::this_coro::executor, url);
  if (!client) co_return false;
  const auto response = co_await (*client)->send({.target = "/readyz", .timeout = std::chrono::seconds(2)});
  co_return response && response->status == 200;
}

// A signal that asks us to end, within the time; or nothing.
std::optional<int> wait_for_signal(const sigset_t& signals, Milliseconds time) {
  const timespec limit{.tv_sec = time.count() / 1000, .tv_nsec = time.count() % 1000 * 1'000'000};
  const int signal = ::sigtimedwait(&signals, nullptr, &limit);
  return signal > 0 ? std::optional(signal) : std::nullopt;
}

std::vector<std::string> server_arguments(const SettingSources& sources) {
  std::vector<std::string> argv{"/proc/self/exe", "server"};
  argv[0] = std::filesystem::read_symlink("/proc/self/exe").string();
  for (const SettingDecl& setting : server::declared_settings()) {
    const auto given = sources.flags.find(setting.name);
    if (given != sources.flags.end() && !setting.secret) argv.insert(argv.end(), {flag_of(setting), given->second});
  }
  if (!sources.file.empty()) argv.insert(argv.end(), {"--config", sources.file});
  return argv;
}

std::vector<std::string> agent_arguments(const UpOptions& options, const server::ServerConfig& config,
                                         const std::string& url, int number) {
  const std::filesystem::path token = config.data / "registration.token";
  std::vector<std::string> argv{(own_folder() / "open-cicd-agent").string(),
                                "--server",
                                url,
                                "--name",
                                fmt::format("local-{}", number),
                                "--work-dir",
                                (config.data / "agents" / std::to_string(number)).string()};
  if (std::filesystem::exists(token)) argv.insert(argv.end(), {"--token-file", token.string()});
  if (!options.executors.empty()) argv.insert(argv.end(), {"--executors", options.executors});
  return argv;
}

void greet(Context& context, const UpOptions& options, const server::ServerConfig& config, const std::string& url) {
  const std::string program = std::filesystem::read_symlink("/proc/self/exe").string();
  context.io.err << fmt::format(
      "\nopen-cicd is up: {} with {} local agent{}. Stop it with Ctrl-C.\n"
      "Try in another terminal:\n\n"
      "  export OPEN_CICD_SERVER={} OPEN_CICD_TOKEN=$(cat {})\n"
      "  printf 'steps: [{{run: echo hello}}]' | {} job run -f - --follow\n\n",
      url, options.agents, options.agents == 1 ? "" : "s", url, (config.data / "admin.token").string(), program);
}

int run_up(Context& context, const Settings& settings, const SettingSources& sources, const UpOptions& options) {
  const Result<server::ServerConfig> config = server::make_config(settings);
  if (!config || config->http.port == 0) {
    context.io.err << "open-cicd: "
                   << (config ? "up needs a port of its own: --listen 127.0.0.1:8080" : config.error().message())
                   << "\n";
    return exit_usage;
  }
  server::apply_log_settings(settings);
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&signals, signal);
  ::sigprocmask(SIG_BLOCK, &signals, nullptr);
  // A secret given as a flag reaches the child by environment: an argument can be read by everybody on the machine.
  if (!config->database.empty()) ::setenv("OPEN_CICD_DATABASE", config->database.reveal().c_str(), 1);

  const bool anywhere = config->http.host == "0.0.0.0" || config->http.host == "::";
  const std::string host = anywhere                          ? "127.0.0.1"
                           : config->http.host.contains(':') ? "[" + config->http.host + "]"
                                                             : config->http.host;
  const std::string url = fmt::format("http://{}:{}", host, config->http.port);
  LocalProcesses processes;
  processes.start("server", server_arguments(sources));
  SystemClock clock;
  const Milliseconds give_up = clock.monotonic() + ready_timeout;
  while (!server::run_alone(answers(url))) {
    if (wait_for_signal(signals, look_interval)) return exit_fine;
    if (const auto code = processes.look_after(early_end)) return *code;
    if (clock.monotonic() > give_up) {
      context.io.err << "open-cicd: the server does not get ready; its log above says why.\n";
      return exit_failed;
    }
  }
  for (int number = 1; number <= options.agents; ++number)
    processes.start(fmt::format("agent local-{}", number), agent_arguments(options, *config, url, number));
  greet(context, options, *config, url);
  while (!wait_for_signal(signals, look_interval)) {
    if (const auto code = processes.look_after(early_end)) {
      context.io.err << "open-cicd: a local process cannot work; its last lines above say why.\n";
      return *code == 0 ? exit_failed : *code;
    }
  }
  context.io.err << "open-cicd: stopping; running jobs are finished first.\n";
  processes.stop();
  return exit_fine;
}

}  // namespace

void add_up(CLI::App& root, Context& context) {
  CLI::App* verb = root.add_subcommand("up", "Run a server and local agents on this machine, and keep them running");
  auto options = std::make_shared<UpOptions>();
  verb->add_option("--agents", options->agents, "How many agents, each one job at a time")
      ->check(CLI::Range(0, 64))
      ->capture_default_str();
  verb->add_option("--executors", options->executors,
                   "Executors of the agents, like docker,sandbox,shell [those that work here, without shell]");
  auto sources = add_server_settings(*verb);
  verb->callback([&context, sources, options] {
    context.action = [&context, sources, options] {
      const std::optional<Settings> settings = load_server_settings(context, *sources);
      return settings ? run_up(context, *settings, *sources, *options) : exit_usage;
    };
  });
}

}  // namespace open_cicd::cli
