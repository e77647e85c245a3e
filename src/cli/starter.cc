#include "cli/starter.h"

#include <boost/json/parse.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <optional>
#include <ranges>
#include <string_view>

namespace open_cicd::cli {
namespace {

namespace fs = std::filesystem;
using Commands = std::vector<std::string>;

constexpr std::size_t file_bytes_max = 256 * 1024;  // of a file that is read to choose commands
constexpr std::size_t folders_max = 200;            // looked at, below a root that tells nothing
constexpr std::size_t jobs_max = 8;

struct Job {
  std::string image;
  Commands prepare;  // only in an image: this machine has its tools already
  Commands commands;
};

// One build tool: a file that shows it is used, and its job in that folder.
struct Tool {
  std::string_view key, title;
  std::vector<std::string_view> markers;
  Job (*job)(const fs::path& folder);
};

bool has(const fs::path& folder, std::string_view name) {
  std::error_code problem;
  return fs::exists(folder / name, problem);
}

std::string text_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text(file_bytes_max, '\0');
  if (file) file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text;
}

bool has_line_from(std::string_view text, std::string_view start) {
  return text.starts_with(start) || text.contains(fmt::format("\n{}", start));
}

Commands apt_install(std::string_view packages) {
  return {fmt::format("apt-get update && apt-get install -y --no-install-recommends {}", packages)};
}

Job cmake_job(const fs::path&) {
  return {.image = "gcc:14",
          .prepare = apt_install("cmake"),
          .commands = {"cmake -B build -DCMAKE_BUILD_TYPE=Release", "cmake --build build -j \"$(nproc)\"",
                       "ctest --test-dir build --output-on-failure"}};
}

Job meson_job(const fs::path&) {
  return {.image = "gcc:14",
          .prepare = apt_install("meson"),
          .commands = {"meson setup build", "meson compile -C build", "meson test -C build --print-errorlogs"}};
}

Job cargo_job(const fs::path& folder) {
  const std::string_view locked = has(folder, "Cargo.lock") ? " --locked" : "";
  return {.image = "rust:1",
          .prepare = {},
          .commands = {fmt::format("cargo build{}", locked), fmt::format("cargo test{}", locked)}};
}

// "go 1.22.3" in go.mod: the image of that version. What is written there is not trusted to be a version.
std::string go_image(const fs::path& folder) {
  const std::string text = "\n" + text_of(folder / "go.mod");
  const std::size_t at = text.find("\ngo ");
  if (at == text.npos) return "golang:1";
  const std::string version = text.substr(at + 4, text.find_first_not_of("0123456789.", at + 4) - at - 4);
  return version.empty() || version.size() > 10 ? "golang:1" : "golang:" + version;
}

Job go_job(const fs::path& folder) {
  return {.image = go_image(folder), .prepare = {}, .commands = {"go build ./...", "go vet ./...", "go test ./..."}};
}

Job maven_job(const fs::path& folder) {
  const bool own = has(folder, "mvnw");
  return {.image = own ? "eclipse-temurin:21" : "maven:3-eclipse-temurin-21",
          .prepare = {},
          .commands = {fmt::format("{} -B -ntp verify", own ? "sh ./mvnw" : "mvn")}};
}

Job gradle_job(const fs::path& folder) {
  const bool own = has(folder, "gradlew");
  return {.image = own ? "eclipse-temurin:21" : "gradle:8-jdk21",
          .prepare = {},
          .commands = {fmt::format("{} --console=plain build", own ? "sh ./gradlew" : "gradle")}};
}

// The scripts of package.json that a pipeline would run, in that order. `npm init` writes a test that only fails.
std::vector<std::string_view> npm_scripts(const fs::path& folder) {
  constexpr std::array wanted{std::string_view("lint"), std::string_view("build"), std::string_view("test")};
  std::vector<std::string_view> found;
  boost::system::error_code problem;
  const boost::json::value package = boost::json::parse(text_of(folder / "package.json"), problem);
  const auto* scripts = problem || !package.is_object() ? nullptr : package.as_object().if_contains("scripts");
  if (scripts == nullptr || !scripts->is_object()) return found;
  for (const std::string_view name : wanted) {
    const auto* script = scripts->as_object().if_contains(name);
    if (script != nullptr && script->is_string() &&
        !std::string_view(script->as_string()).contains("no test specified"))
      found.push_back(name);
  }
  return found;
}

Job npm_job(const fs::path& folder) {
  Job job{.image = "node:22", .prepare = {}, .commands = {}};
  std::string_view program = "npm";
  if (has(folder, "pnpm-lock.yaml")) {
    program = "pnpm";
    job.prepare = {"corepack enable"};
    job.commands = {"pnpm install --frozen-lockfile"};
  } else if (has(folder, "yarn.lock")) {
    program = "yarn";
    job.prepare = {"corepack enable"};
    job.commands = {"yarn install"};
  } else {
    job.commands = {has(folder, "package-lock.json") ? "npm ci" : "npm install"};
  }
  for (const std::string_view script : npm_scripts(folder))
    job.commands.push_back(fmt::format("{} run {}", program, script));
  return job;
}

bool is_tested_by_pytest(const fs::path& folder) {
  return has(folder, "pytest.ini") || has(folder, "tests") || has(folder, "test") || has(folder, "conftest.py") ||
         text_of(folder / "pyproject.toml").contains("pytest");
}

// The first of the lists of packages for tests that a section of a TOML file has: "test = […]". Read line by line,
// which is enough for files that tools write; what it misses is seen at the first run.
std::string_view list_for_tests(const std::string& toml, std::string_view section) {
  constexpr std::array wanted{std::string_view("test"), std::string_view("tests"), std::string_view("testing"),
                              std::string_view("dev")};
  const std::size_t begin = ("\n" + toml).find(fmt::format("\n[{}]", section));
  if (begin == std::string::npos) return {};
  const std::size_t end = toml.find("\n[", begin + 1);
  const std::string keys = "\n" + toml.substr(begin, end == std::string::npos ? end : end - begin);
  for (const std::string_view name : wanted)
    for (const std::string_view equals : {" =", "="})
      if (keys.contains(fmt::format("\n{}{}", name, equals))) return name;
  return {};
}

void add_python_packages(const fs::path& folder, Commands& commands) {
  constexpr std::array files{std::string_view("requirements.txt"), std::string_view("requirements-dev.txt"),
                             std::string_view("requirements-test.txt"), std::string_view("dev-requirements.txt"),
                             std::string_view("test-requirements.txt")};
  for (const std::string_view file : files)
    if (has(folder, file)) commands.push_back(fmt::format(".venv/bin/pip install -r {}", file));
  const std::string project = text_of(folder / "pyproject.toml");
  const std::string_view extra = list_for_tests(project, "project.optional-dependencies");
  if (!extra.empty())
    commands.push_back(fmt::format(".venv/bin/pip install -e '.[{}]'", extra));
  else if (has(folder, "pyproject.toml") || has(folder, "setup.py"))
    commands.emplace_back(".venv/bin/pip install -e .");
  const std::string_view group = list_for_tests(project, "dependency-groups");
  if (group.empty()) return;
  commands.emplace_back(".venv/bin/pip install --upgrade pip");  // older ones know no groups
  commands.push_back(fmt::format(".venv/bin/pip install --group {}", group));
}

Job python_job(const fs::path& folder) {
  Job job{.image = "python:3", .prepare = {}, .commands = {"python3 -m venv .venv"}};
  add_python_packages(folder, job.commands);
  if (is_tested_by_pytest(folder)) {
    job.commands.emplace_back(".venv/bin/pip install pytest");
    job.commands.emplace_back(".venv/bin/python -m pytest");
  } else {
    job.commands.emplace_back("python3 -m compileall -q -x '/[.]venv/' .");
  }
  return job;
}

Job make_job(const fs::path& folder) {
  const std::string text = text_of(folder / "Makefile");
  Job job{.image = "gcc:14", .prepare = {}, .commands = {"make"}};
  for (const std::string_view target : {"test", "check"}) {
    if (!has_line_from(text, fmt::format("{}:", target))) continue;
    job.commands.push_back(fmt::format("make {}", target));
    break;
  }
  return job;
}

const std::vector<Tool>& tools_known() {
  static const std::vector<Tool> known = {
      {"cmake", "CMake", {"CMakeLists.txt"}, cmake_job},
      {"meson", "Meson", {"meson.build"}, meson_job},
      {"rust", "Cargo", {"Cargo.toml"}, cargo_job},
      {"go", "Go", {"go.mod"}, go_job},
      {"maven", "Maven", {"pom.xml"}, maven_job},
      {"gradle", "Gradle", {"build.gradle", "build.gradle.kts"}, gradle_job},
      {"node", "npm", {"package.json"}, npm_job},
      {"python", "Python", {"pyproject.toml", "setup.py", "requirements.txt"}, python_job},
  };
  return known;
}

std::vector<const Tool*> tools_in(const fs::path& folder) {
  static const Tool make{"make", "Make", {"Makefile"}, make_job};
  std::vector<const Tool*> found;
  for (const Tool& tool : tools_known())
    if (std::ranges::any_of(tool.markers, [&](std::string_view marker) { return has(folder, marker); }))
      found.push_back(&tool);
  // Beside another tool a Makefile mostly holds short names for its commands.
  if (found.empty() && has(folder, "Makefile")) found.push_back(&make);
  return found;
}

// A letter first, then what a job's key may have.
std::string key_of(std::string_view tool, std::string_view folder) {
  std::string key(tool);
  if (!folder.empty()) key += "-";
  for (const char c : folder)
    key += (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ? c : '-';
  return key;
}

// Single quotes of YAML: only the quote itself is special, and there is no line break in a command or a folder's name.
std::string in_quotes(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') out += c;
    out += c;
  }
  return out + "'";
}

bool is_plain(std::string_view text) {
  return !text.contains(": ") && !text.contains(" #") && text.find_first_of("'\"{}[],&*!|>%@`") != 0;
}

std::string scalar(std::string_view text) {
  return is_plain(text) ? std::string(text) : in_quotes(text);
}

void write_step(std::string& out, const std::string& command, const std::string& workdir) {
  out += fmt::format("      - run: {}\n", scalar(command));
  if (!workdir.empty()) out += fmt::format("        workdir: {}\n", in_quotes(workdir));
}

void write_job(std::string& out, const std::string& key, const Job& job, ToolsFrom tools, const std::string& workdir) {
  out += fmt::format("  {}:\n", key);
  if (tools == ToolsFrom::images) out += fmt::format("    image: {}\n", job.image);
  out += "    steps:\n";
  if (tools == ToolsFrom::images)
    for (const std::string& command : job.prepare) write_step(out, command, "");
  for (const std::string& command : job.commands) write_step(out, command, workdir);
}

bool is_of_interest(const fs::directory_entry& entry) {
  std::error_code problem;
  const std::string name = entry.path().filename().string();
  const bool printable =
      std::ranges::all_of(name, [](char c) { return static_cast<unsigned char>(c) >= ' ' && c != 127; });
  return printable && entry.is_directory(problem) && !entry.is_symlink(problem) && !name.starts_with('.') &&
         name != "node_modules" && name != "vendor" && name != "third_party";
}

std::vector<std::string> folders_in(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code problem;
  for (const auto& entry : fs::directory_iterator(folder, problem)) {
    if (names.size() == folders_max) break;
    if (is_of_interest(entry)) names.push_back(entry.path().filename().string());
  }
  std::ranges::sort(names);
  return names;
}

constexpr std::string_view heading =
    "# What open-cicd runs for this repository. `open-cicd lint` checks this file, `open-cicd plan` shows its jobs.\n"
    "on: [push, pull_request, manual]\n"
    "jobs:\n";

}  // namespace

Starter starter_for(const fs::path& folder, ToolsFrom tools) {
  Starter starter{.found = {}, .text = std::string(heading), .programs = {}};
  std::vector<std::string> keys;
  const auto add_tools_of = [&](const std::string& below) {
    for (const Tool* tool : tools_in(below.empty() ? folder : folder / below)) {
      const std::string key = key_of(tool->key, below);
      if (starter.found.size() == jobs_max || std::ranges::find(keys, key) != keys.end()) continue;
      keys.push_back(key);
      const Job job = tool->job(below.empty() ? folder : folder / below);
      write_job(starter.text, key, job, tools, below);
      for (const std::string& command : job.commands) starter.programs.insert(command.substr(0, command.find(' ')));
      starter.found.push_back(below.empty() ? std::string(tool->title) : fmt::format("{} in {}", tool->title, below));
    }
  };
  add_tools_of("");
  if (starter.found.empty()) std::ranges::for_each(folders_in(folder), add_tools_of);
  if (starter.found.empty())
    write_job(starter.text, "hello",
              {.image = "debian:stable-slim",
               .prepare = {},
               .commands = {"echo \"Write here what builds and tests this repository.\""}},
              tools, "");
  return starter;
}

}  // namespace open_cicd::cli
