#include "cli/scripted_server.h"
#include "workflows/planner.h"

#include <boost/json/parse.hpp>

namespace open_cicd::cli {
namespace {

constexpr std::string_view matrix_pipeline =
    "on: {push: {branches: [main]}}\n"
    "jobs:\n"
    "  build:\n"
    "    image: gcc:14\n"
    "    steps: [{run: make}]\n"
    "  test:\n"
    "    needs: build\n"
    "    matrix: {os: [linux, mac]}\n"
    "    runs_on: ['${{ matrix.os }}']\n"
    "    steps: [{run: make test}]\n"
    "  deploy:\n"
    "    needs: test\n"
    "    if: git.branch == 'release'\n"
    "    approval: {by: ops}\n"
    "    steps: [{run: ./deploy}]\n";

Outcome run_cli(std::vector<std::string> arguments) {
  return ScriptedServer::run_cli(std::move(arguments), {});
}

TEST(Lint, AValidFileIsSaidToBeValid) {
  const TempFolder folder;
  const std::string file = folder.write("ci.yml", matrix_pipeline);
  const Outcome outcome = run_cli({"lint", file});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(outcome.out, file + ": valid\n");
}

TEST(Lint, EveryErrorHasItsPlaceAndItsHint) {
  const TempFolder folder;
  const std::string file =
      folder.write("ci.yml", "jobs:\n  a:\n    imgae: x\n    steps: [{run: 'echo ${{ git.sha }}'}]\n");
  const Outcome outcome = run_cli({"lint", file});
  EXPECT_EQ(outcome.code, 65);
  EXPECT_EQ(outcome.out,
            file + ":3:5: jobs.a.imgae: is not a known key. Did you mean \"image\"?\n" + file +
                ":4:19: jobs.a.steps[0].run: must not hold ${{ }}: put the value under \"env\" and write \"$NAME\" in "
                "the script, so that a value can never become a command\n");
  EXPECT_EQ(outcome.err, "");
}

TEST(Lint, SeveralFilesAreOneDocument) {
  const TempFolder folder;
  const std::string good = folder.write("a.yml", "jobs: {a: {steps: [{run: a}]}}");
  const std::string bad = folder.write("b.yml", "jobs: {a: {}}");
  const Outcome outcome = run_cli({"lint", "--format", "json", good, bad});
  EXPECT_EQ(outcome.code, 65);
  const auto document = boost::json::parse(outcome.out);
  EXPECT_FALSE(document.at("valid").as_bool());
  EXPECT_TRUE(document.at("files").at(0).at("valid").as_bool());
  EXPECT_EQ(document.at("files").at(1).at("errors").at(0).at("path").as_string(), "jobs.a.steps");
}

TEST(Lint, GitHubGetsAnnotations) {
  const TempFolder folder;
  const std::string file = folder.write("a.yml", "jobs:\n  a: {stesp: 100%, steps: [{run: a}]}\n");
  EXPECT_EQ(run_cli({"lint", "--format", "github", file}).out,
            "::error file=" + file + ",line=2,col=7::jobs.a.stesp: is not a known key. Did you mean \"steps\"?\n");
}

TEST(Lint, AFileThatIsNotThereIsNotFound) {
  const Outcome outcome = run_cli({"lint", "/nonexistent.yml"});
  EXPECT_EQ(outcome.code, 66);
  EXPECT_EQ(outcome.err, "open-cicd: The pipeline file /nonexistent.yml cannot be read: No such file or directory.\n");
}

TEST(Plan, ATableTellsWhatRunsAndWhatDoesNot) {
  const TempFolder folder;
  const std::string file = folder.write("ci.yml", matrix_pipeline);
  const Outcome outcome = run_cli({"plan", "--event", "push", "--branch", "main", file});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(outcome.out,
            "JOB           NEEDS  STEPS  RUNS\n"
            "build                1      docker gcc:14\n"
            "test (linux)  build  1      sandbox on linux\n"
            "test (mac)    build  1      sandbox on mac\n"
            "deploy        test   -      skipped: git.branch == 'release' is false (git.branch is \"main\")\n");
  EXPECT_EQ(outcome.err, file + ":14:5: note: jobs.deploy.approval: is not available yet: a run would be refused\n");
  EXPECT_EQ(run_cli({"plan", "--event", "tag", file}).err,
            "The event starts no run: \"on\" does not list tag\n" + outcome.err);
}

TEST(Plan, ThatNoChangedFileIsListedIsSaid) {
  const TempFolder folder;
  const std::string file = folder.write("ci.yml", "on: {push: {paths: [src/**]}}\njobs: {a: {steps: [{run: a}]}}\n");
  EXPECT_EQ(run_cli({"plan", "--event", "push", "--changed", "a", "--changed", "b", file}).err,
            "The event starts no run: \"paths\" takes none of the files (2 changed)\n");
  EXPECT_EQ(run_cli({"plan", "--event", "push", "--changed", "src/a", file}).err, "");
}

TEST(Plan, JsonIsThatOfThePlanner) {
  const TempFolder folder;
  const std::string file = folder.write("ci.yml", matrix_pipeline);
  workflows::Source source{.path = "ci.yml", .text = std::string(matrix_pipeline)};
  const auto plan = workflows::make_plan(
      source, workflows::claimed_event({.event = "push", .branch = "x", .changed = std::vector<std::string>{"a", "b"}}),
      {});
  ASSERT_TRUE(plan);
  const Outcome outcome = run_cli(
      {"plan", "--event", "push", "--branch", "x", "--changed", "a", "--changed", "b", "--format", "json", file});
  EXPECT_EQ(outcome.out, workflows::plan_text(*plan));
}

TEST(Plan, AGraphHasOneBoxForAMatrix) {
  const TempFolder folder;
  EXPECT_EQ(run_cli({"plan", "--format", "dot", folder.write("ci.yml", matrix_pipeline)}).out,
            "digraph \"ci\" {\n  rankdir=LR;\n  node [shape=box];\n"
            "  \"build\" [label=\"build\"];\n"
            "  \"test\" [label=\"test × 2\"];\n  \"build\" -> \"test\";\n"
            "  \"deploy\" [label=\"deploy\", style=dashed];\n  \"test\" -> \"deploy\";\n}\n");
}

TEST(Plan, ATemplateIsInTheFolderAndNoLinkLeadsOut) {
  const TempFolder folder, outside;
  const std::string secret = outside.write("t.yml", "steps: [{run: a}]\n");
  const std::string file = folder.write("ci.yml", "jobs: {a: {uses: ./t.yml}}\n");
  const auto link = std::filesystem::path(file).parent_path() / "t.yml";
  std::filesystem::create_symlink(secret, link);
  EXPECT_EQ(run_cli({"plan", file}).code, 65);
  std::filesystem::remove(link);
  folder.write("real.yml", "steps: [{run: a}]\n");
  std::filesystem::create_symlink("real.yml", link);
  EXPECT_EQ(run_cli({"plan", file}).code, 0) << "one that stays inside is fine";
}

TEST(Plan, InputsAreCheckedAsTheyAreGiven) {
  const TempFolder folder;
  const std::string file = folder.write("ci.yml",
                                        "on: manual\ninputs: {n: {type: number}}\njobs: {a: {env: {N: \"${{ "
                                        "default(inputs.n, 0) }}\"}, steps: [{run: a}]}}\n");
  EXPECT_EQ(run_cli({"plan", "--input", "n=4", file}).code, 0);
  const Outcome wrong = run_cli({"plan", "--input", "n=x", "--input", "m=1", file});
  EXPECT_EQ(wrong.code, 65);
  EXPECT_EQ(wrong.err, file + ": inputs.n: must be a number\n" + file +
                           ": inputs.m: is not an input of this pipeline. Did you mean \"n\"?\n");
  EXPECT_EQ(run_cli({"plan", "--input", "n", file}).code, 2);
}

TEST(Plan, TemplatesAreReadBesideTheFile) {
  const TempFolder folder;
  folder.write("t.yml", "inputs: {x: {}}\nsteps: [{run: make, env: {X: '${{ inputs.x }}'}}]\n");
  const std::string file = folder.write("ci.yml", "jobs: {a: {uses: ./t.yml, with: {x: y}}}\n");
  const Outcome outcome = run_cli({"plan", "--format", "json", file});
  ASSERT_EQ(outcome.code, 0) << outcome.out << outcome.err;
  const auto plan = boost::json::parse(outcome.out);
  EXPECT_EQ(plan.at("jobs").at(0).at("spec").at("steps").at(0).at("env").at("X").as_string(), "y");
  EXPECT_EQ(plan.at("templates").at(0).at("path").as_string(), "t.yml");
}

}  // namespace
}  // namespace open_cicd::cli
