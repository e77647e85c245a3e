#include "base/clock.h"
#include "base/json.h"
#include "cli/api.h"
#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/secret_target.h"
#include "cli/verbs.h"

#include <CLI/CLI.hpp>
#include <fmt/ranges.h>

namespace open_cicd::cli {
namespace {

struct SecretListOptions {
  ApiOptions api;
  std::string repository;
};

struct ListedSecret {
  std::string name;
  std::int64_t version = 0;
  std::vector<std::string> events, branches, images;
  std::optional<bool> only_protected;
  std::string updated_at;
  std::optional<std::string> last_used_at;
};
BOOST_DESCRIBE_STRUCT(ListedSecret, (),
                      (name, version, events, branches, images, only_protected, updated_at, last_used_at))

struct ListedSecrets {
  std::vector<ListedSecret> secrets;
};
BOOST_DESCRIBE_STRUCT(ListedSecrets, (), (secrets))

std::string any_or(const std::vector<std::string>& list) {
  return list.empty() ? "any" : fmt::format("{}", fmt::join(list, " "));
}

std::string branches_of(const ListedSecret& secret) {
  if (!secret.only_protected.value_or(false)) return any_or(secret.branches);
  return secret.branches.empty() ? "protected" : "protected, of " + any_or(secret.branches);
}

Task<int> list_secrets(Api& api, const Context& context, const SecretListOptions& options) {
  const auto document = co_await api.call(http::Method::get, secret_target(options.repository));
  if (!document) co_return print_error(context, document.error());
  if (options.api.json) {
    print_json(context, *document);
    co_return exit_fine;
  }
  const auto listed = json::read<ListedSecrets>(*document, json::Unknown::ignore);
  if (!listed) co_return print_error(context, Error(ErrorKind::internal, "bad_response", listed.error().message()));
  const std::int64_t now = SystemClock().unix_ms();
  Table table({{"NAME", true}, {"EVENTS", true}, {"BRANCHES", true}, {"IMAGES", true}, {"CHANGED"}, {"USED"}});
  for (const ListedSecret& secret : listed->secrets)
    table.add({secret.name, any_or(secret.events), branches_of(secret), any_or(secret.images),
               age_of(secret.updated_at, now), secret.last_used_at ? age_of(*secret.last_used_at, now) : "never"});
  table.print(context);
  co_return exit_fine;
}

}  // namespace

void add_secret_list(CLI::App& parent, Context& context) {
  CLI::App* verb = parent.add_subcommand("list", "List secrets: what they are limited to, and when they were used");
  auto options = std::make_shared<SecretListOptions>();
  add_api_options(*verb, options->api);
  verb->add_option("--repository", options->repository, "The repository's id; without it, those of the server");
  verb->callback([options, &context] {
    context.action = [options, &context] {
      return with_api(context, options->api, [&](Api& api) { return list_secrets(api, context, *options); });
    };
  });
}

}  // namespace open_cicd::cli
