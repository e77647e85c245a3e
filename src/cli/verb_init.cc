#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/pipeline_files.h"
#include "cli/starter.h"
#include "cli/verbs.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <ostream>
#include <unistd.h>

namespace open_cicd::cli {
namespace {

constexpr const char* pipeline_file = ".open-cicd.yml";
constexpr const char* docker_socket = "/var/run/docker.sock";

struct InitOptions {
  std::string executor;
  bool print = false;
};

// Whoever has Docker here can run images; else the machine's own tools are what runs at once.
ToolsFrom tools_from(const InitOptions& options) {
  if (options.executor == "docker") return ToolsFrom::images;
  if (options.executor == "sandbox") return ToolsFrom::machine;
  return ::access(docker_socket, R_OK | W_OK) == 0 ? ToolsFrom::images : ToolsFrom::machine;
}

// A file of this name that is there already stays as it is, also when it appears just now.
Result<void> create_file(const char* path, std::string_view text) {
  const auto failed = [&](int why) {
    return fail(ErrorKind::internal, "no_file", fmt::format("{} cannot be written: {}.", path, std::strerror(why)));
  };
  const int file = ::open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (file < 0 && errno == EEXIST)
    return fail(
        ErrorKind::invalid, "file_exists",
        fmt::format("There is a {} already, which stays as it is. \"open-cicd init --print\" shows what would be "
                    "written.",
                    path));
  if (file < 0) return failed(errno);
  const ssize_t written = ::write(file, text.data(), text.size());
  const int why = written < 0 ? errno : ENOSPC;
  ::close(file);
  if (written != static_cast<ssize_t>(text.size())) {
    ::unlink(path);
    return failed(why);
  }
  return {};
}

std::string words_for(const Starter& starter, ToolsFrom tools) {
  const std::string what = starter.found.empty() ? "one job that says hello, as no known build tool is used here"
                                                 : fmt::format("jobs for {}", fmt::join(starter.found, ", "));
  const std::string_view where = tools == ToolsFrom::images
                                     ? "in containers (--executor sandbox: with this machine's own tools)"
                                     : "with the machine's own tools (--executor docker: in containers)";
  return fmt::format("{}, {}", what, where);
}

bool is_installed(const std::string& program, std::string_view path) {
  while (!path.empty()) {
    const std::string_view folder = path.substr(0, path.find(':'));
    path.remove_prefix(std::min(path.size(), folder.size() + 1));
    if (!folder.empty() && ::access(fmt::format("{}/{}", folder, program).c_str(), X_OK) == 0) return true;
  }
  return false;
}

// What a first run would fail for, said before it.
std::string missing_programs(const Starter& starter) {
  const char* path = std::getenv("PATH");
  std::vector<std::string> missing;
  for (const std::string& program : starter.programs)
    if (!program.contains('/') && !is_installed(program, path == nullptr ? "/usr/bin:/bin" : path))
      missing.push_back(program);
  if (missing.empty()) return "";
  return fmt::format("Not installed on this machine, so that jobs with it fail here: {}.\n", fmt::join(missing, ", "));
}

int init(Context& context, const InitOptions& options) {
  const ToolsFrom tools = tools_from(options);
  const Starter starter = starter_for(".", tools);
  if (options.print) {
    context.io.out << starter.text;
    context.io.out.flush();
    return exit_fine;
  }
  if (const Result<void> created = create_file(pipeline_file, starter.text); !created)
    return print_error(context, created.error());
  context.io.err << fmt::format("Wrote {}: {}.\n{}Next: open-cicd lint, open-cicd plan, open-cicd run\n", pipeline_file,
                                words_for(starter, tools),
                                tools == ToolsFrom::machine ? missing_programs(starter) : "");
  return exit_fine;
}

}  // namespace

void add_init(CLI::App& root, Context& context) {
  CLI::App* verb = root.add_subcommand("init", "Write a first .open-cicd.yml that fits what is in this folder");
  auto options = std::make_shared<InitOptions>();
  verb->add_option(
          "--executor", options->executor,
          "Where the jobs find their tools: in images (docker), or on the machine (sandbox). Without it: docker "
          "where Docker can be reached")
      ->check(CLI::IsMember({"docker", "sandbox"}));
  verb->add_flag("--print", options->print, "Print the file instead of writing it");
  verb->callback([options, &context] { context.action = [options, &context] { return init(context, *options); }; });
}

}  // namespace open_cicd::cli
