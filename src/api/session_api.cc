// Browsers sign in with a token, or with the one-time code of a link, and have a session from then on.
#include "api/routes.h"
#include "base/clock.h"

#include <algorithm>

namespace open_cicd::api {

struct SignInRequest {
  std::optional<std::string> token, code;
};
BOOST_DESCRIBE_STRUCT(SignInRequest, (), (token, code))

struct SessionView {
  std::string id, name;  // of the token that it was opened with
  std::string kind;
  std::vector<std::string> permissions;
  std::optional<std::string> expires_at;  // absent for a token itself
};
BOOST_DESCRIBE_STRUCT(SessionView, (), (id, name, kind, permissions, expires_at))

struct SignInCodeView {
  std::string code;
  std::string path;                // below the server's address
  std::optional<std::string> url;  // the whole link, where the server has a public URL
  std::string expires_at;
};
BOOST_DESCRIBE_STRUCT(SignInCodeView, (), (code, path, url, expires_at))

}  // namespace open_cicd::api

namespace open_cicd::json {

template <>
struct RulesOf<api::SignInRequest> {
  static constexpr std::array rules{Rule{.member = "token", .min = 1, .max = 200},
                                    Rule{.member = "code", .min = 1, .max = 200}};
};

}  // namespace open_cicd::json

namespace open_cicd::api {
namespace {

using auth::Permission;

constexpr std::size_t sign_in_body_max = 4096;

struct CookieSet {
  static void add(bj::object& operation) {
    add_answer(operation, 204, "signed in");
    add_answer_header(operation, 204, "Set-Cookie", "the session, for this server's pages alone");
  }
};
struct CookieRemoved {
  static void add(bj::object& operation) {
    add_answer(operation, 204, "signed out");
    add_answer_header(operation, 204, "Set-Cookie", "removes the session's cookie");
  }
};

struct SignIn {
  Body<Json<SignInRequest>> body;
};
BOOST_DESCRIBE_STRUCT(SignIn, (), (body))

std::unexpected<Error> may_not_sign_in(std::string_view kind) {
  return fail(ErrorKind::forbidden, "wrong_token_kind",
              fmt::format("A token of kind {} signs nobody in: take the administrator's.", kind));
}

// The id of the token that stands behind what was sent.
Task<Result<std::string>> holder_of(Services& s, SignInRequest request) {
  if (request.code) {
    const auto used = co_await s.auth.sessions().use_code(std::move(*request.code));
    if (!used) co_return std::unexpected(used.error());
    co_return used->token_id;
  }
  const auto who = co_await s.auth.identify({.secret = std::move(*request.token)});
  if (!who) co_return std::unexpected(who.error());
  if (!(*who)->may(Permission::session_use)) co_return may_not_sign_in(name_of((*who)->kind));
  co_return (*who)->id;
}

Task<Result<Raw<CookieSet>>> sign_in(Services& s, Caller caller, SignIn request) {
  const auth::Browsers& browsers = s.auth.browsers();
  if (Result<void> own = browsers.check_sign_in(caller.request()); !own) co_return std::unexpected(own.error());
  SignInRequest& body = request.body.value.document;
  if (body.token.has_value() == body.code.has_value())
    co_return invalid_fields({{"token", "is required, or code in its place"}});
  if (!s.sign_in_failures.admit(caller.address()))
    co_return std::unexpected(Error(ErrorKind::too_many, "too_many_sign_ins",
                                    "Too many sign-ins from this address failed. Try again in a minute.")
                                  .with_retry_after(std::chrono::seconds(60)));
  Result<std::string> token_id = co_await holder_of(s, std::move(body));
  if (!token_id) co_return std::unexpected(std::move(token_id.error()));
  s.sign_in_failures.give_back(caller.address());
  // What was signed in here before is over: whoever knew that session is not signed in with the new one's rights.
  if (const auto before = browsers.session_of(caller.request())) co_await s.auth.sessions().close(*before);
  const auth::Sessions::Opened opened = co_await s.auth.sessions().open(std::move(*token_id));
  http::Response response = http::Response::empty(204);
  const Milliseconds age = s.auth.sessions().age();
  response.headers.emplace_back("Set-Cookie", browsers.set_cookie(caller.request(), opened.value.reveal(), age));
  co_return Raw<CookieSet>{std::move(response)};
}

struct OfSession {};
BOOST_DESCRIBE_STRUCT(OfSession, (), ())

Task<Result<SessionView>> show_session(Services&, Caller caller, OfSession) {
  const auth::Principal& who = caller.who();
  SessionView view{
      .id = who.id, .name = who.label, .kind = std::string(name_of(who.kind)), .permissions = {}, .expires_at = {}};
  for (int i = 0; i < auth::permission_count; ++i)
    if (const auto permission = static_cast<Permission>(i); who.may(permission))
      view.permissions.emplace_back(name_of(permission));
  if (who.session_expires_at) view.expires_at = format_rfc3339(*who.session_expires_at);
  co_return view;
}

Task<Result<Raw<CookieRemoved>>> sign_out(Services& s, Caller caller, OfSession) {
  const auth::Browsers& browsers = s.auth.browsers();
  if (const auto session = browsers.session_of(caller.request())) {
    co_await s.auth.sessions().close(*session);
    s.auth.forget_cached();
  }
  http::Response response = http::Response::empty(204);
  response.headers.emplace_back("Set-Cookie", browsers.remove_cookie(caller.request()));
  co_return Raw<CookieRemoved>{std::move(response)};
}

Task<Result<Created<SignInCodeView>>> make_code(Services& s, Caller caller, OfSession) {
  const auto made = co_await s.auth.sessions().make_code(caller.who().id);
  if (!made) co_return std::unexpected(made.error());
  SignInCodeView view{
      .code = made->value.reveal(), .path = {}, .url = {}, .expires_at = format_rfc3339(made->expires_at)};
  view.path = "/sign-in#code=" + view.code;
  if (const std::string& url = s.auth.browsers().public_url(); !url.empty()) view.url = url + view.path;
  co_return Created<SignInCodeView>{std::move(view), "/api/v1/session"};
}

}  // namespace

void add_session_routes(RouteRows& rows, Services& s) {
  using http::Method;
  constexpr std::string_view path = "/api/v1/session";
  add_route(rows, s, Method::post, path, auth::AccessRule::open(), sign_in,
            {.id = "signIn",
             .summary = "Sign a browser in, with a token or the one-time code of a link: the answer sets its cookie",
             .tag = "sessions",
             .refusals = {"unauthenticated", "wrong_token_kind", "foreign_origin", "too_many_sign_ins",
                          "database_unavailable"},
             .body_max = sign_in_body_max});
  add_route(rows, s, Method::get, path, Permission::session_use, show_session,
            {.id = "showSession", .summary = "Who is signed in, and what that one may do", .tag = "sessions"});
  add_route(rows, s, Method::delete_, path, Permission::session_use, sign_out,
            {.id = "signOut", .summary = "End the session of the cookie", .tag = "sessions"});
  add_route(rows, s, Method::post, "/api/v1/session/codes", Permission::session_use, make_code,
            {.id = "makeSignInCode",
             .summary = "Make a link that signs a browser in once, within ten minutes",
             .tag = "sessions",
             .refusals = {"too_many_codes"}});
}

}  // namespace open_cicd::api
