#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/api.h"
#include "cli/exit_code.h"
#include "cli/job_view.h"
#include "cli/output.h"
#include "cli/pick.h"
#include "cli/reason.h"
#include "cli/terminal_text.h"
#include "cli/verbs.h"
#include "cli/waiting.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace open_cicd::cli {
namespace {

struct Options {
  ApiOptions api;
  std::string id;
};

std::string number(const std::optional<int>& value) {
  return value ? fmt::to_string(*value) : "";
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

void print_line(const Context& context, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  context.io.out << fmt::format("{:<10}{}\n", name, TerminalFilter(false).feed(to_valid_utf8(value)));
}

void print_head(const Context& context, const JobView& job, const std::string& why) {
  const bool colours = context.colours(context.io.out_is_terminal);
  print_line(context, "job", job.id);
  print_line(context, "name", job.name);
  context.io.out << fmt::format("{:<10}{}{}\n", "state", paint(job.state, colour_of_state(job.state), colours),
                                job.exit_code ? fmt::format(" (exit code {})", *job.exit_code) : "");
  print_line(context, "reason", why);
  print_line(context, "executor", job.executor.value_or(""));
  print_line(context, "runs on", joined(job.runs_on.value_or(std::vector<std::string>())));
  print_line(context, "created", job.created_at.value_or(""));
  print_line(context, "started", job.started_at.value_or(""));
  print_line(context, "finished", job.finished_at.value_or(""));
}

void print_attempts(const Context& context, const JobView& job) {
  if (!job.attempts || job.attempts->empty()) return;
  context.io.out << "\n";
  Table table({{"ATTEMPT"}, {"STATE", false, true}, {"AGENT", true}, {"EXIT"}, {"CAUSE"}, {"NOTE", true}});
  for (const AttemptView& attempt : *job.attempts) {
    const std::string flags = joined(attempt.log_flags.value_or(std::vector<std::string>()));
    const std::string message = attempt.message.value_or("");
    table.add({fmt::to_string(attempt.attempt), attempt.state, attempt.agent.value_or(""), number(attempt.exit_code),
               attempt.cause.value_or(""),
               message.empty() || flags.empty() ? message + flags : fmt::format("{}; {}", message, flags)});
  }
  table.print(context);
}

// Of the last attempt: which image it was when the job ran, whatever its tag says now.
void print_images(const Context& context, const JobView& job) {
  if (!job.attempts || job.attempts->empty()) return;
  const auto& images = job.attempts->back().images;
  if (!images || images->empty()) return;
  context.io.out << "\n";
  Table table({{"IMAGE", true}, {"DIGEST"}, {"HOW"}});
  for (const ImageView& image : *images) table.add({image.image, image.digest, image.how.value_or("")});
  table.print(context);
}

std::string note_of(const StepView& step) {
  if (step.allowed_failure.value_or(false)) return "its failure is allowed";
  return step.reason ? clause_of_reason(*step.reason) : "";
}

void print_steps(const Context& context, const JobView& job) {
  if (!job.steps) return;
  context.io.out << "\n";
  std::vector<Table::Column> columns{{"STEP"}, {"STATE", false, true}, {"NAME", true}, {"EXIT"}, {"TIME"}, {"LOG"}};
  const bool has_notes = std::ranges::any_of(*job.steps, [](const StepView& step) { return !note_of(step).empty(); });
  if (has_notes) columns.push_back({"NOTE", true});
  Table table(std::move(columns));
  const auto add = [&](std::string index, const StepView& step) {
    std::vector<std::string> cells{std::move(index),
                                   step.state,
                                   step.name,
                                   number(step.exit_code),
                                   step.duration_ms ? short_duration(*step.duration_ms) : "",
                                   step.log_bytes.value_or(0) > 0 ? short_size(*step.log_bytes) : ""};
    if (has_notes) cells.push_back(note_of(step));
    table.add(std::move(cells));
  };
  if (job.setup && job.setup->log_bytes.value_or(0) > 0) add("-1", *job.setup);
  for (std::size_t i = 0; i < job.steps->size(); ++i) add(fmt::to_string(i), (*job.steps)[i]);
  table.print(context);
}

void print_annotations(const Context& context, const JobView& job) {
  if (!job.annotations || job.annotations->empty()) return;
  context.io.out << "\n";
  const bool colours = context.colours(context.io.out_is_terminal);
  for (const AnnotationView& one : *job.annotations) {
    std::string place = one.file.value_or("");
    if (!place.empty() && one.line) place += fmt::format(":{}", *one.line);
    const std::string text = place.empty() ? one.message : fmt::format("{}: {}", place, one.message);
    const Colour colour = one.level == "error" ? Colour::red : one.level == "warning" ? Colour::yellow : Colour::none;
    context.io.out << fmt::format("{} {}\n", paint(one.level, colour, colours), escape_for_line(text));
  }
}

void print_summary(const Context& context, const JobView& job) {
  if (!job.summary || job.summary->empty()) return;
  const std::string text = TerminalFilter(false).feed(to_valid_utf8(*job.summary));
  context.io.out << "\n" << text << (text.ends_with('\n') ? "" : "\n");
}

Task<int> show_job(Api& api, const Context& context, const Options& options) {
  const auto id = co_await find_job(api, options.id);
  if (!id) co_return print_error(context, id.error());
  const auto document = co_await api.call(http::Method::get, job_target(*id) + "?summary=1");
  if (!document) co_return print_error(context, document.error());
  if (options.api.json) {
    print_json(context, *document);
    co_return exit_fine;
  }
  const auto job = json::read<JobView>(*document, json::Unknown::ignore);
  if (!job) co_return print_error(context, Error(ErrorKind::internal, "bad_response", job.error().message()));
  const std::string wait = co_await waiting_sentence(api, *job);
  print_head(context, *job, wait.empty() && job->reason ? clause_of_reason(*job->reason) : wait);
  print_attempts(context, *job);
  print_steps(context, *job);
  print_images(context, *job);
  print_annotations(context, *job);
  print_summary(context, *job);
  co_return exit_fine;
}

}  // namespace

void add_job_show(CLI::App& parent, Context& context) {
  CLI::App* verb = parent.add_subcommand("show", "Show one job: why it waits, its attempts and steps");
  auto options = std::make_shared<Options>();
  add_api_options(*verb, options->api);
  verb->add_option("id", options->id, "The job's id, or 8 characters or more that it begins or ends with")->required();
  verb->callback([options, &context] {
    context.action = [options, &context] {
      return with_api(context, options->api, [&](Api& api) { return show_job(api, context, *options); });
    };
  });
}

}  // namespace open_cicd::cli
