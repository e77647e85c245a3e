// Logins of the registries that images are pulled from: stored, listed, removed. No answer holds a password.
#include "api/routes.h"
#include "api/scope.h"
#include "api/shapes.h"
#include "base/clock.h"
#include "repositories/registry_logins.h"

namespace open_cicd::api {

struct RegistryRequest {
  std::string username, password;
};
BOOST_DESCRIBE_STRUCT(RegistryRequest, (), (username, password))

struct RegistryView {
  std::string host;
  std::optional<std::string> username;  // absent when the key that sealed it is missing
  std::int64_t version = 1;             // counts its logins
  std::string created_by;               // the id of the token that stored this login
  std::string created_at, updated_at;
};
BOOST_DESCRIBE_STRUCT(RegistryView, (), (host, username, version, created_by, created_at, updated_at))

struct RegistryListView {
  std::vector<RegistryView> registries;
  boost::json::value next_cursor;  // null: there is one page
};
BOOST_DESCRIBE_STRUCT(RegistryListView, (), (registries, next_cursor))

}  // namespace open_cicd::api

namespace open_cicd::json {

template <>
struct RulesOf<api::RegistryRequest> {
  static constexpr std::array rules{
      Rule{.member = "username", .min = 1, .max = 255, .form = &repositories::registry_user_form},
      Rule{.member = "password", .min = 1, .max = 16 << 10, .form = &text_form},
  };
};

}  // namespace open_cicd::json

namespace open_cicd::api {
namespace {

using auth::Permission;
using repositories::RegistryLogins;
using RegistryHost = Formed<repositories::registry_form, 1, repositories::registry_bytes_max>;

constexpr std::size_t registry_body_max = 256 << 10;  // a password whose every byte is escaped

RegistryView view_of(repositories::RegistryLoginInfo info) {
  return {.host = std::move(info.registry),
          .username = std::move(info.username),
          .version = info.version,
          .created_by = std::move(info.created_by),
          .created_at = format_rfc3339(info.created_at),
          .updated_at = format_rfc3339(info.updated_at)};
}

Task<RegistryListView> registries_of(Services& s, std::string scope) {
  RegistryListView view;
  for (repositories::RegistryLoginInfo& info : co_await RegistryLogins(s.secrets).list(std::move(scope)))
    view.registries.push_back(view_of(std::move(info)));
  co_return view;
}

using PutRegistryAnswer = std::variant<RegistryView, Created<RegistryView>>;

Task<Result<PutRegistryAnswer>> put_login(Services& s, std::string scope, std::string place, std::string host,
                                          RegistryRequest request, std::string by) {
  auto stored = co_await RegistryLogins(s.secrets).put(
      std::move(scope), std::move(host),
      {.username = std::move(request.username), .password = std::move(request.password)}, std::move(by));
  if (!stored) co_return std::unexpected(std::move(stored.error()));
  RegistryView view = view_of(std::move(*stored));
  if (view.version > 1) co_return view;
  place += "/" + view.host;
  co_return Created<RegistryView>{.body = std::move(view), .location = std::move(place)};
}

Task<Result<NoContent>> remove_login(Services& s, std::string scope, std::string host) {
  auto removed = co_await RegistryLogins(s.secrets).remove(std::move(scope), std::move(host));
  if (!removed) co_return std::unexpected(std::move(removed.error()));
  co_return NoContent{};
}

// Of the server: images of every repository's jobs are pulled with them.

struct ListRegistries {};
BOOST_DESCRIBE_STRUCT(ListRegistries, (), ())

Task<Result<RegistryListView>> list_registries(Services& s, Caller, ListRegistries) {
  co_return co_await registries_of(s, server_scope);
}

struct PutRegistry {
  Path<RegistryHost> host;
  Body<Json<RegistryRequest>> body;
};
BOOST_DESCRIBE_STRUCT(PutRegistry, (), (host, body))

Task<Result<PutRegistryAnswer>> put_registry(Services& s, Caller caller, PutRegistry request) {
  co_return co_await put_login(s, server_scope, "/api/v1/registries", std::string(request.host->text),
                               std::move(request.body.value.document), caller.who().id);
}

struct RemoveRegistry {
  Path<RegistryHost> host;
};
BOOST_DESCRIBE_STRUCT(RemoveRegistry, (), (host))

Task<Result<NoContent>> remove_registry(Services& s, Caller, RemoveRegistry request) {
  co_return co_await remove_login(s, server_scope, std::string(request.host->text));
}

// Of one repository: they hide the server's of the same registry.

struct ListRepositoryRegistries {
  Path<RepositoryWord> id;
};
BOOST_DESCRIBE_STRUCT(ListRepositoryRegistries, (), (id))

Task<Result<RegistryListView>> list_repository_registries(Services& s, Caller, ListRepositoryRegistries request) {
  auto scope = co_await scope_of_repository(s, std::string(request.id->text));
  if (!scope) co_return std::unexpected(std::move(scope.error()));
  co_return co_await registries_of(s, std::move(*scope));
}

struct PutRepositoryRegistry {
  Path<RepositoryWord> id;
  Path<RegistryHost> host;
  Body<Json<RegistryRequest>> body;
};
BOOST_DESCRIBE_STRUCT(PutRepositoryRegistry, (), (id, host, body))

Task<Result<PutRegistryAnswer>> put_repository_registry(Services& s, Caller caller, PutRepositoryRegistry request) {
  auto scope = co_await scope_of_repository(s, std::string(request.id->text));
  if (!scope) co_return std::unexpected(std::move(scope.error()));
  std::string place = fmt::format("/api/v1/repositories/{}/registries", *scope);
  co_return co_await put_login(s, std::move(*scope), std::move(place), std::string(request.host->text),
                               std::move(request.body.value.document), caller.who().id);
}

struct RemoveRepositoryRegistry {
  Path<RepositoryWord> id;
  Path<RegistryHost> host;
};
BOOST_DESCRIBE_STRUCT(RemoveRepositoryRegistry, (), (id, host))

Task<Result<NoContent>> remove_repository_registry(Services& s, Caller, RemoveRepositoryRegistry request) {
  auto scope = co_await scope_of_repository(s, std::string(request.id->text));
  if (!scope) co_return std::unexpected(std::move(scope.error()));
  co_return co_await remove_login(s, std::move(*scope), std::string(request.host->text));
}

}  // namespace

void add_registry_routes(RouteRows& rows, Services& s) {
  add_route(rows, s, http::Method::get, "/api/v1/registries", Permission::secret_list, list_registries,
            {.id = "listRegistries",
             .summary = "Registries that the server has a login for: users and times, no passwords",
             .tag = "registries"});
  add_route(rows, s, http::Method::put, "/api/v1/registries/{host}", Permission::secret_write, put_registry,
            {.id = "putRegistry",
             .summary = "Store the server's login for a registry, or another one",
             .tag = "registries",
             .refusals = {"registry_limit"},
             .body_max = registry_body_max});
  add_route(rows, s, http::Method::delete_, "/api/v1/registries/{host}", Permission::secret_write, remove_registry,
            {.id = "removeRegistry", .summary = "Remove the server's login for a registry", .tag = "registries"});
  add_route(rows, s, http::Method::get, "/api/v1/repositories/{id}/registries", Permission::secret_list,
            list_repository_registries,
            {.id = "listRepositoryRegistries",
             .summary = "Registries that a repository has a login for: users and times, no passwords",
             .tag = "registries"});
  add_route(rows, s, http::Method::put, "/api/v1/repositories/{id}/registries/{host}", Permission::secret_write,
            put_repository_registry,
            {.id = "putRepositoryRegistry",
             .summary = "Store a repository's login for a registry, or another one",
             .tag = "registries",
             .refusals = {"registry_limit"},
             .body_max = registry_body_max});
  add_route(
      rows, s, http::Method::delete_, "/api/v1/repositories/{id}/registries/{host}", Permission::secret_write,
      remove_repository_registry,
      {.id = "removeRepositoryRegistry", .summary = "Remove a repository's login for a registry", .tag = "registries"});
}

}  // namespace open_cicd::api
