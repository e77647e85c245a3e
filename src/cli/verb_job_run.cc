#include "base/id.h"
#include "cli/api.h"
#include "cli/exit_code.h"
#include "cli/follow.h"
#include "cli/output.h"
#include "cli/verbs.h"
#include "pipelines/limits.h"

#include <CLI/CLI.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>

namespace open_cicd::cli {
namespace {

constexpr int submit_tries = 4;

struct JobRunOptions {
  ApiOptions api;
  std::string file;
  std::string format;
  bool follow = false;
};

struct JobFile {
  std::string text;
  std::string_view content_type;
};

std::string shown_name(const JobRunOptions& options) {
  return options.file == "-" ? "standard input" : options.file;
}

Result<JobFile> read_job_file(const JobRunOptions& options) {
  constexpr std::size_t max = pipelines::limits::text_bytes_max;
  std::string text(max + 1, '\0');
  std::ifstream file;
  if (options.file != "-") file.open(options.file, std::ios::binary);
  std::istream& in = options.file == "-" ? std::cin : file;
  if (in) in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!in && !in.eof())
    return fail(ErrorKind::not_found, "no_file",
                fmt::format("The job file {} cannot be read: {}.", options.file, std::strerror(errno)));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > max)
    return fail(ErrorKind::too_large, "too_large",
                fmt::format("The job file {} is larger than {} bytes.", options.file, max));
  if (text.find_first_not_of(" \t\r\n") == std::string::npos)
    return fail(ErrorKind::invalid, "empty_file",
                fmt::format("{} is empty: a job needs at least \"steps: [{{run: …}}]\".", shown_name(options)));
  const bool is_json = options.format.empty() ? options.file.ends_with(".json") : options.format == "json";
  return JobFile{std::move(text), is_json ? "application/json" : "application/yaml"};
}

// The same key makes a repeat after a lost answer find the job that the first try made.
Task<Result<boost::json::value>> submit(Api& api, JobFile file) {
  const Headers headers = {{"Idempotency-Key", format_uuid(make_uuid_v4())}};
  for (int i = 1;; ++i) {
    auto answer = co_await api.call(http::Method::post, "/api/v1/jobs", file.text, file.content_type, headers);
    if (answer || answer.error().code() == "too_many_streams" || answer.error().kind() != ErrorKind::unavailable ||
        i == submit_tries)
      co_return answer;
    asio::steady_timer timer(co_await asio::this_coro::executor, std::chrono::milliseconds(100) * i * i);
    co_await timer.async_wait(asio::use_awaitable);
  }
}

std::string member(const boost::json::value& document, std::string_view name) {
  const boost::json::object* object = document.if_object();
  const boost::json::value* value = object == nullptr ? nullptr : object->if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

Task<int> follow_job(Api& api, const Context& context, const JobRunOptions& options, std::string id) {
  Follower follower(
      api, context,
      {.job_id = id, .log = !options.api.json, .cancel_on_interrupt = true, .retry_first_connection = true});
  const auto end = co_await follower.run();
  if (!end) co_return print_error(context, end.error());
  if (end->state.empty()) co_return exit_cancelled;
  if (options.api.json) {
    const auto job = co_await api.call(http::Method::get, job_target(id));
    if (!job) co_return print_error(context, job.error());
    print_json(context, *job);
  }
  co_return exit_code_of_job(end->state, end->exit_code);
}

Task<int> run_job(Api& api, const Context& context, const JobRunOptions& options) {
  auto file = read_job_file(options);
  if (!file) co_return print_error(context, file.error());
  const auto submitted = co_await submit(api, std::move(*file));
  if (!submitted) co_return print_error(context, submitted.error(), shown_name(options));
  const std::string id = member(*submitted, "id");
  if (id.empty())
    co_return print_error(context, Error(ErrorKind::internal, "bad_response", "The server's answer holds no id."));
  if (!options.follow) {
    if (options.api.json)
      print_json(context, *submitted);
    else
      context.io.out << id << " " << member(*submitted, "state") << "\n";
    co_return exit_fine;
  }
  context.io.err << paint("» job " + id, Colour::dim, context.colours(context.io.err_is_terminal)) << "\n";
  co_return co_await follow_job(api, context, options, id);
}

}  // namespace

void add_job_run(CLI::App& parent, Context& context) {
  CLI::App* verb = parent.add_subcommand("run", "Submit a job; with --follow, print its log and exit with its code");
  auto options = std::make_shared<JobRunOptions>();
  add_api_options(*verb, options->api);
  verb->add_option("-f,--file,file", options->file, "The job file; - is standard input")->required();
  verb->add_option("--format", options->format, "What the file is, whatever its name")
      ->check(CLI::IsMember({"yaml", "json"}));
  verb->add_flag("--follow", options->follow,
                 "Print the log until the job ends. Ctrl-C cancels the job, twice leaves at once");
  verb->callback([options, &context] {
    context.action = [options, &context] {
      return with_api(context, options->api, [&](Api& api) { return run_job(api, context, *options); });
    };
  });
}

}  // namespace open_cicd::cli
