// `storage`: what takes the space of a server, as du and df would say it.
#include "cli/verb_storage.h"

#include "base/json.h"
#include "cli/api.h"
#include "cli/exit_code.h"
#include "cli/output.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <ostream>

namespace open_cicd::cli {
namespace {

struct StoredView {
  std::int64_t count = 0, bytes = 0, due_count = 0, due_bytes = 0;
};
BOOST_DESCRIBE_STRUCT(StoredView, (), (count, bytes, due_count, due_bytes))
struct FileView {
  std::string name;
  std::int64_t bytes = 0;
  std::optional<bool> complete;  // an older server does not say it
};
BOOST_DESCRIBE_STRUCT(FileView, (), (name, bytes, complete))
struct AgeView {
  std::string younger_than;
  std::int64_t jobs = 0, bytes = 0;
};
BOOST_DESCRIBE_STRUCT(AgeView, (), (younger_than, jobs, bytes))
struct LargeLogView {
  std::string job, name;
  std::int64_t bytes = 0;
};
BOOST_DESCRIBE_STRUCT(LargeLogView, (), (job, name, bytes))
struct StorageView {
  std::string engine;
  std::int64_t database_bytes = 0, database_unused_bytes = 0;
  StoredView runs, jobs, small_logs, log_files, unknown_log_files;
  std::int64_t idempotency_keys = 0;
  std::vector<AgeView> log_files_by_age;
  std::vector<LargeLogView> largest_logs;
  std::vector<FileView> files;
};
BOOST_DESCRIBE_STRUCT(StorageView, (),
                      (engine, database_bytes, database_unused_bytes, runs, jobs, small_logs, log_files,
                       unknown_log_files, idempotency_keys, log_files_by_age, largest_logs, files))

std::string counted(std::int64_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

std::string freed(const StoredView& view) {
  return view.due_count == 0 ? "" : fmt::format("{} ({})", short_size(view.due_bytes), counted(view.due_count, "job"));
}

void print(const Context& context, const StorageView& view) {
  Table parts({{"WHAT"}, {"SIZE"}, {"HOLDS"}, {"RETENTION WOULD FREE"}});
  parts.add({fmt::format("database ({})", view.engine), short_size(view.database_bytes),
             counted(view.jobs.count, "job"), view.jobs.due_count == 0 ? "" : counted(view.jobs.due_count, "job")});
  if (view.runs.count > 0)
    parts.add({"  runs", "", counted(view.runs.count, "run"),
               view.runs.due_count == 0 ? "" : counted(view.runs.due_count, "run")});
  parts.add({"  short logs", short_size(view.small_logs.bytes), counted(view.small_logs.count, "step"),
             view.small_logs.due_count == 0 ? "" : short_size(view.small_logs.due_bytes)});
  parts.add({"  idempotency keys", "", counted(view.idempotency_keys, "key"), ""});
  if (view.database_unused_bytes > 0) parts.add({"  unused", short_size(view.database_unused_bytes), "", ""});
  parts.add(
      {"log files", short_size(view.log_files.bytes), counted(view.log_files.count, "job"), freed(view.log_files)});
  if (view.unknown_log_files.count > 0)
    parts.add({"log files of unknown jobs", short_size(view.unknown_log_files.bytes),
               counted(view.unknown_log_files.count, "job"), ""});
  for (const FileView& file : view.files)
    parts.add({file.name, (file.complete.value_or(true) ? "" : "over ") + short_size(file.bytes), "", ""});
  parts.print(context);
  if (view.largest_logs.empty()) return;

  context.io.out << "\n";
  Table ages({{"LOG FILES OF"}, {"SIZE"}, {"JOBS"}});
  for (const AgeView& age : view.log_files_by_age)
    if (age.jobs > 0)
      ages.add({age.younger_than == "older" ? "older" : "the last " + age.younger_than, short_size(age.bytes),
                std::to_string(age.jobs)});
  ages.print(context);

  context.io.out << "\n";
  Table largest({{"LARGEST LOG FILES"}, {"SIZE"}, {"NAME", true}});
  for (const LargeLogView& log : view.largest_logs) largest.add({log.job, short_size(log.bytes), log.name});
  largest.print(context);
}

Task<int> show_storage(Api& api, const Context& context, const ApiOptions& options) {
  const auto document = co_await api.call(http::Method::get, "/api/v1/storage");
  if (!document) co_return print_error(context, document.error());
  if (options.json) {
    print_json(context, *document);
    co_return exit_fine;
  }
  const auto view = json::read<StorageView>(*document, json::Unknown::ignore);
  if (!view) co_return print_error(context, Error(ErrorKind::internal, "bad_response", view.error().message()));
  print(context, *view);
  co_return exit_fine;
}

}  // namespace

void add_storage(CLI::App& root, Context& context) {
  CLI::App* verb = root.add_subcommand(
      "storage", "What takes the space of a server: its database, logs, largest logs, and what retention would free");
  auto options = std::make_shared<ApiOptions>();
  add_api_options(*verb, *options);
  verb->callback([options, &context] {
    context.action = [options, &context] {
      return with_api(context, *options, [&](Api& api) { return show_storage(api, context, *options); });
    };
  });
}

}  // namespace open_cicd::cli
