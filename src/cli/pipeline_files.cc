#include "cli/pipeline_files.h"

#include "cli/output.h"
#include "cli/terminal_text.h"
#include "pipelines/limits.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>

namespace open_cicd::cli {
namespace {

namespace fs = std::filesystem;
constexpr std::string_view pipeline_folder = ".open-cicd";

// One byte over the limit is enough for whoever reads the text to refuse it.
std::string read_text(std::istream& in) {
  std::string text(pipelines::limits::text_bytes_max + 1, '\0');
  if (in) in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  return text;
}

// The folder that a path in the pipeline starts from.
fs::path root_of(const fs::path& file) {
  const fs::path folder = file.parent_path();
  return folder.filename() == pipeline_folder ? folder.parent_path() : folder;
}

// A link may not lead out of the folder: a repository of somebody else could name any file of this machine, whose text
// `run submit` would send to the server.
std::optional<std::string> read_template(const fs::path& root, const std::string& path) {
  std::error_code problem;
  const fs::path top = fs::canonical(root.empty() ? "." : root, problem);
  const fs::path real = fs::canonical(top / path, problem);
  if (problem || *real.lexically_relative(top).begin() == ".." || !fs::is_regular_file(real, problem))
    return std::nullopt;
  std::ifstream file(real, std::ios::binary);
  if (!file) return std::nullopt;
  return read_text(file);
}

std::string one_line_of(std::string_view text) {
  std::string line = TerminalFilter(false).feed(text);
  std::ranges::replace(line, '\n', ' ');
  return line;
}

}  // namespace

Result<std::vector<std::string>> find_pipeline_files() {
  std::vector<std::string> files;
  std::error_code problem;
  for (const auto& entry : fs::directory_iterator(pipeline_folder, problem)) {
    const std::string extension = entry.path().extension().string();
    if (entry.is_regular_file(problem) && (extension == ".yml" || extension == ".yaml"))
      files.push_back(entry.path().string());
  }
  std::ranges::sort(files);
  if (fs::is_regular_file(".open-cicd.yml", problem)) files.insert(files.begin(), ".open-cicd.yml");
  if (files.empty())
    return fail(
        ErrorKind::not_found, "no_file",
        "There is no pipeline here: neither .open-cicd.yml nor a .yml file in .open-cicd. Name a file, or change "
        "to the folder of the repository.");
  return files;
}

Result<PipelineFile> read_pipeline_file(const std::string& path) {
  std::ifstream file;
  if (path != "-") file.open(path, std::ios::binary);
  std::istream& in = path == "-" ? std::cin : file;
  std::string text = in ? read_text(in) : std::string();
  if (!in && !in.eof())
    return fail(ErrorKind::not_found, "no_file",
                fmt::format("The pipeline file {} cannot be read: {}.", path, std::strerror(errno)));
  const fs::path root = path == "-" ? fs::path() : root_of(path);
  PipelineFile read{.shown = path == "-" ? "standard input" : path, .source = {.text = std::move(text)}};
  if (path != "-") read.source.path = fs::path(path).lexically_relative(root.empty() ? "." : root).generic_string();
  read.source.read_file = [root](const std::string& name) { return read_template(root, name); };
  return read;
}

std::string sentence_of(const workflows::Finding& finding) {
  return finding.hint.empty() ? finding.message : finding.message + ". " + finding.hint;
}

void print_findings(const Context& context, std::ostream& to, bool is_terminal, const PipelineFile& file,
                    const std::vector<workflows::Finding>& findings, std::string_view kind) {
  const bool colours = context.colours(is_terminal);
  for (const workflows::Finding& finding : findings) {
    std::string place = finding.file.value_or(file.shown);
    if (finding.line > 0) place += fmt::format(":{}:{}", finding.line, finding.column);
    place += ": ";
    if (!kind.empty()) place += fmt::format("{}: ", kind);
    if (!finding.path.empty()) place += fmt::format("{}: ", finding.path);
    to << paint(one_line_of(place), Colour::bold, colours) << one_line_of(sentence_of(finding)) << "\n";
  }
  to.flush();
}

}  // namespace open_cicd::cli
