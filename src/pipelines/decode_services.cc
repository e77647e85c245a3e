#include "pipelines/job_decoder.h"
#include "pipelines/limits.h"
#include "pipelines/parse.h"
#include "pipelines/rules.h"

#include <fmt/format.h>

#include <array>

namespace open_cicd::pipelines {
namespace {

constexpr auto service_keys = std::to_array<std::string_view>({"image", "env", "command", "ports", "ready", "pull"});
constexpr auto ready_keys = std::to_array<std::string_view>({"tcp", "http", "cmd", "log", "timeout"});
constexpr int port_max = 65'535;

// One string with spaces would be taken for the name of a program.
void read_command(const Field& field, std::vector<std::string>& to, Problems& problems) {
  if (field.node->kind == Node::Kind::string && field.node->text.find_first_of(" \t\n") != std::string::npos) {
    field.fail(problems, R"(must be a list of words, such as ["sh", "-c", "the command"])");
    return;
  }
  read_strings(field, to, limits::words_max, problems, check_word);
}

void read_ready(const Field& field, std::optional<Ready>& to, Problems& problems) {
  Ready& ready = to.emplace();
  const MapReader map(field, {ready_keys}, problems);
  int probes = 0;
  if (const auto tcp = map.find("tcp")) ++probes, read_integer(*tcp, ready.tcp.emplace(), 1, port_max, problems);
  if (const auto http = map.find("http"))
    ++probes, read_string(*http, ready.http.emplace(), problems, check_http_probe);
  if (const auto cmd = map.find("cmd")) ++probes, read_command(*cmd, ready.cmd, problems);
  if (const auto log = map.find("log")) ++probes, read_string(*log, ready.log.emplace(), problems, check_word);
  if (const auto timeout = map.find("timeout"))
    read_duration(*timeout, ready.timeout_ms, 1, limits::ready_timeout_ms_max, problems);
  if (map.is_map() && probes != 1) field.fail(problems, "must have exactly one of tcp, http, cmd and log");
}

void read_service(const Field& field, Service& service, Problems& problems) {
  const MapReader map(field, {service_keys}, problems);
  if (const auto image = map.require("image")) read_string(*image, service.image, problems, check_image);
  if (const auto pull = map.find("pull")) read_pull(*pull, service.pull, problems);
  if (const auto env = map.find("env")) read_env(*env, service.env, problems);
  if (const auto command = map.find("command")) read_command(*command, service.command, problems);
  if (const auto ports = map.find("ports"))
    read_integers(*ports, service.ports, 1, port_max, limits::ports_max, problems);
  if (const auto ready = map.find("ready")) read_ready(*ready, service.ready, problems);
}

}  // namespace

void read_services(const Field& field, std::vector<Service>& to, Problems& problems) {
  if (field.node->kind != Node::Kind::map) {
    field.fail(problems, fmt::format("must be a map of host names to services, not {}", name_of(field.node->kind)));
    return;
  }
  if (field.node->members.size() > limits::services_max) {
    field.fail(problems, fmt::format("must have at most {} services", limits::services_max));
    return;
  }
  for (const Member& member : field.node->members) {
    Service& service = to.emplace_back();
    service.name = member.key;
    const Field value{member.value.get(), member_path(field.path, member.key)};
    if (auto wrong = check_dns_label(member.key)) problems.add(value.path, member.key_at, std::move(*wrong));
    read_service(value, service, problems);
  }
}

std::vector<std::string_view> known_service_keys() {
  return {service_keys.begin(), service_keys.end()};
}

}  // namespace open_cicd::pipelines
