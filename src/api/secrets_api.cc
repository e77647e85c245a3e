// Secrets of the server and of its repositories: stored, listed, removed. No answer holds a value.
#include "api/routes.h"
#include "api/scope.h"
#include "api/shapes.h"
#include "base/clock.h"
#include "secrets/limits.h"

namespace open_cicd::api {

struct SecretRequest {
  std::string value;
  std::optional<std::vector<std::string>> events, branches, images;
  std::optional<bool> only_protected;
};
BOOST_DESCRIBE_STRUCT(SecretRequest, (), (value, events, branches, images, only_protected))

struct SecretView {
  std::string name;
  std::int64_t version = 1;  // counts its values
  std::vector<std::string> events, branches, images;
  bool only_protected = false;  // for runs of the repository's protected refs
  std::string created_by;       // the id of the token that stored this value
  std::string created_at, updated_at;
  std::optional<std::string> last_used_at;  // to the minute
};
BOOST_DESCRIBE_STRUCT(SecretView, (),
                      (name, version, events, branches, images, only_protected, created_by, created_at, updated_at,
                       last_used_at))

struct SecretListView {
  std::vector<SecretView> secrets;
  boost::json::value next_cursor;  // null: there is one page
};
BOOST_DESCRIBE_STRUCT(SecretListView, (), (secrets, next_cursor))

struct RotatedView {
  std::int64_t sealed = 0;
  std::vector<std::string> unreadable;  // "repository/name" of those whose key is missing
};
BOOST_DESCRIBE_STRUCT(RotatedView, (), (sealed, unreadable))

}  // namespace open_cicd::api

namespace open_cicd::json {

template <>
struct RulesOf<api::SecretRequest> {
  static constexpr std::array rules{
      Rule{.member = "value", .min = 1, .max = secrets::limits::value_bytes_max, .form = &text_form},
      Rule{.member = "events", .max = secrets::limits::patterns_max, .words = secrets::event_names},
      Rule{.member = "branches",
           .max = secrets::limits::patterns_max,
           .form = &text_form,
           .item_max = secrets::limits::pattern_bytes_max},
      Rule{.member = "images",
           .max = secrets::limits::patterns_max,
           .form = &text_form,
           .item_max = secrets::limits::pattern_bytes_max},
  };
};

}  // namespace open_cicd::json

namespace open_cicd::api {
namespace {

using auth::Permission;
using SecretName = Formed<secrets::name_form, 1, secrets::limits::name_bytes_max>;

constexpr std::size_t secret_body_max = 512 << 10;  // a value whose every byte is escaped

SecretView view_of(secrets::Info info) {
  SecretView view{.name = std::move(info.name),
                  .version = info.version,
                  .events = std::move(info.limits.events),
                  .branches = std::move(info.limits.branches),
                  .images = std::move(info.limits.images),
                  .only_protected = info.limits.only_protected,
                  .created_by = std::move(info.created_by),
                  .created_at = format_rfc3339(info.created_at),
                  .updated_at = format_rfc3339(info.updated_at)};
  if (info.last_used_at) view.last_used_at = format_rfc3339(*info.last_used_at);
  return view;
}

Task<SecretListView> secrets_of(Services& s, std::string scope) {
  SecretListView view;
  for (secrets::Info& info : co_await s.secrets.list(std::move(scope)))
    view.secrets.push_back(view_of(std::move(info)));
  co_return view;
}

using PutAnswer = std::variant<SecretView, Created<SecretView>>;

Task<Result<PutAnswer>> put_in(Services& s, std::string scope, std::string place, std::string name,
                               SecretRequest request, std::string by) {
  auto stored =
      co_await s.secrets.put({.scope = std::move(scope),
                              .name = std::move(name),
                              .value = Secret(std::move(request.value)),
                              .limits = {.events = std::move(request.events).value_or(std::vector<std::string>()),
                                         .branches = std::move(request.branches).value_or(std::vector<std::string>()),
                                         .images = std::move(request.images).value_or(std::vector<std::string>()),
                                         .only_protected = request.only_protected.value_or(false)},
                              .by = std::move(by)});
  if (!stored) co_return std::unexpected(std::move(stored.error()));
  SecretView view = view_of(std::move(*stored));
  if (view.version > 1) co_return view;
  place += "/" + view.name;
  co_return Created<SecretView>{.body = std::move(view), .location = std::move(place)};
}

Task<Result<NoContent>> remove_from(Services& s, std::string scope, std::string name) {
  auto removed = co_await s.secrets.remove(std::move(scope), std::move(name));
  if (!removed) co_return std::unexpected(std::move(removed.error()));
  co_return NoContent{};
}

// Of the server: every repository may use them.

struct ListSecrets {};
BOOST_DESCRIBE_STRUCT(ListSecrets, (), ())

Task<Result<SecretListView>> list_secrets(Services& s, Caller, ListSecrets) {
  co_return co_await secrets_of(s, server_scope);
}

struct PutSecret {
  Path<SecretName> name;
  Body<Json<SecretRequest>> body;
};
BOOST_DESCRIBE_STRUCT(PutSecret, (), (name, body))

Task<Result<PutAnswer>> put_secret(Services& s, Caller caller, PutSecret request) {
  co_return co_await put_in(s, server_scope, "/api/v1/secrets", std::string(request.name->text),
                            std::move(request.body.value.document), caller.who().id);
}

struct RemoveSecret {
  Path<SecretName> name;
};
BOOST_DESCRIBE_STRUCT(RemoveSecret, (), (name))

Task<Result<NoContent>> remove_secret(Services& s, Caller, RemoveSecret request) {
  co_return co_await remove_from(s, server_scope, std::string(request.name->text));
}

struct RotateSecrets {};
BOOST_DESCRIBE_STRUCT(RotateSecrets, (), ())

Task<Result<RotatedView>> rotate_secrets(Services& s, Caller, RotateSecrets) {
  secrets::Rotated rotated = co_await s.secrets.rotate();
  co_return RotatedView{.sealed = rotated.sealed, .unreadable = std::move(rotated.unreadable)};
}

// Of one repository: they hide the server's of the same name.

struct ListRepositorySecrets {
  Path<RepositoryWord> id;
};
BOOST_DESCRIBE_STRUCT(ListRepositorySecrets, (), (id))

Task<Result<SecretListView>> list_repository_secrets(Services& s, Caller, ListRepositorySecrets request) {
  auto scope = co_await scope_of_repository(s, std::string(request.id->text));
  if (!scope) co_return std::unexpected(std::move(scope.error()));
  co_return co_await secrets_of(s, std::move(*scope));
}

struct PutRepositorySecret {
  Path<RepositoryWord> id;
  Path<SecretName> name;
  Body<Json<SecretRequest>> body;
};
BOOST_DESCRIBE_STRUCT(PutRepositorySecret, (), (id, name, body))

Task<Result<PutAnswer>> put_repository_secret(Services& s, Caller caller, PutRepositorySecret request) {
  auto scope = co_await scope_of_repository(s, std::string(request.id->text));
  if (!scope) co_return std::unexpected(std::move(scope.error()));
  std::string place = fmt::format("/api/v1/repositories/{}/secrets", *scope);
  co_return co_await put_in(s, std::move(*scope), std::move(place), std::string(request.name->text),
                            std::move(request.body.value.document), caller.who().id);
}

struct RemoveRepositorySecret {
  Path<RepositoryWord> id;
  Path<SecretName> name;
};
BOOST_DESCRIBE_STRUCT(RemoveRepositorySecret, (), (id, name))

Task<Result<NoContent>> remove_repository_secret(Services& s, Caller, RemoveRepositorySecret request) {
  auto scope = co_await scope_of_repository(s, std::string(request.id->text));
  if (!scope) co_return std::unexpected(std::move(scope.error()));
  co_return co_await remove_from(s, std::move(*scope), std::string(request.name->text));
}

}  // namespace

void add_secret_routes(RouteRows& rows, Services& s) {
  add_route(rows, s, http::Method::get, "/api/v1/secrets", Permission::secret_list, list_secrets,
            {.id = "listSecrets", .summary = "Secrets of the server: names and limits, no values", .tag = "secrets"});
  add_route(rows, s, http::Method::put, "/api/v1/secrets/{name}", Permission::secret_write, put_secret,
            {.id = "putSecret",
             .summary = "Store a secret of the server, or another value of it",
             .tag = "secrets",
             .refusals = {"secret_limit", "secret_changed"},
             .body_max = secret_body_max});
  add_route(rows, s, http::Method::delete_, "/api/v1/secrets/{name}", Permission::secret_write, remove_secret,
            {.id = "removeSecret", .summary = "Remove a secret of the server", .tag = "secrets"});
  add_route(rows, s, http::Method::post, "/api/v1/secret-keys/rotate", Permission::secret_write, rotate_secrets,
            {.id = "rotateSecrets", .summary = "Seal all secrets with the current key", .tag = "secrets"});
  add_route(rows, s, http::Method::get, "/api/v1/repositories/{id}/secrets", Permission::secret_list,
            list_repository_secrets,
            {.id = "listRepositorySecrets",
             .summary = "Secrets of a repository: names and limits, no values",
             .tag = "secrets"});
  add_route(rows, s, http::Method::put, "/api/v1/repositories/{id}/secrets/{name}", Permission::secret_write,
            put_repository_secret,
            {.id = "putRepositorySecret",
             .summary = "Store a secret of a repository, or another value of it",
             .tag = "secrets",
             .refusals = {"secret_limit", "secret_changed"},
             .body_max = secret_body_max});
  add_route(rows, s, http::Method::delete_, "/api/v1/repositories/{id}/secrets/{name}", Permission::secret_write,
            remove_repository_secret,
            {.id = "removeRepositorySecret", .summary = "Remove a secret of a repository", .tag = "secrets"});
}

}  // namespace open_cicd::api
