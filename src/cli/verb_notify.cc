// The verbs of notifications: add, list, remove, test.
#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/api.h"
#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/verbs.h"
#include "http/percent.h"

#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/ranges.h>

#include <ostream>

namespace open_cicd::cli {
namespace {

constexpr const char* scope_help = "The repository's full name or id; without it, those of the server";

struct NotifyOptions {
  ApiOptions api;
  std::string repository, id, on;
  std::string webhook;
  std::vector<std::string> addresses, branches, events;
};

struct ListedNotification {
  std::string id, kind, on;
  std::optional<std::string> url, last_error, last_sent_at, secret;
  std::vector<std::string> addresses, branches, events;
  std::int64_t waiting = 0;
};
BOOST_DESCRIBE_STRUCT(ListedNotification, (),
                      (id, kind, on, url, last_error, last_sent_at, secret, addresses, branches, events, waiting))

struct ListedNotifications {
  std::vector<ListedNotification> notifications;
};
BOOST_DESCRIBE_STRUCT(ListedNotifications, (), (notifications))

struct TestedNotification {
  bool taken = false;
  std::string answer;
};
BOOST_DESCRIBE_STRUCT(TestedNotification, (), (taken, answer))

// "/api/v1/notifications/ID/test", or below a repository.
std::string notify_target(const NotifyOptions& options, std::string_view rest = "") {
  std::string target = "/api/v1";
  if (!options.repository.empty()) target += "/repositories/" + http::percent_encode(options.repository);
  target += "/notifications";
  if (!options.id.empty()) target += "/" + http::percent_encode(options.id);
  return target + std::string(rest);
}

std::string any_pattern_or(const std::vector<std::string>& list) {
  return list.empty() ? "any" : fmt::format("{}", fmt::join(list, " "));
}

std::string to_whom(const ListedNotification& one) {
  return one.url ? *one.url : fmt::format("{}", fmt::join(one.addresses, " "));
}

int wrong_answer(const Context& context, const Error& error) {
  return print_error(context, Error(ErrorKind::internal, "bad_response", error.message()));
}

boost::json::array json_list(const std::vector<std::string>& list) {
  return boost::json::array(list.begin(), list.end());
}

Task<int> add_target(Api& api, const Context& context, const NotifyOptions& options) {
  boost::json::object body{{"kind", options.webhook.empty() ? "email" : "webhook"}};
  if (!options.webhook.empty()) body["url"] = options.webhook;
  if (!options.addresses.empty()) body["addresses"] = json_list(options.addresses);
  if (!options.branches.empty()) body["branches"] = json_list(options.branches);
  if (!options.events.empty()) body["events"] = json_list(options.events);
  if (!options.on.empty()) body["on"] = options.on;
  const auto answer = co_await api.call(http::Method::post, notify_target(options), json::serialize(body));
  if (!answer) co_return print_error(context, answer.error());
  if (options.api.json) {
    print_json(context, *answer);
    co_return exit_fine;
  }
  const auto added = json::read<ListedNotification>(*answer, json::Unknown::ignore);
  if (!added) co_return wrong_answer(context, added.error());
  context.io.out << fmt::format("{} is told from now on; id {}\n", escape_for_line(to_whom(*added)), added->id);
  if (added->secret)
    context.io.out << "secret " << *added->secret
                   << "\nIts messages are signed with this secret, which is not shown again.\n";
  co_return exit_fine;
}

Task<int> list_targets(Api& api, const Context& context, const NotifyOptions& options) {
  const auto document = co_await api.call(http::Method::get, notify_target(options));
  if (!document) co_return print_error(context, document.error());
  if (options.api.json) {
    print_json(context, *document);
    co_return exit_fine;
  }
  const auto listed = json::read<ListedNotifications>(*document, json::Unknown::ignore);
  if (!listed) co_return wrong_answer(context, listed.error());
  const std::int64_t now = SystemClock().unix_ms();
  Table table(
      {{"ID"}, {"TO", true}, {"ON"}, {"BRANCHES", true}, {"EVENTS", true}, {"WAITING"}, {"SENT"}, {"ERROR", true}});
  for (const ListedNotification& one : listed->notifications)
    table.add({one.id, to_whom(one), one.on, any_pattern_or(one.branches), any_pattern_or(one.events),
               std::to_string(one.waiting), one.last_sent_at ? age_of(*one.last_sent_at, now) : "never",
               one.last_error.value_or("")});
  table.print(context);
  co_return exit_fine;
}

Task<int> remove_target(Api& api, const Context& context, const NotifyOptions& options) {
  const auto answer = co_await api.call(http::Method::delete_, notify_target(options));
  if (!answer) co_return print_error(context, answer.error());
  if (options.api.json)
    print_json(context, boost::json::object{{"id", options.id}, {"state", "removed"}});
  else
    context.io.out << escape_for_line(options.id) << " removed\n";
  co_return exit_fine;
}

Task<int> test_target(Api& api, const Context& context, const NotifyOptions& options) {
  const auto answer = co_await api.call(http::Method::post, notify_target(options, "/test"));
  if (!answer) co_return print_error(context, answer.error());
  const auto tested = json::read<TestedNotification>(*answer, json::Unknown::ignore);
  if (!tested) co_return wrong_answer(context, tested.error());
  if (options.api.json)
    print_json(context, *answer);
  else
    context.io.out << (tested->taken ? "taken: " : "not taken: ") << escape_for_line(tested->answer) << "\n";
  co_return tested->taken ? exit_fine : exit_failed;
}

using NotifyVerb = Task<int> (*)(Api&, const Context&, const NotifyOptions&);

std::pair<CLI::App*, std::shared_ptr<NotifyOptions>> make_notify_verb(CLI::App& parent, Context& context,
                                                                      const char* name, const char* about,
                                                                      NotifyVerb run) {
  CLI::App* verb = parent.add_subcommand(name, about);
  auto options = std::make_shared<NotifyOptions>();
  add_api_options(*verb, options->api);
  verb->add_option("--repository", options->repository, scope_help);
  verb->callback([options, &context, run] {
    context.action = [options, &context, run] {
      return with_api(context, options->api, [&](Api& api) { return run(api, context, *options); });
    };
  });
  return {verb, options};
}

}  // namespace

void add_notify_add(CLI::App& parent, Context& context) {
  const auto [verb, options] =
      make_notify_verb(parent, context, "add", "Send a webhook or e-mail when a run has ended", add_target);
  CLI::Option* webhook = verb->add_option("--webhook", options->webhook, "Address that takes a POST of JSON, signed");
  CLI::Option* email = verb->add_option("--email", options->addresses, "Address of somebody; may be given again")
                           ->expected(1)
                           ->take_all();
  webhook->excludes(email);
  verb->add_option("--on", options->on, "Of which ends: change is when it is not as the one before [always]")
      ->check(CLI::IsMember({"always", "failure", "change"}));
  verb->add_option("--branch", options->branches, "Pattern of branches, ! before one negates; may be given again [any]")
      ->expected(1)
      ->take_all();
  verb->add_option("--event", options->events, "What made the run; may be given again [any]")
      ->expected(1)
      ->take_all()
      ->check(CLI::IsMember({"api", "manual", "pull_request", "push", "schedule", "tag"}));
}

void add_notify_list(CLI::App& parent, Context& context) {
  make_notify_verb(parent, context, "list", "List who is told, and how that went", list_targets);
}

void add_notify_remove(CLI::App& parent, Context& context) {
  const auto [verb, options] =
      make_notify_verb(parent, context, "remove", "Tell them no more; what waits is not sent", remove_target);
  verb->add_option("id", options->id, "Its id, from the list")->required();
}

void add_notify_test(CLI::App& parent, Context& context) {
  const auto [verb, options] =
      make_notify_verb(parent, context, "test", "Send a message now, and show what came", test_target);
  verb->add_option("id", options->id, "Its id, from the list")->required();
}

}  // namespace open_cicd::cli
