#include "base/json.h"
#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/pipeline_files.h"
#include "cli/verbs.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <ostream>

namespace open_cicd::cli {
namespace {

struct LintOptions {
  std::vector<std::string> files;
  std::string format = "text";
};

struct LintedFile {
  std::string file;
  bool valid = false;
  std::vector<workflows::Finding> errors, warnings;
};
BOOST_DESCRIBE_STRUCT(LintedFile, (), (file, valid, errors, warnings))
struct LintView {
  bool valid = true;
  std::vector<LintedFile> files;
};
BOOST_DESCRIBE_STRUCT(LintView, (), (valid, files))

// As GitHub's runner reads it: https://docs.github.com/actions/reference/workflow-commands
std::string escape_for_github(std::string_view text, bool is_property) {
  std::string out;
  for (const char c : text) {
    const bool special = c == '%' || c == '\r' || c == '\n' || (is_property && (c == ':' || c == ','));
    out += special ? fmt::format("%{:02X}", static_cast<unsigned char>(c)) : std::string(1, c);
  }
  return out;
}

void print_for_github(std::ostream& out, std::string_view level, const PipelineFile& file,
                      const std::vector<workflows::Finding>& findings) {
  for (const workflows::Finding& finding : findings) {
    out << fmt::format("::{} file={}", level, escape_for_github(finding.file.value_or(file.shown), true));
    if (finding.line > 0) out << fmt::format(",line={},col={}", finding.line, finding.column);
    const std::string before = finding.path.empty() ? "" : finding.path + ": ";
    out << "::" << escape_for_github(before + sentence_of(finding), false) << "\n";
  }
}

void print_verdict(const Context& context, const LintOptions& options, const PipelineFile& file,
                   const workflows::Verdict& verdict) {
  std::ostream& out = context.io.out;
  if (options.format == "github") {
    print_for_github(out, "error", file, verdict.errors);
    print_for_github(out, "warning", file, verdict.warnings);
    return;
  }
  print_findings(context, out, context.io.out_is_terminal, file, verdict.errors);
  print_findings(context, out, context.io.out_is_terminal, file, verdict.warnings, "warning");
  if (verdict.valid)
    out << file.shown << ": " << paint("valid", Colour::green, context.colours(context.io.out_is_terminal)) << "\n";
}

int lint_files(Context& context, const LintOptions& options) {
  context.json = options.format == "json";
  std::vector<std::string> files = options.files;
  if (files.empty()) {
    auto found = find_pipeline_files();
    if (!found) return print_error(context, found.error());
    files = std::move(*found);
  }
  LintView view;
  for (const std::string& path : files) {
    const auto file = read_pipeline_file(path);
    if (!file) return print_error(context, file.error());
    workflows::Verdict verdict = workflows::lint(file->source);
    if (!context.json) print_verdict(context, options, *file, verdict);
    view.valid = view.valid && verdict.valid;
    view.files.push_back({file->shown, verdict.valid, std::move(verdict.errors), std::move(verdict.warnings)});
  }
  if (context.json) context.io.out << json::write_text(view) << "\n";
  context.io.out.flush();
  return view.valid ? exit_fine : exit_bad_input;
}

}  // namespace

void add_lint(CLI::App& root, Context& context) {
  CLI::App* verb = root.add_subcommand("lint", "Check pipeline files and say everything that is wrong with them");
  auto options = std::make_shared<LintOptions>();
  verb->add_option("file", options->files,
                   "Pipeline files; - is standard input. Without one: .open-cicd.yml and .open-cicd/*.yml");
  verb->add_option("--format", options->format, "How errors are printed; github: as annotations of GitHub's runner")
      ->check(CLI::IsMember({"text", "json", "github"}));
  verb->callback(
      [options, &context] { context.action = [options, &context] { return lint_files(context, *options); }; });
}

}  // namespace open_cicd::cli
