#include "cli/scripted_server.h"
#include "cli/starter.h"
#include "workflows/planner.h"

#include <cstdlib>
#include <filesystem>

namespace open_cicd::cli {
namespace {

namespace fs = std::filesystem;

// Files that show which tools a repository uses, and the commands that its pipeline must have, in their order.
struct Repository {
  std::string_view what;
  std::vector<std::pair<std::string, std::string>> files;
  std::vector<std::string> found, commands;
};

const std::vector<Repository>& repositories() {
  static const std::vector<Repository> all = {
      {"cmake",
       {{"CMakeLists.txt", ""}, {"Makefile", "test:\n"}},
       {"CMake"},
       {"cmake -B build -DCMAKE_BUILD_TYPE=Release", "cmake --build build -j \"$(nproc)\"",
        "ctest --test-dir build --output-on-failure"}},
      {"meson",
       {{"meson.build", ""}},
       {"Meson"},
       {"meson setup build", "meson compile -C build", "meson test -C build"}},
      {"cargo, locked",
       {{"Cargo.toml", ""}, {"Cargo.lock", ""}},
       {"Cargo"},
       {"cargo build --locked", "cargo test --locked"}},
      {"go", {{"go.mod", "module x\n\ngo 1.22.3\n"}}, {"Go"}, {"go build ./...", "go vet ./...", "go test ./..."}},
      {"maven", {{"pom.xml", ""}}, {"Maven"}, {"mvn -B -ntp verify"}},
      {"maven's own script", {{"pom.xml", ""}, {"mvnw", ""}}, {"Maven"}, {"sh ./mvnw -B -ntp verify"}},
      {"gradle", {{"build.gradle.kts", ""}, {"gradlew", ""}}, {"Gradle"}, {"sh ./gradlew --console=plain build"}},
      {"npm",
       {{"package.json", R"({"scripts": {"test": "jest", "start": "x", "build": "tsc"}})"},
        {"package-lock.json", "{}"}},
       {"npm"},
       {"npm ci", "npm run build", "npm run test"}},
      {"what npm init writes",
       {{"package.json", R"({"scripts": {"test": "echo \"Error: no test specified\" && exit 1"}})"}},
       {"npm"},
       {"npm install"}},
      {"a package.json that cannot be read", {{"package.json", "{"}}, {"npm"}, {"npm install"}},
      {"scripts of another kind",
       {{"package.json", R"({"scripts": {"test": 7, "build": ["x"]}})"}},
       {"npm"},
       {"npm install"}},
      {"pnpm",
       {{"package.json", R"({"scripts": {"lint": "x"}})"}, {"pnpm-lock.yaml", ""}},
       {"npm"},
       {"pnpm install --frozen-lockfile", "pnpm run lint"}},
      {"yarn", {{"package.json", "{}"}, {"yarn.lock", ""}}, {"npm"}, {"yarn install"}},
      {"python with tests",
       {{"pyproject.toml", ""}, {"tests/test_a.py", ""}},
       {"Python"},
       {"python3 -m venv .venv", ".venv/bin/pip install -e .", ".venv/bin/pip install pytest",
        ".venv/bin/python -m pytest"}},
      {"python with lists of packages for tests",
       {{"pyproject.toml",
         "[project]\nname = 'x'\n[project.optional-dependencies]\nextra = ['a']\ntests = ['b']\n"
         "[dependency-groups]\ndocs = ['c']\ndev=['d']\n[tool.pytest]\ntest = 1\n"},
        {"requirements-dev.txt", ""}},
       {"Python"},
       {".venv/bin/pip install -r requirements-dev.txt", ".venv/bin/pip install -e '.[tests]'",
        ".venv/bin/pip install --upgrade pip", ".venv/bin/pip install --group dev", ".venv/bin/python -m pytest"}},
      {"python with such a list elsewhere",
       {{"pyproject.toml", "[project]\nname = 'x'\n[tool.other]\ntest = ['b']\n"}},
       {"Python"},
       {".venv/bin/pip install -e ."}},
      {"python without",
       {{"requirements.txt", "x\n"}},
       {"Python"},
       {".venv/bin/pip install -r requirements.txt", "python3 -m compileall"}},
      {"make", {{"Makefile", "all:\n\ncheck: all\n"}}, {"Make"}, {"make", "make check"}},
      {"two tools", {{"Cargo.toml", ""}, {"package.json", "{}"}}, {"Cargo", "npm"}, {"cargo build", "npm install"}},
      {"tools in folders",
       {{"web ui: 'x'/package.json", "{}"}, {"api/go.mod", ""}, {"node_modules/a/package.json", "{}"}},
       {"Go in api", "npm in web ui: 'x'"},
       {"go build ./...", "workdir: 'api'", "npm install", "workdir: 'web ui: ''x'''"}},
      {"two folders with one key", {{"a b/go.mod", ""}, {"a-b/go.mod", ""}}, {"Go in a b"}, {"go build ./..."}},
      {"nothing", {{"README.md", ""}}, {}, {"echo "}},
  };
  return all;
}

void lay(const TempFolder& folder, const Repository& repository) {
  for (const auto& [name, text] : repository.files) {
    fs::create_directories((folder.path() / name).parent_path());
    folder.write(name, text);
  }
}

TEST(Init, EveryKindOfRepositoryGetsItsCommandsAndAFileWithoutErrors) {
  for (const Repository& repository : repositories()) {
    const TempFolder folder;
    lay(folder, repository);
    for (const ToolsFrom tools : {ToolsFrom::images, ToolsFrom::machine}) {
      const Starter starter = starter_for(folder.path(), tools);
      SCOPED_TRACE(fmt::format("{}:\n{}", repository.what, starter.text));
      EXPECT_EQ(starter.found, repository.found);
      std::size_t at = 0;
      for (const std::string& command : repository.commands) {
        at = starter.text.find(command, at);
        ASSERT_NE(at, std::string::npos) << command;
      }
      EXPECT_EQ(starter.text.contains("image: "), tools == ToolsFrom::images);
      EXPECT_EQ(starter.text.contains("apt-get"), tools == ToolsFrom::images && starter.text.contains("gcc:14") &&
                                                      !repository.files[0].first.starts_with("Make"));
      const workflows::Verdict verdict = workflows::lint({.path = ".open-cicd.yml", .text = starter.text});
      EXPECT_TRUE(verdict.valid) << verdict.errors.at(0).message;
      EXPECT_TRUE(verdict.warnings.empty());
    }
  }
}

TEST(Init, TheVersionInGoModIsNotTrusted) {
  for (const auto& [text, image] :
       std::vector<std::pair<std::string, std::string>>{{"module x\ngo 1.21\n", "golang:1.21"},
                                                        {"go 1.22rc1\n", "golang:1.22"},
                                                        {"go 1@evil\n", "golang:1"},
                                                        {"go $(x)\n", "golang:1"},
                                                        {"go 1.2.3.4.5.6.7.8\n", "golang:1"},
                                                        {"module x\n", "golang:1"}}) {
    const TempFolder folder;
    folder.write("go.mod", text);
    EXPECT_TRUE(starter_for(folder.path(), ToolsFrom::images).text.contains("image: " + image + "\n")) << text;
  }
}

class InFolder : public ::testing::Test {
 protected:
  InFolder() : before_(fs::current_path()) { fs::current_path(folder_.path()); }
  ~InFolder() override { fs::current_path(before_); }
  TempFolder folder_;

 private:
  fs::path before_;
};

TEST_F(InFolder, InitWritesAFileThatLintAndPlanTake) {
  folder_.write("go.mod", "go 1.22\n");
  const Outcome wrote = ScriptedServer::run_cli({"init", "--executor", "sandbox"}, {});
  EXPECT_EQ(wrote.code, 0);
  EXPECT_EQ(wrote.out, "");
  EXPECT_TRUE(wrote.err.starts_with(
      "Wrote .open-cicd.yml: jobs for Go, with the machine's own tools (--executor docker: in containers).\n"))
      << wrote.err;
  EXPECT_TRUE(wrote.err.ends_with("Next: open-cicd lint, open-cicd plan, open-cicd run\n")) << wrote.err;
  EXPECT_EQ(ScriptedServer::run_cli({"lint"}, {}).out, ".open-cicd.yml: valid\n");
  EXPECT_TRUE(ScriptedServer::run_cli({"plan"}, {}).out.contains("go"));
}

TEST_F(InFolder, AFileThatIsThereStays) {
  folder_.write(".open-cicd.yml", "mine");
  const Outcome refused = ScriptedServer::run_cli({"init"}, {});
  EXPECT_EQ(refused.code, 65);
  EXPECT_TRUE(refused.err.contains("There is a .open-cicd.yml already, which stays as it is.")) << refused.err;
  EXPECT_EQ(ScriptedServer::run_cli({"init", "--print", "--executor", "docker"}, {}).out,
            starter_for(".", ToolsFrom::images).text);
}

TEST(Init, KnowsTheProgramsThatItsCommandsStart) {
  const TempFolder folder;
  folder.write("Cargo.toml", "");
  folder.write("pyproject.toml", "");
  EXPECT_EQ(starter_for(folder.path(), ToolsFrom::machine).programs,
            (std::set<std::string>{"cargo", "python3", ".venv/bin/pip"}));
}

TEST_F(InFolder, InitSaysWhichProgramsAreNotHere) {
  const std::string path = std::getenv("PATH");
  constexpr std::string_view told = "Not installed on this machine, so that jobs with it fail here: go.\n";
  folder_.write("go.mod", "go 1.22\n");
  ::setenv("PATH", folder_.path().c_str(), 1);
  EXPECT_TRUE(ScriptedServer::run_cli({"init", "--executor", "sandbox"}, {}).err.contains(told));
  folder_.write("go", "");
  fs::permissions(folder_.path() / "go", fs::perms::owner_all);
  for (const char* executor : {"sandbox", "docker"}) {
    fs::remove(folder_.path() / ".open-cicd.yml");
    EXPECT_FALSE(ScriptedServer::run_cli({"init", "--executor", executor}, {}).err.contains("Not installed"));
  }
  ::setenv("PATH", path.c_str(), 1);
}

}  // namespace
}  // namespace open_cicd::cli
