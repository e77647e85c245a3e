// What was told of a repository: listed, and worked on once more.
#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/api.h"
#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/repo_view.h"
#include "cli/verbs.h"
#include "http/percent.h"

#include <CLI/CLI.hpp>

namespace open_cicd::cli {
namespace {

struct DeliveriesOptions {
  ApiOptions api;
  std::string repository, delivery;
  int limit = 20;
};

struct ListedDeliveryRun {
  std::int64_t number = 0;
};
BOOST_DESCRIBE_STRUCT(ListedDeliveryRun, (), (number))

struct ListedDelivery {
  std::string id, source, event, ref, state, created_at;
  std::optional<std::string> verdict;
  std::vector<ListedDeliveryRun> runs;
};
BOOST_DESCRIBE_STRUCT(ListedDelivery, (), (id, source, event, ref, state, created_at, verdict, runs))

struct ListedDeliveries {
  std::vector<ListedDelivery> deliveries;
};
BOOST_DESCRIBE_STRUCT(ListedDeliveries, (), (deliveries))

std::string outcome_of(const ListedDelivery& delivery) {
  std::string text;
  for (const ListedDeliveryRun& run : delivery.runs) text += fmt::format("{}#{}", text.empty() ? "" : " ", run.number);
  return text.empty() ? delivery.verdict.value_or("") : text;
}

Task<int> list_deliveries(Api& api, const Context& context, const DeliveriesOptions& options) {
  const auto document = co_await api.call(
      http::Method::get, repo_target(options.repository, fmt::format("/deliveries?limit={}", options.limit)));
  if (!document) co_return print_error(context, document.error());
  if (options.api.json) {
    print_json(context, *document);
    co_return exit_fine;
  }
  const auto listed = json::read<ListedDeliveries>(*document, json::Unknown::ignore);
  if (!listed) co_return print_error(context, Error(ErrorKind::internal, "bad_response", listed.error().message()));
  const std::int64_t now = SystemClock().unix_ms();
  Table table({{"CAME"}, {"BY"}, {"EVENT"}, {"REF", true}, {"STATE"}, {"RUNS, OR WHY NONE", true}, {"ID"}});
  for (const ListedDelivery& delivery : listed->deliveries)
    table.add({age_of(delivery.created_at, now), delivery.source, delivery.event, delivery.ref, delivery.state,
               outcome_of(delivery), delivery.id});
  table.print(context);
  co_return exit_fine;
}

Task<int> redeliver(Api& api, const Context& context, const DeliveriesOptions& options) {
  const auto answer = co_await api.call(
      http::Method::post,
      repo_target(options.repository, fmt::format("/deliveries/{}/redeliver", http::percent_encode(options.delivery))));
  if (!answer) co_return print_error(context, answer.error());
  if (options.api.json)
    print_json(context, *answer);
  else
    context.io.out << "delivered again: `open-cicd repo deliveries " << escape_for_line(options.repository)
                   << "` shows what becomes of it\n";
  co_return exit_fine;
}

}  // namespace

void add_repo_deliveries(CLI::App& parent, Context& context) {
  CLI::App* verb = parent.add_subcommand("deliveries", "List what webhooks, polls and schedules told, newest first");
  auto options = std::make_shared<DeliveriesOptions>();
  add_api_options(*verb, options->api);
  verb->add_option("repository", options->repository, "Its full name or its id")->required();
  verb->add_option("--limit", options->limit, "How many [20]")->check(CLI::Range(1, 200));
  verb->callback([options, &context] {
    context.action = [options, &context] {
      return with_api(context, options->api, [&](Api& api) { return list_deliveries(api, context, *options); });
    };
  });
}

void add_repo_redeliver(CLI::App& parent, Context& context) {
  CLI::App* verb = parent.add_subcommand("redeliver", "Make runs of a delivery once more");
  auto options = std::make_shared<DeliveriesOptions>();
  add_api_options(*verb, options->api);
  verb->add_option("repository", options->repository, "Its full name or its id")->required();
  verb->add_option("delivery", options->delivery, "Its id, as `repo deliveries` shows it")->required();
  verb->callback([options, &context] {
    context.action = [options, &context] {
      return with_api(context, options->api, [&](Api& api) { return redeliver(api, context, *options); });
    };
  });
}

}  // namespace open_cicd::cli
