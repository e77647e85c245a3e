// The logins of the registries that images come from, sealed: of the server, or of one repository.
#pragma once

#include "base/json_rules.h"
#include "secrets/vault.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace open_cicd::repositories {

inline constexpr std::size_t registry_bytes_max = 260;
inline constexpr std::size_t registry_logins_of_scope_max = 100;

// The registry that an image's name speaks of: "ghcr.io", "registry:5000"; "docker.io" when it names none.
std::string registry_of_image(std::string_view image);

// What may stand before the first slash of an image's name and is a registry there.
bool is_registry(std::string_view host);
inline constexpr json::Form registry_form{
    is_registry, "must be a registry as it stands in names of images, in lower case: ghcr.io, registry:5000, docker.io",
    "^((localhost|[a-z0-9]([a-z0-9-]*[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+)(:[0-9]{1,5})?|"
    "[a-z0-9]([a-z0-9-]*[a-z0-9])?:[0-9]{1,5})$"};

// A colon would end it, as HTTP has it.
bool is_registry_user(std::string_view name);
inline constexpr json::Form registry_user_form{
    is_registry_user, "must be printable ASCII without colons, quotes and backslashes", "^[ !#-9;-\\[\\]-~]*$"};

struct RegistryLogin {
  std::string username, password;
};
BOOST_DESCRIBE_STRUCT(RegistryLogin, (), (username, password))

// What is shown of a login: all but its password.
struct RegistryLoginInfo {
  std::string registry;
  std::optional<std::string> username;  // nothing when the key that sealed it is missing
  std::int64_t version = 0;
  std::string created_by;
  std::int64_t created_at = 0, updated_at = 0;
};

// Thread-safe, as the vault is. A scope is a repository's id, or "" for the server's own.
class RegistryLogins {
 public:
  explicit RegistryLogins(secrets::Vault& vault) : vault_(vault) {}

  // A new one, or another of the same registry. Errors: invalid, for a password that no log could hide; conflict
  // "registry_limit" when the scope is full.
  Task<Result<RegistryLoginInfo>> put(std::string scope, std::string registry, RegistryLogin login, std::string by);
  Task<std::vector<RegistryLoginInfo>> list(std::string scope);        // by name
  Task<Result<void>> remove(std::string scope, std::string registry);  // Error: not_found
  // A repository's own hides the server's. Errors: those of secrets::unseal().
  Task<Result<std::optional<RegistryLogin>>> find(std::string scope, std::string registry);

 private:
  Task<std::optional<std::string>> username_of(std::string scope, std::string name);
  secrets::Vault& vault_;
};

}  // namespace open_cicd::repositories
