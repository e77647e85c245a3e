// `up`: a server and some local agents as child processes, for one machine.
#include "base/asio.h"
#include "base/json.h"
#include "base/log.h"
#include "base/run_alone.h"
#include "cli/api.h"
#include "cli/exit_code.h"
#include "cli/job_view.h"
#include "cli/local_processes.h"
#include "cli/pages.h"
#include "cli/server_settings.h"
#include "cli/sign_in_link.h"
#include "cli/verbs.h"
#include "server/server.h"

#include <CLI/CLI.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/json/object.hpp>
#include <fmt/ranges.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <ostream>
#include <set>

namespace open_cicd::cli {
namespace {

constexpr Milliseconds ready_timeout{30'000};
constexpr Milliseconds watch_interval{100};
constexpr Milliseconds early_end{3'000};
constexpr Milliseconds online_timeout{5'000};

struct UpOptions {
  int agents = 2;
  std::string executors;
};

// Another server there would answer our questions, and get our registration token.
bool is_taken(const http::ServerSettings& where) {
  error_code ec;
  const asio::ip::address address = asio::ip::make_address(where.host, ec);
  if (ec) return false;  // the server says what is wrong with it
  asio::io_context io;
  asio::ip::tcp::acceptor probe(io);
  const asio::ip::tcp::endpoint endpoint(address, where.port);
  probe.open(endpoint.protocol(), ec);
  if (!ec) probe.set_option(asio::socket_base::reuse_address(true), ec);
  if (!ec) probe.bind(endpoint, ec);
  return ec == asio::error::address_in_use;
}

std::vector<std::string> server_arguments(const SettingSources& sources) {
  std::vector<std::string> argv{own_program().string(), "server"};
  for (const SettingDecl& setting : server::declared_settings()) {
    const auto given = sources.flags.find(setting.name);
    if (given != sources.flags.end() && !setting.secret) argv.insert(argv.end(), {flag_of(setting), given->second});
  }
  if (!sources.file.empty()) argv.insert(argv.end(), {"--config", sources.file});
  return argv;
}

std::string name_of_agent(int number) {
  return fmt::format("local-{}", number);
}

std::filesystem::path folder_of_agent(const server::ServerConfig& config, int number) {
  return config.data / "agents" / std::to_string(number);
}

std::vector<std::string> agent_arguments(const UpOptions& options, const server::ServerConfig& config,
                                         const std::string& url, int number) {
  const std::filesystem::path token = config.data / "registration.token";
  std::vector<std::string> argv{(own_program().parent_path() / "open-cicd-agent").string(),
                                "--server",
                                url,
                                "--name",
                                name_of_agent(number),
                                "--work-dir",
                                folder_of_agent(config, number).string()};
  if (std::filesystem::exists(token)) argv.insert(argv.end(), {"--token-file", token.string()});
  if (!options.executors.empty()) argv.insert(argv.end(), {"--executors", options.executors});
  if (::getenv("OPEN_CICD_AGENT_LOG_LEVEL") == nullptr) argv.insert(argv.end(), {"--log-level", "warn"});
  return argv;
}

// Whether the agent was registered with this server before.
bool has_identity(const std::filesystem::path& folder, const std::string& url) {
  std::ifstream file(folder / "agent.json");
  const std::string text(std::istreambuf_iterator<char>(file), {});
  const auto identity = json::parse(text);
  if (!identity || !identity->is_object()) return false;
  const boost::json::value* server = identity->get_object().if_contains("server");
  return server != nullptr && server->is_string() && server->get_string() == url;
}

// Why an agent could not register: it needs the token, and the token was taken away.
std::optional<std::string> missing_token(const UpOptions& options, const server::ServerConfig& config,
                                         const std::string& url) {
  const std::filesystem::path token = config.data / "registration.token";
  const bool given = ::getenv("OPEN_CICD_AGENT_TOKEN") != nullptr || ::getenv("OPEN_CICD_AGENT_TOKEN_FILE") != nullptr;
  if (given || std::filesystem::exists(token)) return std::nullopt;
  for (int number = 1; number <= options.agents; ++number) {
    if (!has_identity(folder_of_agent(config, number), url))
      return fmt::format(
          "agent {} is new and {} is gone. Make a new one: open-cicd token reset --registration --data {}",
          name_of_agent(number), token.string(), config.data.string());
  }
  return std::nullopt;
}

// "docker, sandbox" once every local agent is online; nothing before.
Task<std::string> executors_online(const Context& context, ApiOptions access, std::size_t agents) {
  const auto api = Api::make(co_await asio::this_coro::executor, access, context);
  if (!api) co_return "";
  const auto document = co_await read_pages(**api, "/api/v1/agents", "agents", true);
  if (!document) co_return "";
  const auto listed = json::read<std::vector<AgentView>>(document->at("agents"), json::Unknown::ignore);
  if (!listed) co_return "";
  std::set<std::string> names, executors;
  for (const AgentView& agent : *listed) {
    if (agent.state == "offline" || !agent.name.starts_with("local-") || !agent.executors) continue;
    names.insert(agent.name);
    executors.insert(agent.executors->begin(), agent.executors->end());
  }
  co_return names.size() < agents ? "" : fmt::format("{}", fmt::join(executors, ", "));
}

// Nothing where no token may make one.
Task<std::string> sign_in_link(const Context& context, ApiOptions access) {
  const auto api = Api::make(co_await asio::this_coro::executor, access, context);
  if (!api) co_return "";
  const auto code = co_await make_sign_in_code(**api);
  if (!code) co_return "";
  co_return link_of(**api, *code).value_or("");
}

struct Greeting {
  std::string executors, link;
};

void greet(Context& context, const UpOptions& options, const server::ServerConfig& config, const std::string& url,
           const Greeting& greeting) {
  const std::filesystem::path token = config.data / "admin.token";
  const std::string known =
      std::filesystem::exists(token)
          ? fmt::format("$(cat {})", token.string())
          : fmt::format("…   # yours; a new one: open-cicd token reset --admin --data {}", config.data.string());
  context.io.err << fmt::format(
                        "\nopen-cicd is up: {} with {} local agent{}{}. Stop it with Ctrl-C.\n"
                        "{}Try in another terminal:\n\n"
                        "  export OPEN_CICD_SERVER={} OPEN_CICD_TOKEN={}\n"
                        "  printf 'steps: [{{run: echo hello}}]' | {} job run -f - --follow\n\n",
                        url, options.agents, options.agents == 1 ? "" : "s",
                        greeting.executors.empty() ? "" : fmt::format(" ({})", greeting.executors),
                        greeting.link.empty()
                            ? ""
                            : fmt::format("Open it in a browser; this link signs in once, within ten minutes:\n\n"
                                          "  {}\n\n",
                                          greeting.link),
                        url, known, own_program().string())
                 << std::flush;
}

int complain(Context& context, std::string_view sentence, int code = exit_failed) {
  context.io.err << "open-cicd: " << sentence << "\n" << std::flush;
  return code;
}

std::string url_of(const http::ServerSettings& where) {
  const bool anywhere = where.host == "0.0.0.0" || where.host == "::";
  const bool v6 = where.host.contains(':');
  return fmt::format("http://{}:{}", anywhere ? "127.0.0.1" : v6 ? "[" + where.host + "]" : where.host, where.port);
}

// The exit code once a child cannot work, or a signal asked to end and all have ended.
std::optional<int> look(Context& context, LocalProcesses& processes) {
  if (const auto code = processes.look_after(early_end))
    return complain(context, "a local process cannot work; its last lines above say why.",
                    *code == 0 ? exit_failed : *code);
  if (!processes.asked_to_stop(watch_interval)) return std::nullopt;
  complain(context, "stopping; running jobs are finished first. Ctrl-C again ends them now.");
  processes.stop();
  return exit_fine;
}

// Nothing once the server is ready; otherwise the exit code.
std::optional<int> wait_for_server(Context& context, LocalProcesses& processes, const std::string& url) {
  SystemClock clock;
  const Milliseconds give_up = clock.monotonic() + ready_timeout;
  for (;;) {
    const bool ready = run_alone(is_ready(url));
    if (const auto code = look(context, processes)) return code;
    if (ready) return std::nullopt;
    if (clock.monotonic() > give_up) return complain(context, "the server does not get ready; its log above says why.");
  }
}

// Runs the agents of a server that is ready, until a signal asks to end.
int run_agents(Context& context, LocalProcesses& processes, const UpOptions& options,
               const server::ServerConfig& config, const std::string& url) {
  if (const auto missing = missing_token(options, config, url)) return complain(context, *missing);
  for (int number = 1; number <= options.agents; ++number)
    processes.start("agent " + name_of_agent(number), agent_arguments(options, config, url, number),
                    {"OPEN_CICD_TOKEN", "OPEN_CICD_DATABASE"});
  const std::filesystem::path token = config.data / "admin.token";
  const ApiOptions access{
      .server = url, .token_file = std::filesystem::exists(token) ? token.string() : "", .insecure = true};
  std::string executors;
  SystemClock clock;
  const Milliseconds give_up = clock.monotonic() + online_timeout;
  const bool may_ask = !access.token_file.empty() || context.variable("OPEN_CICD_TOKEN");
  while (options.agents > 0 && may_ask && executors.empty() && clock.monotonic() < give_up) {
    executors = run_alone(executors_online(context, access, static_cast<std::size_t>(options.agents)));
    if (const auto code = look(context, processes)) return *code;
  }
  const std::string link =
      may_ask && server::has_web_pages() ? run_alone(sign_in_link(context, access)) : std::string();
  greet(context, options, config, url, {.executors = executors, .link = link});
  for (;;)
    if (const auto code = look(context, processes)) return *code;
}

int run_up(Context& context, const Settings& settings, const SettingSources& sources, const UpOptions& options) {
  const Result<server::ServerConfig> config = server::make_config(settings);
  if (!config) return complain(context, config.error().message(), exit_usage);
  if (config->http.port == 0)
    return complain(context, "up needs a port of its own: --listen 127.0.0.1:8080", exit_usage);
  server::apply_process_settings(settings);
  const std::string url = url_of(config->http);
  if (is_taken(config->http))
    return complain(context, fmt::format("Another program listens on {} port {}: stop it, or choose another port with "
                                         "--listen.",
                                         config->http.host, config->http.port));
  const bool used_before = config->database.empty() && std::filesystem::exists(config->data / "open-cicd.db");
  if (const auto missing = missing_token(options, *config, url); used_before && missing)
    return complain(context, *missing);
  // A secret given as a flag reaches the child by environment: an argument can be read by everybody on the machine.
  if (!config->database.empty()) ::setenv("OPEN_CICD_DATABASE", config->database.reveal().c_str(), 1);

  LocalProcesses processes;
  processes.start("server", server_arguments(sources), {"OPEN_CICD_TOKEN"});
  if (const auto code = wait_for_server(context, processes, url)) return *code;
  return run_agents(context, processes, options, *config, url);
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
  auto sources = add_server_settings(*verb, Shown::everyday);
  verb->footer("Takes the server's limits and times too: open-cicd server --help lists them.");
  verb->callback([&context, sources, options] {
    context.action = [&context, sources, options] {
      const std::optional<Settings> settings = load_server_settings(context, *sources);
      return settings ? run_up(context, *settings, *sources, *options) : exit_usage;
    };
  });
}

}  // namespace open_cicd::cli
