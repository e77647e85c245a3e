#include "agent/settings.h"

#include "base/no_proxy.h"
#include "base/setting_rows.h"
#include "http/client_url.h"
#include "http/proxy.h"

#include <algorithm>
#include <array>
#include <unistd.h>

namespace open_cicd::agent {
namespace {

using Rows = SettingRows<Configured>;
using Row = Rows::Row;

// Where a value goes.
#define AT(member) [](Configured& config) -> auto& { return config.member; }

std::optional<std::string> expects_no_proxy(std::string_view list) {
  const std::optional<std::string> bad = bad_network(list);
  if (!bad) return std::nullopt;
  return fmt::format(
      "hosts, addresses or networks like 10.0.0.0/8 and fd00::/8, separated by commas: {:?} is no network", *bad);
}

// Those without a place are read by configure().
std::vector<Row> make_rows() {
  std::vector<Row> rows{
      {{.name = "server", .doc = "The server's address: http://host:port, https://host, or unix:/path."}},
      {{.name = "token_file",
        .doc = "File with the registration token: for the first time, and read anew when the server no longer knows "
               "this agent."}},
      {{.name = "token", .doc = "The registration token itself; better in a file.", .secret = true}},
      {{.name = "name", .doc = "How people call it; default: the machine's name."}},
      {{.name = "labels",
        .doc = "What a job can ask for with runs_on: key=value or key, separated by commas. os and arch are added."}},
      {{.name = "executors", .doc = "docker, sandbox, shell; default: sandbox and docker, where they work."}},
      Rows::text("work_dir", AT(work_dir), "Folder of its identity, and of jobs while they run."),
      {{.name = "sandbox_paths",
        .doc = "Folders and files of the machine that sandboxed jobs see besides its programs, separated by commas; "
               "read-only, or writable with :rw at the end. /srv/sdk,/var/cache/ccache:rw"}},
      {{.name = "once",
        .default_value = "false",
        .doc = "Run one job, unregister, and exit with 0.",
        .type = SettingType::boolean}},
      {{.name = "in_place",
        .doc = "A folder that is the workspace of every job that asks for a checkout: nothing is checked out, and what "
               "the steps change stays. For an agent that runs nobody's jobs but yours."}},
      {{.name = "clones_from_this_machine",
        .default_value = "false",
        .doc = "Jobs in containers may clone from this machine itself: file:// and loopback. For an agent that runs "
               "nobody's jobs but yours.",
        .type = SettingType::boolean}},
      Rows::text("listen", AT(agent.listen),
                 "Where its own /healthz and /metrics are, like 127.0.0.1:9090, without a token; port 0 is any free "
                 "one."),
      {{.name = "allow_insecure_http",
        .default_value = "false",
        .doc = "Send tokens and secrets over plain http to another machine.",
        .type = SettingType::boolean}},
      Rows::text("ca_file", AT(agent.ca_file), "PEM file to trust for https instead of the system's."),
      {{.name = "proxy",
        .doc = "HTTP proxy of the agent's own requests and of checkouts by http and https: "
               "http://[user:password@]host:port. Steps never see it.",
        .secret = true}},
      Rows::text("no_proxy", AT(agent.git.no_proxy),
                 "What is reached without the proxy, separated by commas: hosts with all names below them, addresses, "
                 "networks like 10.0.0.0/8, or * for everything. This machine always is."),
      Rows::time("checkout_silence_max", AT(agent.git.silence_max),
                 "A fetch of which nothing is heard for this long is ended. Progress and keep-alives of the server "
                 "count.",
                 {.min = 1'000}),
      {{.name = "durability",
        .default_value = "full",
        .doc = "full: a job's log and end survive a loss of power. none: only a crash of the agent.",
        .choices = "full|none"}},
      {{.name = "log_level",
        .default_value = "info",
        .doc = "What goes to standard error.",
        .choices = "debug|info|warn|error"}},
      {{.name = "log_format", .default_value = "text", .doc = "For people or for machines.", .choices = "text|json"}},
      Rows::time("request_timeout", AT(agent.request_timeout),
                 "How long one request to the server may take; a poll takes its wait longer.", {.min = 100}),
      Rows::time("stop_grace", AT(agent.stop_grace),
                 "Between SIGTERM and SIGKILL for a step that is cancelled or out of time."),
      Rows::time("retry_max", AT(agent.backoff.max), "The longest wait before a request is tried again.", {.min = 1}),
      Rows::time("image_ask_timeout", AT(executors.image_ask_timeout),
                 "How long a registry may take to say whether it has a newer image than the one that is here.",
                 {.min = 1}),
      Rows::time("images_max_age", AT(executors.images_max_age),
                 "An image that this agent pulled and no job used for so long is removed; 0s keeps them."),
      Rows::bytes("images_bytes_max", AT(executors.images_bytes_max),
                  "What the images that this agent pulled may take, the longest unused are removed first; 0 is no "
                  "limit."),
      {{.name = "privileged_images",
        .doc = "Images whose steps may be privileged, by name and digest, separated by commas: docker@sha256:…. Such a "
               "step has the machine's root."}},
      Rows::time("leftovers_interval", AT(agent.leftovers_interval),
                 "How often it looks for containers, networks and volumes that dead agents of its server left on its "
                 "engine.",
                 {.min = 100}),
      Rows::bytes("log_bytes_max", AT(agent.spool.attempt_bytes_max),
                  "What a job may print; the rest is dropped, and the job says so."),
  };
  for (Row& row : rows) {
    if (row.declared.name == "no_proxy") row.declared.expects = expects_no_proxy;
    std::string env = fmt::format("OPEN_CICD_AGENT_{}", row.declared.name);
    std::ranges::transform(env, env.begin(),
                           [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
    row.declared.env = keep_text(std::move(env));
  }
  return rows;
}

const std::vector<Row>& rows() {
  static const std::vector<Row> all = make_rows();
  return all;
}

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
  static const std::vector<SettingDecl> all = [] {
    std::vector<SettingDecl> declared;
    for (const Row& row : rows()) declared.push_back(row.declared);
    return declared;
  }();
  return all;
}

bool is_local_server(std::string_view server) {
  const auto address = http::parse_server_address(server);
  return address && http::is_loopback(*address);
}

Result<Secret> read_token_file(const std::string& path) {
  std::error_code ec;
  if (std::filesystem::status(path, ec).type() == std::filesystem::file_type::not_found)
    return wrong("--token-file", fmt::format("there is no file {}", path));
  if (ec) return wrong("--token-file", fmt::format("{} cannot be read: {}", path, ec.message()));
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
  std::vector<FieldError> mistakes;
  const auto note = [&mistakes](const auto& result) {
    if (!result) mistakes.insert(mistakes.end(), result.error().fields().begin(), result.error().fields().end());
  };
  const std::string& server = settings.string("server");
  note(check_server(server, settings.boolean("allow_insecure_http")));
  const std::string& token_file = settings.string("token_file");
  Result<Secret> token = token_file.empty() ? settings.secret("token") : read_token_file(token_file);
  note(token);
  Result<std::map<std::string, std::string>> labels = parse_labels(settings.string("labels"));
  note(labels);
  Configured config;
  for (const Row& row : rows()) row.apply(config, settings);
  Result<std::vector<sandbox::ExtraPath>> paths =
      sandbox::parse_extra_paths(settings.string("sandbox_paths"), std::filesystem::absolute(config.work_dir));
  if (!paths) mistakes.push_back({.path = "--sandbox-paths", .message = paths.error().message()});
  Result<std::vector<docker::PrivilegedImage>> privileged =
      docker::parse_privileged_images(settings.string("privileged_images"));
  if (!privileged) mistakes.push_back({.path = "--privileged-images", .message = privileged.error().message()});
  const Secret proxy = settings.secret("proxy");
  if (!proxy.empty())
    if (const auto good = http::parse_proxy(proxy.reveal()); !good)
      mistakes.push_back({.path = "--proxy", .message = good.error().message()});
  if (!mistakes.empty()) return invalid_fields(std::move(mistakes));
  const std::string& name = settings.string("name");
  config.agent.server = server;
  config.agent.registration_token = std::move(*token);
  config.agent.token_file = token_file;
  config.agent.name = name.empty() ? machine_name() : name;
  config.agent.labels = std::move(*labels);
  config.agent.after = settings.boolean("once") ? After::end : After::next_job;
  config.agent.git.proxy = proxy;
  if (const std::string& folder = settings.string("in_place"); !folder.empty())
    config.agent.in_place = std::filesystem::absolute(folder);
  config.agent.compress_logs = !is_local_server(server);
  config.executors.names = words(settings.string("executors"));
  config.executors.sandbox_paths = std::move(*paths);
  config.executors.clones_from_this_machine = settings.boolean("clones_from_this_machine");
  config.executors.privileged_images = std::move(*privileged);
  if (!token_file.empty()) config.executors.private_files.push_back(std::filesystem::absolute(token_file));
  return config;
}

}  // namespace open_cicd::agent
