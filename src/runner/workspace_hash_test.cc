#include "runner/workspace_hash.h"

#include "base/crypto.h"
#include "runner/job_runner_fixture.h"

#include <fstream>
#include <sys/stat.h>

namespace open_cicd::runner {
namespace {

class WorkspaceHash : public ::testing::Test {
 protected:
  WorkspaceHash() { fs::create_directories(folder_); }
  ~WorkspaceHash() override { fs::remove_all(folder_); }
  void given(const std::string& path, const std::string& text) const {
    fs::create_directories((folder_ / path).parent_path());
    std::ofstream(folder_ / path) << text;
  }
  std::string hash(const std::vector<std::string>& patterns) const {
    const auto hash = hash_folder(folder_, patterns);
    return hash ? *hash : "error: " + hash.error().message();
  }

  const fs::path folder_ = fs::temp_directory_path() / ("workspace-hash-" + format_uuid(make_uuid_v4()));
};

TEST_F(WorkspaceHash, IsWhatSha256sumSaysOfItsOwnOutput) {
  given("go.sum", "a");
  given("web/b.lock", "b");
  given("web/c.txt", "c");
  const std::string lines = sha256_hex("a") + "  go.sum\n" + sha256_hex("b") + "  web/b.lock\n";
  EXPECT_EQ(hash({"**/*.lock", "go.sum"}), sha256_hex(lines));
}

TEST_F(WorkspaceHash, NamesCountAndCannotFakeALine) {
  given("a\nb", "");
  EXPECT_EQ(hash({"**"}), sha256_hex("\\" + sha256_hex("") + "  a\\nb\n"));
  fs::rename(folder_ / "a\nb", folder_ / "ab");
  EXPECT_EQ(hash({"**"}), sha256_hex(sha256_hex("") + "  ab\n"));
}

TEST_F(WorkspaceHash, OnlyFilesOfTheWorkspaceCount) {
  given("a", "a");
  const std::string alone = hash({"**"});
  fs::create_symlink("/etc/passwd", folder_ / "link");
  fs::create_directory_symlink("/etc", folder_ / "etc");
  ASSERT_EQ(::mkfifo((folder_ / "pipe").c_str(), 0600), 0);
  given(".git/index", "x");
  EXPECT_EQ(hash({"**"}), alone);
  given("sub/.git/index", "x");
  EXPECT_NE(hash({"**"}), alone);
}

TEST_F(WorkspaceHash, TellsWhatIsWrong) {
  EXPECT_EQ(hash({"none", "*.x"}), "error: no file of the workspace matches none, *.x");
  EXPECT_EQ(hash({""}), "error: the pattern \"\" must not be empty");
  fs::path deep = folder_;
  for (int i = 0; i < hash_depth_max; ++i) deep /= "d";
  fs::create_directories(deep);
  EXPECT_EQ(hash({"none"}), "error: hash() looks at no more than 100 folders in each other of the workspace");
}

// What expressions make of it.
class JobHash : public JobRunnerTest {
 protected:
  JobHash() { record_.hashes = {{"go.sum", "aa"}, {"*.lock", "bb"}}; }
};

TEST_F(JobHash, ValuesAndConditionsHaveIt) {
  pipelines::JobSpec spec = job_of({"print a", "print b", "print c"});
  spec.steps[0].late = {{.path = "env.KEY", .text = "${{ hash('go.sum') }}-${{ hash('*.lock') }}"}};
  spec.steps[1].condition = "hash('go.sum') == 'aa'";
  spec.steps[2].condition = "hash('go.sum') == 'cc' && hash('never') == ''";
  const JobOutcome end = run(std::move(spec));
  EXPECT_EQ(states(end), (Strings{"succeeded", "succeeded", "skipped"}));
  EXPECT_EQ(record_.env[0].at("KEY"), "aa-bb");
  EXPECT_EQ(record_.calls, (Strings{"set_up", "hash 0 go.sum", "hash 0 *.lock", "step 0", "hash 1 go.sum", "step 1",
                                    "hash 2 go.sum", "tear_down"}));
}

TEST_F(JobHash, NoFileFailsTheStep) {
  pipelines::JobSpec spec = job_of({"print a"});
  spec.steps[0].late = {{.path = "env.KEY", .text = "${{ hash('none') }}"}};
  const JobOutcome end = run(std::move(spec));
  EXPECT_EQ(name_of(end.state), "failed");
  EXPECT_EQ(end.cause, "exit");
  EXPECT_EQ(reason_of(end, 0), "expression_error");
  EXPECT_TRUE(end.message.contains("no file of the workspace matches none")) << end.message;
}

TEST_F(JobHash, TheAgentsTroubleIsItsOwn) {
  pipelines::JobSpec spec = job_of({"print a", "print b"});
  spec.steps[0].condition = "hash('trouble') != ''";
  const JobOutcome end = run(std::move(spec));
  EXPECT_EQ(end.cause, "agent");
  EXPECT_EQ(states(end), (Strings{"failed", "skipped"}));
}

TEST_F(JobHash, WhatHappensMeanwhileCounts) {
  pipelines::JobSpec spec = job_of({"print a", "print b"});
  spec.steps[0].condition = "hash('go.sum') == 'aa'";
  spec.steps[1].condition = "always()";
  JobRunner* running = nullptr;
  record_.on_hash = [&] {
    if (running != nullptr) running->stop(StopReason::cancel);
  };
  record_.set_up_waits = false;
  spec.steps.insert(spec.steps.begin(), {.name = "first", .run = {"sleep 5"}});
  const JobOutcome end = run(std::move(spec), [&](JobRunner& runner) { running = &runner; });
  EXPECT_EQ(name_of(end.state), "cancelled");
  EXPECT_EQ(states(end), (Strings{"succeeded", "skipped", "succeeded"}));
}

}  // namespace
}  // namespace open_cicd::runner
