#include "base/json.h"
#include "base/text.h"
#include "cli/api.h"
#include "cli/exit_code.h"
#include "cli/follow.h"
#include "cli/job_view.h"
#include "cli/output.h"
#include "cli/pick.h"
#include "cli/terminal_text.h"
#include "cli/verbs.h"

#include <CLI/CLI.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

namespace open_cicd::cli {
namespace {

constexpr std::size_t piece_bytes = 256 * 1024;
constexpr std::size_t json_log_bytes_max = 64 << 20;
constexpr std::chrono::milliseconds silence_max{60'000};

struct JobLogsOptions {
  ApiOptions api;
  std::string id;
  std::optional<int> step;
  bool follow = false;
};

// Shows bytes on a terminal: whole characters only, made safe.
class LogPrinter {
 public:
  explicit LogPrinter(const Context& context)
      : context_(context), filter_(context.colours(context.io.out_is_terminal)) {}

  void print(std::string bytes) {
    if (!context_.io.out_is_terminal) {
      context_.io.out << bytes;
      return;
    }
    bytes.insert(0, std::exchange(held_back_, ""));
    const std::size_t whole = utf8_complete_prefix(bytes);
    held_back_ = bytes.substr(whole);
    bytes.resize(whole);
    context_.io.out << filter_.feed(to_valid_utf8(bytes));
  }
  void end() {
    if (!held_back_.empty()) context_.io.out << filter_.feed(to_valid_utf8(held_back_));
    context_.io.out << filter_.reset();
    context_.io.out.flush();
  }

 private:
  const Context& context_;
  TerminalFilter filter_;
  std::string held_back_;
};

std::string log_target(const JobLogsOptions& options) {
  return job_target(options.id, options.step ? fmt::format("/logs?step={}", *options.step) : "/logs");
}

Task<int> print_log(Api& api, const Context& context, const JobLogsOptions& options) {
  auto stream = co_await api.open(log_target(options));
  if (!stream) co_return print_error(context, stream.error());
  LogPrinter printer(context);
  while (true) {
    auto piece = co_await (*stream)->read(piece_bytes, silence_max);
    if (!piece) {
      printer.end();
      co_return print_error(context, piece.error());
    }
    if (piece->empty()) break;
    printer.print(std::move(*piece));
  }
  printer.end();
  co_return exit_fine;
}

Task<int> print_log_json(Api& api, const Context& context, const JobLogsOptions& options) {
  auto stream = co_await api.open(log_target(options));
  if (!stream) co_return print_error(context, stream.error());
  std::string log;
  while (true) {
    auto piece = co_await (*stream)->read(piece_bytes, silence_max);
    if (!piece) co_return print_error(context, piece.error());
    if (piece->empty()) break;
    log += *piece;
    if (log.size() > json_log_bytes_max)
      co_return print_error(context, Error(ErrorKind::too_large, "too_large",
                                           "The log is too large for one JSON document: leave --json out."));
  }
  boost::json::object document;
  document["id"] = options.id;
  if (options.step) document["step"] = *options.step;
  document["log"] = to_valid_utf8(log);
  print_json(context, document);
  co_return exit_fine;
}

// The stream is the job's, whatever step is asked for: one that is not there would be waited for in silence.
Task<Result<void>> find_step(Api& api, const JobLogsOptions& options) {
  if (options.step.value_or(-1) < 0) co_return Result<void>();
  const auto document = co_await api.call(http::Method::get, job_target(options.id));
  if (!document) co_return std::unexpected(document.error());
  const auto job = json::read<JobView>(*document, json::Unknown::ignore);
  if (!job) co_return std::unexpected(job.error());
  const int steps = job->steps ? static_cast<int>(job->steps->size()) : 0;
  if (*options.step < steps) co_return Result<void>();
  co_return fail(
      ErrorKind::not_found, "no_such_step",
      fmt::format("The job has no step {}: its steps are 0 to {}, and -1 is the setup.", *options.step, steps - 1));
}

Task<int> follow_log(Api& api, const Context& context, const JobLogsOptions& options) {
  if (const auto found = co_await find_step(api, options); !found) co_return print_error(context, found.error());
  Follower follower(api, context, {.job_id = options.id, .step = options.step});
  const auto end = co_await follower.run();
  if (!end) co_return print_error(context, end.error());
  co_return end->state.empty() ? exit_cancelled : exit_fine;
}

Task<int> job_logs(Api& api, const Context& context, JobLogsOptions options) {
  auto id = co_await find_job(api, options.id);
  if (!id) co_return print_error(context, id.error());
  options.id = std::move(*id);
  if (options.follow) co_return co_await follow_log(api, context, options);
  if (options.api.json) co_return co_await print_log_json(api, context, options);
  co_return co_await print_log(api, context, options);
}

}  // namespace

void add_job_logs(CLI::App& parent, Context& context) {
  CLI::App* verb = parent.add_subcommand("logs", "Print a job's log: raw bytes into a pipe, made safe on a terminal");
  auto options = std::make_shared<JobLogsOptions>();
  add_api_options(*verb, options->api);
  verb->add_option("id", options->id, "The job's id, or 8 characters or more that it begins or ends with")->required();
  verb->add_option("--step", options->step, "Only this step, from 0; -1 is the setup")
      ->check(CLI::Range(-1, 1'000'000));
  CLI::Option* follow =
      verb->add_flag("--follow", options->follow, "Go on until the job ends; Ctrl-C leaves and does not cancel it");
  follow->excludes(verb->get_option("--json"));
  verb->callback([options, &context] {
    context.action = [options, &context] {
      return with_api(context, options->api, [&](Api& api) { return job_logs(api, context, *options); });
    };
  });
}

}  // namespace open_cicd::cli
