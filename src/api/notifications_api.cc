// Notifications of the server and of its repositories: added, listed, removed and tried. A webhook's secret is shown in
// the answer that adds it, and never again.
#include "api/routes.h"
#include "api/shapes.h"
#include "base/clock.h"
#include "notifications/limits.h"

namespace open_cicd::api {

template <>
inline constexpr std::string_view id_word<NotificationId> = "notification";

struct NotificationRequest {
  std::string kind;
  std::optional<std::string> url;
  std::optional<std::vector<std::string>> addresses, branches, events;
  std::optional<std::string> on;  // always
};
BOOST_DESCRIBE_STRUCT(NotificationRequest, (), (kind, url, addresses, branches, events, on))

struct NotificationView {
  std::string id;
  std::int64_t version = 1;
  std::string kind;
  std::optional<std::string> url;
  std::vector<std::string> addresses, branches, events;
  std::string on;
  std::int64_t waiting = 0;  // messages that were not sent yet
  std::optional<std::string> last_error, last_sent_at;
  std::string created_by, created_at;
  std::optional<std::string> secret;  // of a webhook, in the answer that adds it
};
BOOST_DESCRIBE_STRUCT(NotificationView, (),
                      (id, version, kind, url, addresses, branches, events, on, waiting, last_error, last_sent_at,
                       created_by, created_at, secret))

struct NotificationListView {
  std::vector<NotificationView> notifications;
  boost::json::value next_cursor;  // null: there is one page
};
BOOST_DESCRIBE_STRUCT(NotificationListView, (), (notifications, next_cursor))

struct NotificationTestView {
  bool taken = false;
  std::string answer;  // what the receiver said, or why it said nothing
};
BOOST_DESCRIBE_STRUCT(NotificationTestView, (), (taken, answer))

}  // namespace open_cicd::api

namespace open_cicd::json {

template <>
struct RulesOf<api::NotificationRequest> {
  static constexpr std::array rules{
      Rule{.member = "kind", .words = notifications::kind_words},
      Rule{.member = "url", .min = 1, .max = notifications::limits::url_bytes_max, .form = &line_form},
      Rule{.member = "addresses",
           .min = 1,
           .max = notifications::limits::addresses_max,
           .form = &line_form,
           .item_max = notifications::limits::address_bytes_max},
      Rule{.member = "branches",
           .max = notifications::limits::patterns_max,
           .form = &text_form,
           .item_max = notifications::limits::pattern_bytes_max},
      Rule{.member = "events", .max = notifications::event_words.size(), .words = notifications::event_words},
      Rule{.member = "on", .words = notifications::on_words},
  };
};

}  // namespace open_cicd::json

namespace open_cicd::api {
namespace {

using auth::Permission;

constexpr std::size_t notification_body_max = 512 << 10;
const std::string server_notifications;

Task<Result<std::string>> notifications_scope(Services& s, std::string repository) {
  const auto found = co_await s.repositories.find(std::move(repository));
  if (!found) co_return std::unexpected(found.error());
  co_return found->id.str();
}

NotificationView notification_view(const notifications::Target& target) {
  NotificationView view{.id = target.id.str(),
                        .version = target.version,
                        .kind = target.kind,
                        .addresses = target.addresses,
                        .branches = target.branches,
                        .events = target.events,
                        .on = target.told_on,
                        .last_error = target.last_error,
                        .created_by = target.created_by,
                        .created_at = format_rfc3339(target.created_at)};
  if (target.kind == "webhook") view.url = target.url;
  if (target.last_sent_at) view.last_sent_at = format_rfc3339(*target.last_sent_at);
  return view;
}

Task<NotificationListView> notifications_of(Services& s, std::string scope) {
  NotificationListView view;
  for (const repositories::ListedTarget& listed : co_await s.notifier.list(std::move(scope)))
    view.notifications.emplace_back(notification_view(listed.target)).waiting = listed.waiting;
  co_return view;
}

Task<Result<Created<NotificationView>>> add_to(Services& s, std::string scope, std::string place,
                                               NotificationRequest request, std::string by) {
  using List = std::vector<std::string>;
  notifications::Target wanted{.repository_id = std::move(scope),
                               .kind = std::move(request.kind),
                               .url = std::move(request.url).value_or(""),
                               .addresses = std::move(request.addresses).value_or(List()),
                               .branches = std::move(request.branches).value_or(List()),
                               .events = std::move(request.events).value_or(List()),
                               .told_on = std::move(request.on).value_or("always"),
                               .created_by = std::move(by)};
  auto added = co_await s.notifier.add(std::move(wanted));
  if (!added) co_return std::unexpected(std::move(added.error()));
  NotificationView view = notification_view(added->target);
  if (added->secret) view.secret = added->secret->reveal();
  place += "/" + view.id;
  co_return Created<NotificationView>{.body = std::move(view), .location = std::move(place)};
}

Task<Result<NoContent>> remove_from_scope(Services& s, std::string scope, NotificationId id) {
  const auto removed = co_await s.notifier.remove(std::move(scope), id);
  if (!removed) co_return std::unexpected(removed.error());
  co_return NoContent{};
}

Task<Result<NotificationTestView>> test_in(Services& s, std::string scope, NotificationId id) {
  auto tested = co_await s.notifier.test(std::move(scope), id);
  if (!tested) co_return std::unexpected(std::move(tested.error()));
  co_return NotificationTestView{.taken = tested->is_taken, .answer = std::move(tested->answer)};
}

// Of the server: they hear of every repository.

struct ListNotifications {};
BOOST_DESCRIBE_STRUCT(ListNotifications, (), ())

Task<Result<NotificationListView>> list_notifications(Services& s, Caller, ListNotifications) {
  co_return co_await notifications_of(s, server_notifications);
}

struct AddNotification {
  Body<Json<NotificationRequest>> body;
};
BOOST_DESCRIBE_STRUCT(AddNotification, (), (body))

Task<Result<Created<NotificationView>>> add_notification(Services& s, Caller caller, AddNotification request) {
  co_return co_await add_to(s, server_notifications, "/api/v1/notifications", std::move(request.body.value.document),
                            caller.who().id);
}

struct OneNotification {
  Path<NotificationId> notification;
};
BOOST_DESCRIBE_STRUCT(OneNotification, (), (notification))

Task<Result<NoContent>> remove_notification(Services& s, Caller, OneNotification request) {
  co_return co_await remove_from_scope(s, server_notifications, *request.notification);
}

Task<Result<NotificationTestView>> test_notification(Services& s, Caller, OneNotification request) {
  co_return co_await test_in(s, server_notifications, *request.notification);
}

// Of one repository.

struct ListRepositoryNotifications {
  Path<RepositoryWord> id;
};
BOOST_DESCRIBE_STRUCT(ListRepositoryNotifications, (), (id))

Task<Result<NotificationListView>> list_repository_notifications(Services& s, Caller,
                                                                 ListRepositoryNotifications request) {
  auto scope = co_await notifications_scope(s, std::string(request.id->text));
  if (!scope) co_return std::unexpected(std::move(scope.error()));
  co_return co_await notifications_of(s, std::move(*scope));
}

struct AddRepositoryNotification {
  Path<RepositoryWord> id;
  Body<Json<NotificationRequest>> body;
};
BOOST_DESCRIBE_STRUCT(AddRepositoryNotification, (), (id, body))

Task<Result<Created<NotificationView>>> add_repository_notification(Services& s, Caller caller,
                                                                    AddRepositoryNotification request) {
  auto scope = co_await notifications_scope(s, std::string(request.id->text));
  if (!scope) co_return std::unexpected(std::move(scope.error()));
  std::string place = fmt::format("/api/v1/repositories/{}/notifications", *scope);
  co_return co_await add_to(s, std::move(*scope), std::move(place), std::move(request.body.value.document),
                            caller.who().id);
}

struct OneRepositoryNotification {
  Path<RepositoryWord> id;
  Path<NotificationId> notification;
};
BOOST_DESCRIBE_STRUCT(OneRepositoryNotification, (), (id, notification))

Task<Result<NoContent>> remove_repository_notification(Services& s, Caller, OneRepositoryNotification request) {
  auto scope = co_await notifications_scope(s, std::string(request.id->text));
  if (!scope) co_return std::unexpected(std::move(scope.error()));
  co_return co_await remove_from_scope(s, std::move(*scope), *request.notification);
}

Task<Result<NotificationTestView>> test_repository_notification(Services& s, Caller,
                                                                OneRepositoryNotification request) {
  auto scope = co_await notifications_scope(s, std::string(request.id->text));
  if (!scope) co_return std::unexpected(std::move(scope.error()));
  co_return co_await test_in(s, std::move(*scope), *request.notification);
}

}  // namespace

void add_notification_routes(RouteRows& rows, Services& s) {
  using http::Method;
  add_route(
      rows, s, Method::get, "/api/v1/notifications", Permission::repository_read, list_notifications,
      {.id = "listNotifications", .summary = "Who is told when runs end, of any repository", .tag = "notifications"});
  add_route(rows, s, Method::post, "/api/v1/notifications", Permission::repository_write, add_notification,
            {.id = "addNotification",
             .summary = "Tell somebody when runs end, of any repository; a webhook's secret is shown once",
             .tag = "notifications",
             .refusals = {"notification_limit"},
             .body_max = notification_body_max});
  add_route(
      rows, s, Method::delete_, "/api/v1/notifications/{notification}", Permission::repository_write,
      remove_notification,
      {.id = "removeNotification", .summary = "Tell them no more; what waits is not sent", .tag = "notifications"});
  add_route(rows, s, Method::post, "/api/v1/notifications/{notification}/test", Permission::repository_write,
            test_notification,
            {.id = "testNotification",
             .summary = "Send a message now that is a test, and say what came",
             .tag = "notifications"});
  add_route(rows, s, Method::get, "/api/v1/repositories/{id}/notifications", Permission::repository_read,
            list_repository_notifications,
            {.id = "listRepositoryNotifications",
             .summary = "Who is told when runs of a repository end",
             .tag = "notifications"});
  add_route(rows, s, Method::post, "/api/v1/repositories/{id}/notifications", Permission::repository_write,
            add_repository_notification,
            {.id = "addRepositoryNotification",
             .summary = "Tell somebody when runs of a repository end; a webhook's secret is shown once",
             .tag = "notifications",
             .refusals = {"notification_limit"},
             .body_max = notification_body_max});
  add_route(rows, s, Method::delete_, "/api/v1/repositories/{id}/notifications/{notification}",
            Permission::repository_write, remove_repository_notification,
            {.id = "removeRepositoryNotification",
             .summary = "Tell them of a repository no more; what waits is not sent",
             .tag = "notifications"});
  add_route(rows, s, Method::post, "/api/v1/repositories/{id}/notifications/{notification}/test",
            Permission::repository_write, test_repository_notification,
            {.id = "testRepositoryNotification",
             .summary = "Send a message of a repository now that is a test, and say what came",
             .tag = "notifications"});
}

}  // namespace open_cicd::api
