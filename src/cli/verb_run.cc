// `run`: a pipeline on this machine, with the working tree as it is, by the server and the agents that a whole
// installation has.
#include "base/json.h"
#include "cli/exit_code.h"
#include "cli/local_run.h"
#include "cli/output.h"
#include "cli/pipeline_files.h"
#include "cli/plan_request.h"
#include "cli/run_document.h"
#include "cli/run_follow.h"
#include "cli/verbs.h"
#include "workflows/planner.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <ostream>
#include <thread>

namespace open_cicd::cli {
namespace {

struct RunOptions {
  PlanRequest request;
  workflows::Selection selection;
  int agents = 0;
  bool in_place = false;
  bool plain = false;
};

struct Planned {
  PipelineFile file;
  workflows::Plan plan;
};

// What the plan needs of this machine. As many agents as can work at once: the cores, but no more than jobs.
LocalRunWishes wishes_of(const workflows::Plan& plan, const RunOptions& options) {
  LocalRunWishes wishes;
  int jobs = 0;
  for (const workflows::PlannedJob& job : plan.jobs) {
    if (!job.spec) continue;
    ++jobs;
    wishes.executors.insert(job.spec->executor);
    wishes.working_tree = wishes.working_tree || job.checkout.has_value();
  }
  wishes.in_place = options.in_place;
  if (options.in_place) return wishes;
  const int cores = static_cast<int>(std::max(2U, std::thread::hardware_concurrency()));
  wishes.agents = std::clamp(options.agents > 0 ? options.agents : cores, 1, std::max(1, jobs));
  return wishes;
}

struct CreatedRun {
  std::string id;
};
BOOST_DESCRIBE_STRUCT(CreatedRun, (), (id))

Task<int> follow_run(Api& api, const Context& context, const Planned& planned, const RunOptions& options,
                     LocalRun& local) {
  const auto answer =
      co_await api.call(http::Method::post, "/api/v1/runs",
                        run_document(options.request, planned.file, options.selection, local.checkout()));
  if (!answer) co_return print_error(context, answer.error(), planned.file.shown);
  const auto created = json::read<CreatedRun>(*answer, json::Unknown::ignore);
  if (!created) co_return print_error(context, created.error());
  RunFollower follower(api, context,
                       {.run_id = created->id,
                        .cancel_on_interrupt = true,
                        .live = !options.plain && can_be_live(context),
                        .look_max = std::chrono::milliseconds(100),
                        .on_look = [&local] { return local.look_after(); },
                        .interrupted = [&local] { return local.interrupted(); }});
  const auto end = co_await follower.run();
  if (!end) co_return print_error(context, end.error());
  if (!*end) co_return exit_cancelled;
  const RunView& run = **end;
  context.io.out << "\n";
  print_jobs(context, run, JobIds::hidden);
  co_return exit_code_of_run(run);
}

Result<Planned> plan_here(Context& context, const RunOptions& options) {
  const auto path = file_of(options.request);
  if (!path) return std::unexpected(path.error());
  auto file = read_pipeline_file(*path);
  if (!file) return std::unexpected(std::move(file.error()));
  auto plan = workflows::make_plan(file->source, workflows::claimed_event(claim_of(options.request)),
                                   inputs_of(options.request));
  if (plan) {
    if (Result<void> selected = workflows::select(*plan, options.selection); !selected)
      return std::unexpected(std::move(selected.error()));
    return Planned{std::move(*file), std::move(*plan)};
  }
  print_findings(context, context.io.err, context.io.err_is_terminal, *file, plan.error());
  return fail(ErrorKind::invalid, "invalid_pipeline", "");
}

int run_here(Context& context, RunOptions options) {
  options.request = completed(std::move(options.request));
  const auto planned = plan_here(context, options);
  if (!planned)
    return planned.error().code() == "invalid_pipeline" ? exit_bad_input : print_error(context, planned.error());
  LocalRun local;
  if (const Result<void> started = local.start(wishes_of(planned->plan, options)); !started)
    return started.error().code() == "interrupted" ? exit_cancelled : print_error(context, started.error());
  return with_api(context, local.access(),
                  [&](Api& api) { return follow_run(api, context, *planned, options, local); });
}

}  // namespace

CLI::App& add_run(CLI::App& root, Context& context) {
  CLI::App* verb = root.add_subcommand("run",
                                       "Run a pipeline on this machine, with the files of the working tree as they are "
                                       "now; the verbs below are for runs of a server");
  auto options = std::make_shared<RunOptions>();
  verb->add_option("job", options->selection.jobs,
                   "Only these jobs, and what they need; a name in the file, or that of one job of a matrix");
  verb->add_option("-f,--file", options->request.file,
                   "The pipeline file; - is standard input. Without it: .open-cicd.yml, or the one file in .open-cicd");
  add_plan_request(*verb, options->request);
  add_selection(*verb, options->selection);
  CLI::Option* agents =
      verb->add_option("--agents", options->agents, "How many jobs run at once [as many as this machine has cores]")
          ->check(CLI::Range(1, 64));
  verb->add_flag("--in-place", options->in_place,
                 "Work in this folder itself, not in a copy: what the steps change stays, and one job runs at a time")
      ->excludes(agents);
  add_plain(*verb, options->plain);
  verb->callback([options, verb, &context] {
    if (verb->get_subcommands().empty()) context.action = [options, &context] { return run_here(context, *options); };
  });
  return *verb;
}

}  // namespace open_cicd::cli
