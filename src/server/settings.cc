#include "server/settings.h"

#include <charconv>

namespace open_cicd::server {
namespace {

using enum SettingType;

constexpr SettingDecl table[] = {
    {.name = "listen",
     .default_value = "127.0.0.1:8080",
     .doc = "Address and port to serve on; port 0 takes any free one."},
    {.name = "data",
     .default_value = "./data",
     .doc = "Folder of the embedded database, the logs and the first tokens."},
    {.name = "database",
     .default_value = "",
     .doc = "postgres://user:password@host/name; empty means SQLite in the data folder.",
     .secret = true},
    {.name = "log.level",
     .default_value = "info",
     .doc = "Least severe line that the server logs.",
     .choices = "debug|info|warn|error"},
    {.name = "log.format", .default_value = "text", .doc = "Form of the server's own log.", .choices = "text|json"},
    {.name = "http.cores",
     .default_value = "0",
     .doc = "Threads that serve; 0 means one for each core.",
     .type = integer,
     .max = 1024},
    {.name = "http.connections_max",
     .default_value = "30000",
     .doc = "Open connections at once; more wait to be accepted.",
     .type = integer,
     .min = 1},
    {.name = "http.connections_per_address_max",
     .default_value = "256",
     .doc = "Open connections of one address; more are closed.",
     .type = integer,
     .min = 1},
    {.name = "http.connections_per_loopback_address_max",
     .default_value = "25000",
     .doc = "The same for loopback addresses.",
     .type = integer,
     .min = 1},
    {.name = "http.bodies_bytes_max",
     .default_value = "256Mi",
     .doc = "All large request bodies at once, of one token an eighth of it; more are told to try again.",
     .type = size,
     .min = 4 << 20},
    {.name = "http.header_timeout",
     .default_value = "10s",
     .doc = "Time for a request's header section.",
     .type = duration,
     .min = 1},
    {.name = "http.idle_timeout",
     .default_value = "60s",
     .doc = "Time between requests of one connection.",
     .type = duration,
     .min = 1},
    {.name = "http.write_timeout",
     .default_value = "30s",
     .doc = "A peer that takes nothing for this long is closed.",
     .type = duration,
     .min = 1},
    {.name = "http.shutdown_grace",
     .default_value = "10s",
     .doc = "Time for running requests when the server stops.",
     .type = duration},
    {.name = "queue_max",
     .default_value = "100000",
     .doc = "Queued jobs; more are refused with 429.",
     .type = integer,
     .min = 1},
    {.name = "agents_max", .default_value = "100000", .doc = "Registered agents.", .type = integer, .min = 1},
    {.name = "agent_errors_max",
     .default_value = "10",
     .doc = "A job that agents could not run is tried again so often without using up its retries; then it fails.",
     .type = integer,
     .max = 1000},
    {.name = "registrations_per_minute",
     .default_value = "300",
     .doc = "Registrations of one address in a minute.",
     .type = integer,
     .min = 1,
     .max = 1000000},
    {.name = "logs.job_bytes_max",
     .default_value = "4Gi",
     .doc = "Log of one attempt; an agent cuts what is over it.",
     .type = size,
     .min = 1024},
    {.name = "logs.streams_max", .default_value = "5000", .doc = "Open log streams.", .type = integer, .min = 1},
    {.name = "logs.streams_per_viewer_max",
     .default_value = "20",
     .doc = "Open log streams of one token at one address.",
     .type = integer,
     .min = 1},
    {.name = "logs.stream_token_check",
     .default_value = "15s",
     .doc = "How often an open log stream's token is looked at again; a revoked one ends its streams.",
     .type = duration,
     .min = 10},
    {.name = "protocol.heartbeat",
     .default_value = "10s",
     .doc = "Time between an agent's heartbeats.",
     .type = duration,
     .min = 10},
    {.name = "protocol.lease_ttl",
     .default_value = "60s",
     .doc = "A lease that is not renewed for this long is lost.",
     .type = duration,
     .min = 10},
    {.name = "protocol.poll_wait",
     .default_value = "25s",
     .doc = "The longest that a poll is held.",
     .type = duration,
     .min = 10},
    {.name = "protocol.reaper_tick",
     .default_value = "500ms",
     .doc = "How often leases are looked at.",
     .type = duration,
     .min = 10},
    {.name = "protocol.start_timeout",
     .default_value = "30s",
     .doc = "A claimed job that does not start within this is lost.",
     .type = duration,
     .min = 10},
    {.name = "protocol.watch_silence",
     .default_value = "4s",
     .doc = "An agent whose watched poll broke is dead after this silence.",
     .type = duration,
     .min = 10},
    {.name = "protocol.watch_mass_window",
     .default_value = "10s",
     .doc = "Many agents silent within this are the network's fault.",
     .type = duration,
     .min = 10},
    {.name = "protocol.watch_grace",
     .default_value = "30s",
     .doc = "After a start or stall no broken poll counts for this long.",
     .type = duration},
    {.name = "protocol.cancel_silence",
     .default_value = "60s",
     .doc = "A cancelling job without renewal ends after this.",
     .type = duration,
     .min = 10},
    {.name = "protocol.cancel_total",
     .default_value = "5m",
     .doc = "A cancelling job ends after this in any case.",
     .type = duration,
     .min = 10},
    {.name = "protocol.deadline_slack",
     .default_value = "60s",
     .doc = "Beyond a job's time-out before the server ends it itself.",
     .type = duration,
     .min = 10},
    {.name = "protocol.exclusive_hold",
     .default_value = "60s",
     .doc = "A lost attempt holds its concurrency slot this long; an agent that cannot renew ends the job after 3/4 of "
            "it. At least three times the heartbeat. Lower it only "
            "while no job of a group runs: a running one keeps what it was told.",
     .type = duration,
     .min = 10},
    {.name = "protocol.fence",
     .default_value = "15m",
     .doc = "An agent that cannot renew its lease for this long ends its job, if that is in no concurrency group. At "
            "least "
            "three times the heartbeat.",
     .type = duration,
     .min = 10},
    {.name = "protocol.offer_time",
     .default_value = "1s",
     .doc = "An offer is one agent's for this long.",
     .type = duration,
     .min = 10},
    {.name = "protocol.release_pause",
     .default_value = "60s",
     .doc = "A job that an agent gave back is not offered to it for this long; nor one that it could not run, while "
            "other agents are there.",
     .type = duration},
    {.name = "protocol.image_retry_pause",
     .default_value = "5s",
     .doc = "Before a job whose image could not be pulled is tried again; doubled each time.",
     .type = duration,
     .max = 600'000},
    {.name = "protocol.agent_retry_pause",
     .default_value = "2s",
     .doc = "Before a job that its agent could not run is tried again; doubled each time, up to a minute.",
     .type = duration,
     .max = 60'000},
    {.name = "protocol.forget_offline",
     .default_value = "24h",
     .doc = "An agent not heard for this long is removed.",
     .type = duration,
     .min = 1000},
};

Result<std::pair<std::string, std::uint16_t>> split_listen(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  std::uint16_t port = 0;
  const std::string_view digits = colon == std::string_view::npos ? std::string_view() : text.substr(colon + 1);
  const auto [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (digits.empty() || ec != std::errc() || end != digits.data() + digits.size() || colon == 0)
    return invalid_fields(
        {{"listen", fmt::format("\"{}\" must be ADDRESS:PORT, like 127.0.0.1:8080 or [::]:8080", text)}});
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return std::pair(std::string(host), port);
}

}  // namespace

std::span<const SettingDecl> declared_settings() {
  return table;
}

Result<ServerConfig> make_config(const Settings& s) {
  auto listen = split_listen(s.string("listen"));
  if (!listen) return std::unexpected(std::move(listen.error()));
  const auto count = [&](std::string_view name) { return static_cast<std::size_t>(s.integer(name)); };
  // A fence is at most three quarters of it, and heartbeats come a fifth late.
  for (const char* name : {"protocol.exclusive_hold", "protocol.fence"})
    if (s.duration(name) < 3 * s.duration("protocol.heartbeat"))
      return invalid_fields(
          {{name, "must be at least three times protocol.heartbeat, or agents end jobs between two heartbeats"}});
  ServerConfig config;
  config.data = s.string("data");
  config.database = s.secret("database");
  config.http = {.host = listen->first,
                 .port = listen->second,
                 .cores = static_cast<unsigned>(s.integer("http.cores")),
                 .connections_max = count("http.connections_max"),
                 .connections_per_address_max = count("http.connections_per_address_max"),
                 .connections_per_loopback_address_max = count("http.connections_per_loopback_address_max"),
                 .bodies_bytes_max = static_cast<std::size_t>(s.size("http.bodies_bytes_max")),
                 .header_timeout = s.duration("http.header_timeout"),
                 .idle_timeout = s.duration("http.idle_timeout"),
                 .write_timeout = s.duration("http.write_timeout"),
                 .shutdown_grace = s.duration("http.shutdown_grace")};
  config.core.agents = {.heartbeat = s.duration("protocol.heartbeat"),
                        .lease_ttl = s.duration("protocol.lease_ttl"),
                        .poll_wait = s.duration("protocol.poll_wait"),
                        .reaper_tick = s.duration("protocol.reaper_tick"),
                        .start_timeout = s.duration("protocol.start_timeout"),
                        .watch_silence = s.duration("protocol.watch_silence"),
                        .watch_mass_window = s.duration("protocol.watch_mass_window"),
                        .watch_grace = s.duration("protocol.watch_grace"),
                        .cancel_silence = s.duration("protocol.cancel_silence"),
                        .cancel_total = s.duration("protocol.cancel_total"),
                        .deadline_slack = s.duration("protocol.deadline_slack"),
                        .offer_time = s.duration("protocol.offer_time"),
                        .release_pause = s.duration("protocol.release_pause"),
                        .forget_offline = s.duration("protocol.forget_offline"),
                        .agents_max = count("agents_max")};
  config.core.jobs.queue_max = count("queue_max");
  config.core.jobs.exclusive_hold = s.duration("protocol.exclusive_hold");
  config.core.jobs.fence = s.duration("protocol.fence");
  config.core.jobs.image_retry_pause = s.duration("protocol.image_retry_pause");
  config.core.jobs.agent_errors_max = static_cast<int>(s.integer("agent_errors_max"));
  config.core.jobs.agent_retry_pause = s.duration("protocol.agent_retry_pause");
  config.core.logs.directory = config.data / "logs";
  config.core.logs.job_bytes_max = s.size("logs.job_bytes_max");
  config.core.logs.streams_max = count("logs.streams_max");
  config.core.logs.streams_per_viewer_max = count("logs.streams_per_viewer_max");
  config.core.stream_token_check = s.duration("logs.stream_token_check");
  config.core.registrations_per_minute = static_cast<int>(s.integer("registrations_per_minute"));
  return config;
}

void apply_log_settings(const Settings& settings) {
  const std::string& level = settings.string("log.level");
  set_log_level(level == "debug"   ? LogLevel::debug
                : level == "warn"  ? LogLevel::warn
                : level == "error" ? LogLevel::error
                                   : LogLevel::info);
  set_log_format(settings.string("log.format") == "json" ? LogFormat::json : LogFormat::text);
}

}  // namespace open_cicd::server
