#include "repositories/registry_logins.h"

#include "base/json.h"
#include "base/log.h"

#include <fmt/format.h>

#include <algorithm>

namespace open_cicd::repositories {
namespace {

constexpr std::string_view sealed_prefix = "@registry:";
constexpr std::string_view docker_hub = "docker.io";

// Docker's own registry goes by two names.
std::string_view one_name(std::string_view registry) {
  return registry == "index.docker.io" ? docker_hub : registry;
}

std::string sealed_name(std::string_view registry) {
  return fmt::format("{}{}", sealed_prefix, one_name(registry));
}

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool is_label(std::string_view label) {
  return !label.empty() && is_letter_or_digit(label.front()) && is_letter_or_digit(label.back()) &&
         std::ranges::all_of(label, [](char c) { return is_letter_or_digit(c) || c == '-'; });
}

bool is_port(std::string_view port) {
  return !port.empty() && port.size() <= 5 && std::ranges::all_of(port, [](char c) { return c >= '0' && c <= '9'; });
}

RegistryLoginInfo info_of(secrets::Info info, std::optional<std::string> username) {
  return {.registry = info.name.substr(sealed_prefix.size()),
          .username = std::move(username),
          .version = info.version,
          .created_by = std::move(info.created_by),
          .created_at = info.created_at,
          .updated_at = info.updated_at};
}

// What the agent's masker cannot hide is no password here either.
Result<void> check_password(const std::string& password) {
  Result<void> checked = secrets::check_new_secret("PASSWORD", Secret(std::string(password)), {});
  if (checked) return checked;
  std::vector<FieldError> wrong;
  for (const FieldError& field : checked.error().fields()) wrong.push_back({"password", field.message});
  return invalid_fields(std::move(wrong));
}

}  // namespace

std::string registry_of_image(std::string_view image) {
  const std::size_t slash = image.find('/');
  const std::string_view first = image.substr(0, slash);
  const bool is_host =
      slash != std::string_view::npos && (first.find_first_of(".:") != std::string_view::npos || first == "localhost");
  return std::string(is_host ? one_name(first) : docker_hub);
}

bool is_registry(std::string_view host) {
  const std::size_t colon = host.find(':');
  if (colon != std::string_view::npos && !is_port(host.substr(colon + 1))) return false;
  std::string_view rest = host.substr(0, colon);
  const bool is_host = colon != std::string_view::npos || rest == "localhost" || rest.contains('.');
  for (std::size_t dot = rest.find('.'); dot != std::string_view::npos; dot = rest.find('.')) {
    if (!is_label(rest.substr(0, dot))) return false;
    rest.remove_prefix(dot + 1);
  }
  return is_host && is_label(rest);
}

bool is_registry_user(std::string_view name) {
  return std::ranges::all_of(name, [](char c) { return c >= ' ' && c <= '~' && c != ':' && c != '"' && c != '\\'; });
}

Task<Result<RegistryLoginInfo>> RegistryLogins::put(std::string scope, std::string registry, RegistryLogin login,
                                                    std::string by) {
  if (Result<void> checked = check_password(login.password); !checked)
    co_return std::unexpected(std::move(checked.error()));
  const std::string name = sealed_name(registry);
  const std::vector<secrets::Info> all = co_await vault_.list_own(scope, std::string(sealed_prefix));
  if (all.size() >= registry_logins_of_scope_max && std::ranges::find(all, name, &secrets::Info::name) == all.end())
    co_return fail(ErrorKind::conflict, "registry_limit",
                   fmt::format("There are {} logins of registries already: remove those that nobody needs.",
                               registry_logins_of_scope_max));
  secrets::Info info = co_await vault_.put_own(scope, name, Secret(json::write_text(login)), std::move(by));
  co_return info_of(std::move(info), std::move(login.username));
}

Task<std::vector<RegistryLoginInfo>> RegistryLogins::list(std::string scope) {
  std::vector<RegistryLoginInfo> logins;
  for (secrets::Info& info : co_await vault_.list_own(scope, std::string(sealed_prefix))) {
    std::optional<std::string> username = co_await username_of(scope, info.name);
    logins.push_back(info_of(std::move(info), std::move(username)));
  }
  co_return logins;
}

Task<std::optional<std::string>> RegistryLogins::username_of(std::string scope, std::string name) {
  const Result<std::optional<Secret>> sealed = co_await vault_.own(scope, name);
  if (sealed && *sealed) co_return json::read_own<RegistryLogin>((*sealed)->reveal()).username;
  if (!sealed)
    log_warn("the login of a registry cannot be opened", {{"name", name}, {"error", sealed.error().message()}});
  co_return std::nullopt;
}

Task<Result<void>> RegistryLogins::remove(std::string scope, std::string registry) {
  Result<void> removed = co_await vault_.remove(std::move(scope), sealed_name(registry));
  if (!removed) co_return not_found("login of the registry", registry);
  co_return Result<void>();
}

Task<Result<std::optional<RegistryLogin>>> RegistryLogins::find(std::string scope, std::string registry) {
  const std::string name = sealed_name(registry);
  Result<std::optional<Secret>> sealed = co_await vault_.own(scope, name);
  if (sealed && !*sealed && !scope.empty()) sealed = co_await vault_.own("", name);
  if (!sealed) co_return std::unexpected(std::move(sealed.error()));
  if (!*sealed) co_return std::optional<RegistryLogin>();
  co_return std::optional(json::read_own<RegistryLogin>((*sealed)->reveal()));
}

}  // namespace open_cicd::repositories
