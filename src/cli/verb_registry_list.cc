#include "base/clock.h"
#include "base/json.h"
#include "cli/api.h"
#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/secret_target.h"
#include "cli/verbs.h"

#include <CLI/CLI.hpp>

namespace open_cicd::cli {
namespace {

struct RegistryListOptions {
  ApiOptions api;
  std::string repository;
};

struct ListedRegistry {
  std::string host;
  std::optional<std::string> username;
  std::string updated_at;
};
BOOST_DESCRIBE_STRUCT(ListedRegistry, (), (host, username, updated_at))

struct ListedRegistries {
  std::vector<ListedRegistry> registries;
};
BOOST_DESCRIBE_STRUCT(ListedRegistries, (), (registries))

Task<int> list_registries(Api& api, const Context& context, const RegistryListOptions& options) {
  const auto document = co_await api.call(http::Method::get, registry_target(options.repository));
  if (!document) co_return print_error(context, document.error());
  if (options.api.json) {
    print_json(context, *document);
    co_return exit_fine;
  }
  const auto listed = json::read<ListedRegistries>(*document, json::Unknown::ignore);
  if (!listed) co_return print_error(context, Error(ErrorKind::internal, "bad_response", listed.error().message()));
  const std::int64_t now = SystemClock().unix_ms();
  Table table({{"REGISTRY", true}, {"USER", true}, {"CHANGED"}});
  for (const ListedRegistry& registry : listed->registries)
    table.add({registry.host, registry.username.value_or("(cannot be opened)"), age_of(registry.updated_at, now)});
  table.print(context);
  co_return exit_fine;
}

}  // namespace

void add_registry_list(CLI::App& parent, Context& context) {
  CLI::App* verb = parent.add_subcommand("list", "List the registries that images are pulled from with a login");
  auto options = std::make_shared<RegistryListOptions>();
  add_api_options(*verb, options->api);
  verb->add_option("--repository", options->repository, "The repository's id or name; without it, those of the server");
  verb->callback([options, &context] {
    context.action = [options, &context] {
      return with_api(context, options->api, [&](Api& api) { return list_registries(api, context, *options); });
    };
  });
}

}  // namespace open_cicd::cli
