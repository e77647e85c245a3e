// `sign-in`: a link that signs a browser in once.
#include "base/json.h"
#include "base/text.h"
#include "cli/api.h"
#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/sign_in_link.h"
#include "cli/verbs.h"

#include <CLI/CLI.hpp>

#include <ostream>

namespace open_cicd::cli {
namespace {

struct SignInCode {
  std::string path;
  std::optional<std::string> url;
};
BOOST_DESCRIBE_STRUCT(SignInCode, (), (path, url))

Task<int> print_link(Api& api, const Context& context, bool as_json) {
  const auto answer = co_await make_sign_in_code(api);
  if (!answer) co_return print_error(context, answer.error());
  if (as_json) {
    print_json(context, *answer);
    co_return exit_fine;
  }
  const auto link = link_of(api, *answer);
  if (!link) co_return print_error(context, link.error());
  context.io.out << *link << "\n";
  context.io.err << "Open it in a browser within ten minutes; it works once.\n";
  co_return exit_fine;
}

}  // namespace

Task<Result<boost::json::value>> make_sign_in_code(Api& api) {
  co_return co_await api.call(http::Method::post, "/api/v1/session/codes");
}

Result<std::string> link_of(const Api& api, const boost::json::value& code) {
  const auto read = json::read<SignInCode>(code, json::Unknown::ignore);
  if (!read) return fail(ErrorKind::internal, "bad_response", read.error().message());
  return escape_for_line(read->url ? *read->url : api.server() + read->path);
}

void add_sign_in(CLI::App& root, Context& context) {
  CLI::App* verb = root.add_subcommand("sign-in", "Print a link that signs a browser in, once");
  auto options = std::make_shared<ApiOptions>();
  add_api_options(*verb, *options);
  verb->callback([options, &context] {
    context.action = [options, &context] {
      return with_api(context, *options, [&](Api& api) { return print_link(api, context, options->json); });
    };
  });
}

}  // namespace open_cicd::cli
