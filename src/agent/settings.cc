#include "agent/settings.h"

#include "http/client_url.h"
#include "http/proxy.h"

#include <algorithm>
#include <array>
#include <unistd.h>

namespace open_cicd::agent {
namespace {

constexpr std::array<SettingDecl, 25> declared{{
    {.name = "server",
     .env = "OPEN_CICD_AGENT_SERVER",
     .doc = "The server's address: http://host:port, https://host, or unix:/path."},
    {.name = "token_file",
     .env = "OPEN_CICD_AGENT_TOKEN_FILE",
     .doc = "File with the registration token: for the first time, and read anew when the server no longer knows this "
            "agent."},
    {.name = "token",
     .env = "OPEN_CICD_AGENT_TOKEN",
     .doc = "The registration token itself; better in a file.",
     .secret = true},
    {.name = "name", .env = "OPEN_CICD_AGENT_NAME", .doc = "How people call it; default: the machine's name."},
    {.name = "labels",
     .env = "OPEN_CICD_AGENT_LABELS",
     .doc = "What a job can ask for with runs_on: key=value or key, separated by commas. os and arch are added."},
    {.name = "executors",
     .env = "OPEN_CICD_AGENT_EXECUTORS",
     .doc = "docker, sandbox, shell; default: sandbox and docker, where they work."},
    {.name = "work_dir",
     .env = "OPEN_CICD_AGENT_WORK_DIR",
     .default_value = "agent-data",
     .doc = "Folder of its identity, and of jobs while they run."},
    {.name = "sandbox_paths",
     .env = "OPEN_CICD_AGENT_SANDBOX_PATHS",
     .doc = "Folders and files of the machine that sandboxed jobs see besides its programs, separated by commas; "
            "read-only, or writable with :rw at the end. /srv/sdk,/var/cache/ccache:rw"},
    {.name = "once",
     .env = "OPEN_CICD_AGENT_ONCE",
     .default_value = "false",
     .doc = "Run one job, unregister, and exit with 0.",
     .type = SettingType::boolean},
    {.name = "listen",
     .env = "OPEN_CICD_AGENT_LISTEN",
     .default_value = "none",
     .doc = "Where its own /healthz and /metrics are, like 127.0.0.1:9090, without a token; port 0 is any free one."},
    {.name = "allow_insecure_http",
     .env = "OPEN_CICD_AGENT_ALLOW_INSECURE_HTTP",
     .default_value = "false",
     .doc = "Send tokens and secrets over plain http to another machine.",
     .type = SettingType::boolean},
    {.name = "ca_file",
     .env = "OPEN_CICD_AGENT_CA_FILE",
     .doc = "PEM file to trust for https instead of the system's."},
    {.name = "proxy",
     .env = "OPEN_CICD_AGENT_PROXY",
     .doc =
         "HTTP proxy of the agent's own requests and of checkouts by http and https: http://[user:password@]host:port. "
         "Steps never see it.",
     .secret = true},
    {.name = "no_proxy",
     .env = "OPEN_CICD_AGENT_NO_PROXY",
     .doc =
         "What is reached without the proxy, separated by commas: hosts with all names below them, addresses, networks "
         "like 10.0.0.0/8, or * for everything. This machine always is."},
    {.name = "checkout_silence_max",
     .env = "OPEN_CICD_AGENT_CHECKOUT_SILENCE_MAX",
     .default_value = "10m",
     .doc = "A fetch of which nothing is heard for this long is ended. Progress and keep-alives of the server count.",
     .type = SettingType::duration,
     .min = 1'000},
    {.name = "log_level",
     .env = "OPEN_CICD_AGENT_LOG_LEVEL",
     .default_value = "info",
     .doc = "What goes to standard error.",
     .choices = "debug|info|warn|error"},
    {.name = "log_format",
     .env = "OPEN_CICD_AGENT_LOG_FORMAT",
     .default_value = "text",
     .doc = "For people or for machines.",
     .choices = "text|json"},
    {.name = "request_timeout",
     .env = "OPEN_CICD_AGENT_REQUEST_TIMEOUT",
     .default_value = "30s",
     .doc = "How long one request to the server may take; a poll takes its wait longer.",
     .type = SettingType::duration,
     .min = 100},
    {.name = "stop_grace",
     .env = "OPEN_CICD_AGENT_STOP_GRACE",
     .default_value = "10s",
     .doc = "Between SIGTERM and SIGKILL for a step that is cancelled or out of time.",
     .type = SettingType::duration},
    {.name = "retry_max",
     .env = "OPEN_CICD_AGENT_RETRY_MAX",
     .default_value = "5s",
     .doc = "The longest wait before a request is tried again.",
     .type = SettingType::duration,
     .min = 1},
    {.name = "image_ask_timeout",
     .env = "OPEN_CICD_AGENT_IMAGE_ASK_TIMEOUT",
     .default_value = "3s",
     .doc = "How long a registry may take to say whether it has a newer image than the one that is here.",
     .type = SettingType::duration,
     .min = 1},
    {.name = "images_max_age",
     .env = "OPEN_CICD_AGENT_IMAGES_MAX_AGE",
     .default_value = "30d",
     .doc = "An image that this agent pulled and no job used for so long is removed; 0s keeps them.",
     .type = SettingType::duration},
    {.name = "images_bytes_max",
     .env = "OPEN_CICD_AGENT_IMAGES_BYTES_MAX",
     .default_value = "0",
     .doc = "What the images that this agent pulled may take, the longest unused are removed first; 0 is no limit.",
     .type = SettingType::size},
    {.name = "leftovers_interval",
     .env = "OPEN_CICD_AGENT_LEFTOVERS_INTERVAL",
     .default_value = "1m",
     .doc =
         "How often it looks for containers, networks and volumes that dead agents of its server left on its engine.",
     .type = SettingType::duration,
     .min = 100},
    {.name = "log_bytes_max",
     .env = "OPEN_CICD_AGENT_LOG_BYTES_MAX",
     .default_value = "4Gi",
     .doc = "What a job may print; the rest is dropped, and the job says so.",
     .type = SettingType::size},
}};

std::unexpected<Error> wrong(std::string_view flag, std::string message) {
  return invalid_fields({{.path = std::string(flag), .message = std::move(message)}});
}

std::string machine_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 && name[0] != '\0' ? name.data() : "agent";
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blank = " \t\r\n";
  const std::size_t first = text.find_first_not_of(blank);
  return first == std::string_view::npos ? std::string_view()
                                         : text.substr(first, text.find_last_not_of(blank) - first + 1);
}

std::vector<std::string> words(std::string_view text) {
  std::vector<std::string> found;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    if (const std::string_view word = trimmed(text.substr(0, comma)); !word.empty()) found.emplace_back(word);
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return found;
}

Result<void> check_server(const std::string& server, bool insecure_allowed) {
  if (server.empty()) return wrong("--server", "is required: the address of the server, like https://ci.example.org");
  if (server.starts_with("http://") && !is_local_server(server) && !insecure_allowed)
    return wrong("--server", fmt::format("{} would send tokens and secrets in clear to another machine. Use https, or "
                                         "--allow-insecure-http on a network that you trust.",
                                         server));
  return {};
}

}  // namespace

std::span<const SettingDecl> setting_declarations() {
  return declared;
}

bool is_local_server(std::string_view server) {
  const auto address = http::parse_server_address(server);
  return address && http::is_loopback(*address);
}

Result<Secret> read_token_file(const std::string& path) {
  std::error_code ec;
  if (!std::filesystem::exists(path, ec)) return wrong("--token-file", fmt::format("there is no file {}", path));
  const Result<std::string> text = read_file(path);
  if (!text) return wrong("--token-file", text.error().message());
  const std::string_view token = trimmed(*text);
  const bool printable = std::ranges::all_of(token, [](char c) { return c > ' ' && c < 0x7f; });
  if (token.empty() || !printable) return wrong("--token-file", fmt::format("{} does not hold one token", path));
  return Secret(std::string(token));
}

Result<std::map<std::string, std::string>> parse_labels(std::string_view text) {
  std::map<std::string, std::string> labels;
  for (const std::string& word : words(text)) {
    const std::size_t equals = word.find('=');
    const std::string key(trimmed(std::string_view(word).substr(0, equals)));
    if (key.empty()) return wrong("--labels", fmt::format("{:?} has no name before the =", word));
    labels[key] = equals == std::string::npos ? "" : std::string(trimmed(std::string_view(word).substr(equals + 1)));
  }
  return labels;
}

Result<Configured> configure(const Settings& settings) {
  const std::string& server = settings.string("server");
  if (Result<void> good = check_server(server, settings.boolean("allow_insecure_http")); !good)
    return std::unexpected(std::move(good.error()));
  const std::string& token_file = settings.string("token_file");
  Result<Secret> token = token_file.empty() ? settings.secret("token") : read_token_file(token_file);
  if (!token) return std::unexpected(std::move(token.error()));
  Result<std::map<std::string, std::string>> labels = parse_labels(settings.string("labels"));
  if (!labels) return std::unexpected(std::move(labels.error()));
  const std::string& work_dir = settings.string("work_dir");
  Result<std::vector<sandbox::ExtraPath>> paths =
      sandbox::parse_extra_paths(settings.string("sandbox_paths"), std::filesystem::absolute(work_dir));
  if (!paths) return wrong("--sandbox-paths", paths.error().message());
  std::vector<std::filesystem::path> private_files;
  if (const std::string& file = settings.string("token_file"); !file.empty())
    private_files.push_back(std::filesystem::absolute(file));
  const Secret proxy = settings.secret("proxy");
  if (!proxy.empty())
    if (const auto good = http::parse_proxy(proxy.reveal()); !good) return wrong("--proxy", good.error().message());
  const std::string& name = settings.string("name");
  return Configured{.agent = {.server = server,
                              .registration_token = std::move(*token),
                              .token_file = token_file,
                              .name = name.empty() ? machine_name() : name,
                              .labels = std::move(*labels),
                              .after = settings.boolean("once") ? After::end : After::next_job,
                              .listen = settings.string("listen"),
                              .ca_file = settings.string("ca_file"),
                              .git = {.proxy = proxy,
                                      .no_proxy = settings.string("no_proxy"),
                                      .silence_max = settings.duration("checkout_silence_max")},
                              .compress_logs = !is_local_server(server),
                              .request_timeout = settings.duration("request_timeout"),
                              .stop_grace = settings.duration("stop_grace"),
                              .leftovers_interval = settings.duration("leftovers_interval"),
                              .spool = {.attempt_bytes_max = settings.size("log_bytes_max")},
                              .backoff = {.max = settings.duration("retry_max")}},
                    .work_dir = work_dir,
                    .executors = {.names = words(settings.string("executors")),
                                  .sandbox_paths = std::move(*paths),
                                  .private_files = std::move(private_files),
                                  .image_ask_timeout = settings.duration("image_ask_timeout"),
                                  .images_max_age = settings.duration("images_max_age"),
                                  .images_bytes_max = settings.size("images_bytes_max")}};
}

}  // namespace open_cicd::agent
