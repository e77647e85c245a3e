#include "server/settings.h"

#include "adapters/smtp/smtp.h"
#include "base/flush.h"
#include "base/setting_rows.h"
#include "http/proxy.h"

#include <charconv>
#include <tuple>
#include <vector>

namespace open_cicd::server {
namespace {

using Rows = SettingRows<ServerConfig>;
using Row = Rows::Row;

// Where a value goes.
#define AT(member) [](ServerConfig& config) -> auto& { return config.member; }

std::optional<std::pair<std::string, std::uint16_t>> split_listen(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  std::uint16_t port = 0;
  const std::string_view digits = colon == std::string_view::npos ? std::string_view() : text.substr(colon + 1);
  const auto [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (digits.empty() || ec != std::errc() || end != digits.data() + digits.size() || colon == 0) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return std::pair(std::string(host), port);
}

std::optional<std::string> expects_listen(std::string_view text) {
  if (split_listen(text)) return std::nullopt;
  return "ADDRESS:PORT, like 127.0.0.1:8080 or [::]:8080";
}

// Its path stands in pages and in a cookie, so it is plain.
bool is_plain_url(std::string_view url) {
  const std::size_t scheme = url.starts_with("http://") ? 7 : url.starts_with("https://") ? 8 : 0;
  const std::string_view rest = url.substr(scheme);
  constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:[]/";
  return scheme > 0 && !rest.empty() && rest.front() != '/' && !rest.ends_with('/') &&
         rest.find_first_not_of(letters) == rest.npos && !rest.contains("//") && !rest.contains("/.");
}

std::optional<std::string> expects_public_url(std::string_view url) {
  if (url.empty() || is_plain_url(url)) return std::nullopt;
  return "an address without a slash at its end, like https://ci.example.org or https://example.org/ci";
}

// "https://example.org/ci" is reached below "/ci".
std::string path_of(std::string_view url) {
  const std::size_t host = url.find("://");
  const std::size_t slash = host == url.npos ? url.npos : url.find('/', host + 3);
  return slash == url.npos ? std::string() : std::string(url.substr(slash));
}

std::vector<Row> make_rows() {
  const http::ServerSettings http;
  return {
      {{.name = "listen",
        .default_value = keep_text(fmt::format("{}:{}", http.host, http.port)),
        .doc = "Address and port to serve on; port 0 takes any free one.",
        .expects = expects_listen}},
      {{.name = "data",
        .default_value = "./data",
        .doc = "Folder of the embedded database, the logs and the first tokens."}},
      {{.name = "database",
        .default_value = "",
        .doc = "postgres://user:password@host/name; empty means SQLite in the data folder.",
        .secret = true}},
      {{.name = "secrets.key_file",
        .default_value = "",
        .doc = "File of the keys that seal secrets, mode 0600, made at the first start; empty means secret.key in the "
               "data folder. OPEN_CICD_SECRET_KEYS may hold the keys instead."}},
      {{.name = "public_url",
        .default_value = "",
        .doc = "Where people and forges find this server, like https://ci.example.org; links and webhooks lead there. "
               "Empty means the address that it listens on.",
        .expects = expects_public_url}},
      {{.name = "git.proxy",
        .default_value = "",
        .doc = "HTTP proxy of git and of requests to forges: http://[user:password@]host:port.",
        .secret = true}},
      Rows::text("git.no_proxy", AT(core.repositories.git.no_proxy),
                 "What is reached without the proxy, separated by commas: hosts with all names below them, addresses, "
                 "networks like 10.0.0.0/8, or * for everything."),
      Rows::text("git.ca_file", AT(core.repositories.git.ca_file),
                 "PEM file to trust for https of git and forges instead of the system's."),
      Rows::time("git.fetch_timeout", AT(core.repositories.git.fetch_time_max),
                 "A fetch that takes longer is ended and tried again.", {.min = 1000}),
      Rows::time("git.poll_interval", AT(core.repositories.poll_interval),
                 "How often a repository is asked for what no webhook told, unless it has an interval of its own; 0s: "
                 "never."),
      Rows::time("git.delivery_retry", AT(core.repositories.delivery_retry),
                 "Before a delivery that failed is tried again; doubled each time, up to 5 minutes.",
                 {.min = 10, .max = 300'000}),
      Rows::number("git.at_once", AT(core.repositories.git_at_once), "Programs of git that run beside each other.",
                   {.min = 1, .max = 64}),
      Rows::time("statuses.retry", AT(core.repositories.report_retry),
                 "Before a forge that did not take a status is told again; doubled each time, up to 5 minutes.",
                 {.min = 10, .max = 300'000}),
      Rows::time(
          "notifications.retry", AT(core.repositories.notify_retry),
          "Before a notification that was not taken is sent again; doubled each time, up to 5 minutes, for a day.",
          {.min = 10, .max = 300'000}),
      {{.name = "smtp.url",
        .default_value = "",
        .doc = "The server that takes e-mail: smtp://[user:password@]host[:587], or smtps://; empty: none is sent.",
        .secret = true}},
      Rows::text("smtp.from", AT(smtp_from), "Who e-mail comes from: an address, or \"Name <address>\"."),
      Rows::time("retention.deliveries", AT(core.keep_deliveries),
                 "Deliveries are shown, and can be repeated, for so long.", {.min = 60'000}),
      {{.name = "durability",
        .default_value = "full",
        .doc = "full: what was accepted survives a loss of power. none: only a crash of the server; nothing waits for "
               "the disk, for data that nobody needs tomorrow. PostgreSQL has its own setting.",
        .choices = "full|none"}},
      {{.name = "log.level",
        .default_value = "info",
        .doc = "Least severe line that the server logs.",
        .choices = "debug|info|warn|error"}},
      {{.name = "log.format", .default_value = "text", .doc = "Form of the server's own log.", .choices = "text|json"}},
      Rows::number("http.cores", AT(http.cores), "Threads that serve; 0 means one for each core.", {.max = 1024}),
      {{.name = "http.trusted_proxies",
        .default_value = "",
        .doc =
            "Proxies before this server, addresses and networks with commas between: what they say in X-Forwarded-For "
            "and X-Forwarded-Proto is believed. Empty: nobody."}},
      Rows::time("sessions.age", AT(auth.sessions.age), "A browser that signed in has to sign in again after this.",
                 {.min = 1000}),
      Rows::number("sessions.failures_per_minute", AT(core.sign_in_failures_per_minute),
                   "Failed sign-ins of one address in a minute; more are refused unread.",
                   {.min = 1, .max = 1'000'000}),
      Rows::number("http.connections_max", AT(http.connections_max),
                   "Open connections at once; more wait to be accepted.", {.min = 1}),
      Rows::number("http.connections_per_address_max", AT(http.connections_per_address_max),
                   "Open connections of one address; more are closed.", {.min = 1}),
      Rows::number("http.connections_per_loopback_address_max", AT(http.connections_per_loopback_address_max),
                   "The same for loopback addresses.", {.min = 1}),
      Rows::bytes("http.bodies_bytes_max", AT(http.bodies_bytes_max),
                  "All large request bodies at once, of one token an eighth of it; more are told to try again.",
                  {.min = 4 << 20}),
      Rows::time("http.header_timeout", AT(http.header_timeout), "Time for a request's header section.", {.min = 1}),
      Rows::time("http.idle_timeout", AT(http.idle_timeout), "Time between requests of one connection.", {.min = 1}),
      Rows::time("http.write_timeout", AT(http.write_timeout), "A peer that takes nothing for this long is closed.",
                 {.min = 1}),
      Rows::time("http.shutdown_grace", AT(http.shutdown_grace), "Time for running requests when the server stops."),
      Rows::number("queue_max", AT(core.jobs.queue_max), "Queued jobs; more are refused with 429.", {.min = 1}),
      Rows::number("agents_max", AT(core.agents.agents_max), "Registered agents.", {.min = 1}),
      Rows::number(
          "agent_errors_max", AT(core.jobs.agent_errors_max),
          "A job that agents could not run is tried again so often without using up its retries; then it fails.",
          {.max = 1000}),
      Rows::number("registrations_per_minute", AT(core.registrations_per_minute),
                   "Registrations of one address in a minute.", {.min = 1, .max = 1000000}),
      Rows::bytes("logs.job_bytes_max", AT(core.logs.job_bytes_max),
                  "Log of one attempt; an agent cuts what is over it.", {.min = 1024}),
      Rows::number("logs.streams_max", AT(core.logs.streams_max), "Open log streams.", {.min = 1}),
      Rows::number("logs.streams_per_viewer_max", AT(core.logs.streams_per_viewer_max),
                   "Open log streams of one token at one address.", {.min = 1}),
      Rows::time("logs.stream_token_check", AT(core.stream_token_check),
                 "How often an open log stream's token is looked at again; a revoked one ends its streams.",
                 {.min = 10}),
      Rows::time("retention.age", AT(core.cleaner.rule.age),
                 "A job or run that ended longer ago is deleted with its logs, unless it is among the newest; 0s keeps "
                 "everything."),
      Rows::number("retention.jobs", AT(core.cleaner.rule.jobs),
                   "As many of the jobs that ended last stay, however old they are; jobs of runs count too.",
                   {.max = 1'000'000'000}),
      Rows::time("retention.interval", AT(core.cleaner.interval), "How often old jobs and runs are looked for.",
                 {.min = 100}),
      Rows::time("protocol.heartbeat", AT(core.agents.heartbeat), "Time between an agent's heartbeats.", {.min = 10}),
      Rows::time("protocol.lease_ttl", AT(core.agents.lease_ttl), "A lease that is not renewed for this long is lost.",
                 {.min = 10}),
      Rows::time("protocol.poll_wait", AT(core.agents.poll_wait), "The longest that a poll is held.", {.min = 10}),
      Rows::time("protocol.reaper_tick", AT(core.agents.reaper_tick), "How often leases are looked at.", {.min = 10}),
      Rows::time("protocol.start_timeout", AT(core.agents.start_timeout),
                 "A claimed job that does not start within this is lost.", {.min = 10}),
      Rows::time("protocol.watch_silence", AT(core.agents.watch_silence),
                 "An agent whose watched poll broke is dead after this silence.", {.min = 10}),
      Rows::time("protocol.watch_mass_window", AT(core.agents.watch_mass_window),
                 "Many agents silent within this are the network's fault.", {.min = 10}),
      Rows::time("protocol.watch_grace", AT(core.agents.watch_grace),
                 "After a start or stall no broken poll counts for this long."),
      Rows::time("protocol.cancel_silence", AT(core.agents.cancel_silence),
                 "A cancelling job without renewal ends after this.", {.min = 10}),
      Rows::time("protocol.cancel_total", AT(core.agents.cancel_total), "A cancelling job ends after this in any case.",
                 {.min = 10}),
      Rows::time("protocol.deadline_slack", AT(core.agents.deadline_slack),
                 "Beyond a job's time-out before the server ends it itself.", {.min = 10}),
      Rows::time(
          "protocol.exclusive_hold", AT(core.jobs.exclusive_hold),
          "A lost attempt holds its concurrency slot this long; an agent that cannot renew ends the job after 3/4 of "
          "it. At least three times the heartbeat. Lower it only while no job of a group runs: a running one keeps "
          "what it was told.",
          {.min = 10}),
      Rows::time(
          "protocol.fence", AT(core.jobs.fence),
          "An agent that cannot renew its lease for this long ends its job, if that is in no concurrency group. At "
          "least three times the heartbeat.",
          {.min = 10}),
      Rows::time("protocol.offer_time", AT(core.agents.offer_time), "An offer is one agent's for this long.",
                 {.min = 10}),
      Rows::time(
          "protocol.release_pause", AT(core.agents.release_pause),
          "A job that an agent gave back is not offered to it for this long; nor one that it could not run, while "
          "other agents are there."),
      Rows::time("protocol.image_retry_pause", AT(core.jobs.image_retry_pause),
                 "Before a job whose image could not be pulled is tried again; doubled each time.", {.max = 600'000}),
      Rows::time("protocol.agent_retry_pause", AT(core.jobs.agent_retry_pause),
                 "Before a job that its agent could not run is tried again; doubled each time, up to a minute.",
                 {.max = 60'000}),
      Rows::time("protocol.forget_offline", AT(core.agents.forget_offline),
                 "An agent not heard for this long is removed.", {.min = 1000}),
  };
}

const std::vector<Row>& rows() {
  static const std::vector<Row> all = make_rows();
  return all;
}

}  // namespace

std::span<const SettingDecl> declared_settings() {
  static const std::vector<SettingDecl> all = [] {
    std::vector<SettingDecl> declared;
    for (const Row& row : rows()) declared.push_back(row.declared);
    return declared;
  }();
  return all;
}

Result<ServerConfig> make_config(const Settings& s) {
  // A fence is at most three quarters of it, and heartbeats come a fifth late.
  std::vector<FieldError> wrong;
  for (const char* name : {"protocol.exclusive_hold", "protocol.fence"})
    if (s.duration(name) < 3 * s.duration("protocol.heartbeat"))
      wrong.push_back(
          {name, "must be at least three times protocol.heartbeat, or agents end jobs between two heartbeats"});
  if (!wrong.empty()) return invalid_fields(std::move(wrong));
  ServerConfig config;
  for (const Row& row : rows()) row.apply(config, s);
  std::tie(config.http.host, config.http.port) = split_listen(s.string("listen")).value();
  config.data = s.string("data");
  config.database = s.secret("database");
  const std::string& key_file = s.string("secrets.key_file");
  config.key_file = key_file.empty() ? config.data / "secret.key" : std::filesystem::path(key_file);
  config.core.logs.directory = config.data / "logs";
  config.core.repositories.mirrors = config.data / "mirrors";
  config.core.repositories.public_url = s.string("public_url");
  config.http.base_path = path_of(s.string("public_url"));
  config.auth.public_url = s.string("public_url");
  Result<http::TrustedProxies> proxies = http::TrustedProxies::parse(s.string("http.trusted_proxies"));
  if (!proxies) return invalid_fields({{"--http-trusted-proxies", proxies.error().message()}});
  config.http.proxies = std::move(*proxies);
  config.core.repositories.git.proxy = s.secret("git.proxy");
  if (!config.core.repositories.git.proxy.empty())
    if (const auto good = http::parse_proxy(config.core.repositories.git.proxy.reveal()); !good)
      return invalid_fields({{"--git-proxy", good.error().message()}});
  config.smtp_url = s.secret("smtp.url");
  if (!config.smtp_url.empty()) {
    if (std::string why = smtp::wrong_smtp_url(config.smtp_url.reveal()); !why.empty())
      return invalid_fields({{"--smtp-url", std::move(why)}});
    if (notifications::address_in(config.smtp_from).empty())
      return invalid_fields({{"--smtp-from", "must be an address, like ci@example.org, as --smtp-url is given"}});
  }
  return config;
}

void apply_process_settings(const Settings& settings) {
  set_flushing(settings.string("durability") == "full");
  const std::string& level = settings.string("log.level");
  set_log_level(level == "debug"   ? LogLevel::debug
                : level == "warn"  ? LogLevel::warn
                : level == "error" ? LogLevel::error
                                   : LogLevel::info);
  set_log_format(settings.string("log.format") == "json" ? LogFormat::json : LogFormat::text);
}

}  // namespace open_cicd::server
